// Renaming, computed keys, defaults, rest, and the value of the whole.
let k = "key";
let { a, b: { c = 3 } = {}, [k + 1]: d = "d", ...rest } = { a: 1, x: 7, y: 8 };
console.log(a, c, d, Object.keys(rest).join()); // expect: 1 3 d x,y
function f({ p = 1, q } = {}) { return p + ":" + q; }
console.log(f(), f({ q: 2 }), f({ p: null })); // expect: 1:undefined 1:2 null:undefined
let v, w = ({ v } = { v: 9, u: 0 });
console.log(v, w.u); // expect: 9 0
try { let { m } = null; } catch (e) { console.log(e.name); } // expect: TypeError
