// Waiting needs shared memory, of 32 or 64 bits, and a thread that may block; notifying what is not shared wakes nobody.
const kind = (f) => { try { return f(); } catch (e) { return e.name; } };
console.log(kind(() => Atomics.wait(new Int32Array(4), 0, 0))); // expect: TypeError
console.log(kind(() => Atomics.waitAsync(new Int16Array(new SharedArrayBuffer(4)), 0, 0))); // expect: TypeError
const a = new Int32Array(new SharedArrayBuffer(4));
console.log(kind(() => Atomics.wait(a, 1, 0)), kind(() => Atomics.wait(a, 0, 0))); // expect: RangeError TypeError
console.log(Atomics.notify(new Int32Array(4), 0), kind(() => Atomics.notify(new Int32Array(4), 4))); // expect: 0 RangeError
console.log(kind(() => Atomics.waitAsync(a, 0, { valueOf() { throw new EvalError(); } }))); // expect: EvalError
