// Each iteration of a `for (let` has its own binding; the step copies it.
let fs = [];
for (let i = 0; i < 3; i++) { fs.push(() => i); i += 0; }
console.log(fs.map(f => f()).join()); // expect: 0,1,2
let gs = [];
for (let i = 0, inc = () => i++; i < 2; inc(), i++) { gs.push(() => i); if (gs.length > 3) break; }
console.log(gs.map(f => f()).join()); // expect: 0,1
var hs = [];
for (const k in { a: 1, b: 2 }) hs.push(() => k);
for (var v of [1, 2]) hs.push(() => v);
console.log(hs.map(f => f()).join()); // expect: a,b,2,2
