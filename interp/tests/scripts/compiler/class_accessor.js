// accessor fields: a getter and setter over hidden storage, per instance and static.
class C { accessor a = 1; static accessor b = this.name; accessor #p = 3; accessor ["k" + 1]; sum() { return this.a + this.#p++ + this.#p; } }
let c = new C();
c.a = 5; c.k1 = 7;
console.log(c.a, C.b, c.sum(), c.k1, Object.keys(c).length, "a" in C.prototype);
console.log(Object.getOwnPropertyDescriptor(C.prototype, "a").get.name);
try { C.prototype.a; } catch (e) { console.log(e.name); }
// expect: 5 C 12 7 0 true
// expect: get a
// expect: TypeError
