// Integers without bounds.
console.log(String_(2n ** 64n), typeof 1n, 1n < 2, 2n == 2, 2n === 2); // expect: 18446744073709551616 bigint true true false
function String_(x) { return `${x}`; }
console.log(`${-7n / 2n} ${-7n % 2n} ${1n << 70n} ${-5n >> 1n} ${5n & -2n}`); // expect: -3 -1 1180591620717411303424 -3 4
try { 1n + 1; } catch (e) { console.log(e.name); } // expect: TypeError
try { 1n / 0n; } catch (e) { console.log(e.name); } // expect: RangeError
