// Fields run in order with `this` the object; computed names once; static blocks.
let n = 0;
class A { a = this.b; b = 2; ["c" + n++] = () => this; static s = this.name + "!"; static { this.t = this.s + "?"; } }
let x = new A(), y = new A();
console.log(x.a, x.b, x.c0() === x, n, A.t, Object.keys(y).join()); // expect: undefined 2 true 1 A!? a,b,c0
class B extends A { b = super.b; d = this.b; }
console.log(new B().d); // expect: undefined
