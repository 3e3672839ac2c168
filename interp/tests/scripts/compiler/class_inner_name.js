// Inside a class its name cannot be assigned to; the outer one can.
class C { set() { C = null; } get() { return C; } }
let c = new C();
try { c.set(); } catch (e) { console.log(e.name); }
let D = C; C = 1;
console.log(c.get() === D, C);
// expect: TypeError
// expect: true 1
