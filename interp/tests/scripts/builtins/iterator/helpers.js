// Iterator helpers are lazy, and close what they iterate when they are left or fail.
function* n() { try { for (let i = 1; ; i++) yield i; } finally { console.log("closed"); } }
console.log(n().filter(x => x % 2).map(x => x * 10).take(3).toArray().join());
console.log(n().drop(2).flatMap(x => [x, -x]).take(4).toArray().join(), [1, 2, 3].values().reduce((a, b) => a + b));
console.log(n().some(x => x > 2), [1, 2, 3].values().every(x => x), n().find(x => x > 4), [2].values().includes(2));
try { n().map(() => { throw "bad"; }).next(); } catch (e) { console.log(e); }
let h = n().map(x => x); h.next(); console.log(h.return().done, h.next().done, h[Symbol.toStringTag]);
console.log([...[1, 2, 3, 4, 5].values().chunks(2)].join("|"), [...[1, 2, 3].values().windows(2)].join("|"), [1, null].values().join("-"));
// expect: closed
// expect: 10,30,50
// expect: closed
// expect: 3,-3,4,-4 6
// expect: closed
// expect: closed
// expect: true true 5 true
// expect: closed
// expect: bad
// expect: closed
// expect: true true Iterator Helper
// expect: 1,2|3,4|5 1,2|2,3 1-
