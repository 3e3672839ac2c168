// yield* forwards next, throw and return, and its value is the inner return value.
function* inner() { try { let a = yield "i1"; return "r" + a; } catch (e) { return "c" + e; } }
function* outer() { let v = yield* inner(); console.log(v); yield "o"; }
let g = outer();
console.log(g.next().value, g.next("A").value);
g = outer(); g.next();
console.log(g.throw("E").value);
console.log([...outer()].length);
// expect: rA
// expect: i1 o
// expect: cE
// expect: o
// expect: rundefined
// expect: 2
