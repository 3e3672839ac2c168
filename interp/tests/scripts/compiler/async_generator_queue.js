// Requests of an async generator wait in a queue and are answered in their order.
async function* g() { console.log("begins"); let a = yield 1; console.log("got", a); yield Promise.resolve(2); return 3; }
let i = g();
for (let n of ["a", "b", "c", "d"]) i.next(n).then(r => console.log(n, r.value, r.done));
i.return("late").then(r => console.log("return", r.value, r.done));
i.throw("e").catch(e => console.log("thrown", e));
console.log("sync end");
// expect: begins
// expect: sync end
// expect: got b
// expect: a 1 false
// expect: b 2 false
// expect: c 3 true
// expect: d undefined true
// expect: return late true
// expect: thrown e
