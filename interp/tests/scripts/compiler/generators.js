// Values in and out, return and throw from outside, delegation.
function* g() { try { let x = yield 1; console.log("got", x); yield* [2, 3]; } finally { console.log("cleanup"); } }
let i = g();
console.log(i.next().value, i.next("v").value, i.next().value, i.next().done);
i = g(); i.next();
let r = i.return("early");
console.log(r.value, r.done, i.next().done);
function* h() { try { yield 1; } catch (e) { yield "caught " + e; } }
i = h(); i.next();
console.log(i.throw("t").value, i.next().done);
// expect: got v
// expect: cleanup
// expect: 1 2 3 true
// expect: cleanup
// expect: early true true
// expect: caught t true
