// Tail calls of strict code take no stack: plain, method, spread, conditional, logical, from natives.
"use strict";
const N = 50000;
function plain(n) { if (n === 0) return "plain"; return plain(n - 1); }
const o = { even(n) { return n === 0 ? "even" : this.odd(n - 1); }, odd: n => n === 0 ? "odd" : (0, o.even(n - 1)) };
function spread(n, ...rest) { return n === 0 ? rest.length : spread(n - 1, ...rest, ...[]); }
function kept(n) { return n < 1 ? arguments.length : kept(n - 1, 1, 2, 3); }
const logical = n => n === 0 || logical(n - 1), chain = n => n ? chain?.(n - 1) : "chain";
function tagged(s, n = N) { return n ? tagged(s, n - 1) : tagged0``; }
const tagged0 = s => s.length;
console.log(plain(N), o.even(N), spread(N, 1, 2), kept(N), logical(N), chain(N), tagged``);
console.log([N].map(plain)[0], [3, 2, 1].sort((a, b) => plain(3000) && a - b).join());
function guarded(n) { try { if (n === 0) throw "caught"; } catch (e) { return e; } finally { } return guarded(n - 1); }
console.log(guarded(N));
let deep = 0; function open(n) { deep++; return open(n) + 1; }
try { open(1); } catch (e) { console.log(e.name, deep > 1000); }
function thrower(n) { return n === 0 ? missing() : thrower(n - 1); }
try { thrower(N); } catch (e) { console.log(e.name); }
class C { constructor(n) { this.n = n; return plain(n); } }
console.log(new C(10).n);
// expect: plain even 2 4 true chain 1
// expect: plain 1,2,3
// expect: caught
// expect: RangeError true
// expect: ReferenceError
// expect: 10
