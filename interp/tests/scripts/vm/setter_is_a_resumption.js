// A setter that resumes a generator leaves the registers of the assigning function alone.
const g = (function* () { for (;;) yield 5; })();
const o = Object.defineProperty({}, "x", { set: g.next.bind(g) });
const a = (async function* () { for (;;) yield 5; })();
const p = Object.defineProperty({}, "x", { set: a.next.bind(a) });
function f(a, b) { o.x = 1; p.x = 1; return [a, b].join(); }
console.log(f(7, 8));
// expect: 7,8
