// Promises of waitAsync are settled in the order of their coming, by whoever notifies, and only at the element they wait at.
const a = new Int32Array(new SharedArrayBuffer(16), 4);
const wait = (i, name) => Atomics.waitAsync(a, i, 0).value.then((how) => console.log(name, how));
wait(0, 'first'); wait(1, 'elsewhere'); wait(0, 'second'); wait(0, 'third');
console.log(Atomics.notify(a, 2), Atomics.notify(a, 0, 2)); // expect: 0 2
console.log(Atomics.notify(new Int32Array(a.buffer), 2)); // expect: 1
console.log(JSON.stringify(Atomics.waitAsync(a, 0, 1))); // expect: {"async":false,"value":"not-equal"}
console.log(JSON.stringify(Atomics.waitAsync(a, 0, 0, -5))); // expect: {"async":false,"value":"timed-out"}
const b = new BigInt64Array(a.buffer, 8);
console.log(Atomics.waitAsync(b, 0, 0n).async, Atomics.notify(b, 0, 0), Atomics.notify(b, 0, NaN)); // expect: true 0 0
// expect: first ok
// expect: second ok
// expect: elsewhere ok
