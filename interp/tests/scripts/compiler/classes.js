// Constructors, methods, statics, accessors, inheritance, super.
class A {
  constructor(n) { this.n = n; }
  get twice() { return this.n * 2; }
  static make(n) { return new this(n); }
  who() { return "A" + this.n; }
}
class B extends A { who() { return "B>" + super.who(); } get twice() { return super.twice + 1; } }
let b = B.make(4);
console.log(b.who(), b.twice, b instanceof A, B.name, A.length); // expect: B>A4 9 true B 1
console.log(typeof A, Object.keys(A.prototype).length); // expect: function 0
try { A(); } catch (e) { console.log(e.name); } // expect: TypeError
