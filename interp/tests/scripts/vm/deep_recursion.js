// Endless recursion is a RangeError that can be caught, and all goes on.
function f() { return f() + 1; }
let o = { get g() { return this.g; }, toString() { return "" + this; } };
for (let attempt of [() => f(), () => o.g, () => "" + o, () => [1].map(function g() { return [1].map(g); })])
  try { attempt(); } catch (e) { console.log(e instanceof RangeError); }
console.log(((n) => { let r = 0; (function d(k) { if (k) { r++; d(k - 1); } })(n); return r; })(5000));
// expect: true
// expect: true
// expect: true
// expect: true
// expect: 5000
