// Operands are converted from left to right, and what they give decides on jumps taken either way.
const log = [], v = (n) => ({ valueOf() { log.push(n); return n; } });
console.log(v(1) < v(2), v(1) > v(2), v(2) <= v(2), v(1) >= v(2), v(3) == 3, 3 != v(3));
// expect: true false true false true false
console.log(log.join(""));
// expect: 1212221233
log.length = 0;
let n = 0;
for (let i = 0; v(i) < 3; i++) n++;
while (!(n >= v(5))) n++;
do n++; while (v(n) != 8);
console.log(n, log.join());
// expect: 8 0,1,2,3,5,5,5,6,7,8
console.log(v(1) < undefined, v(1) == null, [v(1)] == 1, v(1) === v(1), -v(1), ~v(1), 8 >>> v(1));
// expect: false false false false -1 -2 4
const big = { valueOf: () => 10n };
let up = big; console.log(++up, --up, big > 9, 10 == big, "10" == big, up++);
// expect: 11n 10n true true true 10n
try { if (Symbol() < v(1)) n = 0; } catch (e) { console.log(e.name, n); }
// expect: TypeError 8
const odd = { [Symbol.hasInstance]: (x) => x & 1 };
console.log(3 instanceof odd, 4 instanceof odd);
// expect: true false
const k = { toString: () => "k" }, o = { k: 1 };
o[k] += 2; console.log(o[k], { [k]: 5 }.k);
// expect: 3 5
