// Atomic operations give the old value, wrap as their element type does, and take integers only.
const a = new Int8Array(new SharedArrayBuffer(16), 3);
console.log(Atomics.add(a, 0, 127), Atomics.add(a, 0, 1), Atomics.load(a, 0), a[1]); // expect: 0 127 -128 0
console.log(Atomics.compareExchange(a, 0, 128, 5), Atomics.compareExchange(a, 0, 1, 9), a[0]); // expect: -128 5 5
console.log(Atomics.store(a, 1, 3.7), Atomics.xor(a, 1, 1), Atomics.exchange(a, 1, 300), a[1]); // expect: 3 3 2 44
const b = new BigUint64Array(1);
console.log(Atomics.sub(b, 0, 1n) === 0n, Atomics.load(b, 0) === 2n ** 64n - 1n); // expect: true true
try { Atomics.add(new Float64Array(1), 0, 1); } catch (e) { console.log(e.name); } // expect: TypeError
try { Atomics.load(a, 13); } catch (e) { console.log(e.name); } // expect: RangeError
