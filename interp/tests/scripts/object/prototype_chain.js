// Reads go up, writes stay; null prototypes; cycles are refused.
let a = { x: 1 }, b = Object.create(a), n = Object.create(null);
b.x = 2; console.log(a.x, b.x, "toString" in n, b.hasOwnProperty("x")); // expect: 1 2 false true
delete b.x; console.log(b.x); // expect: 1
try { Object.setPrototypeOf(a, b); } catch (e) { console.log(e.name); } // expect: TypeError
function F() {} F.prototype = a; console.log(new F() instanceof F, a.isPrototypeOf(new F())); // expect: true true
