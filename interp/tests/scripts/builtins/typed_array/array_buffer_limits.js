// A length that no memory is there for is a RangeError, never an abort.
const names = [];
for (const f of [() => new ArrayBuffer(2 ** 52), () => new Float64Array(2 ** 40), () => new SharedArrayBuffer(0, { maxByteLength: 2 ** 50 })]) {
  try { f(); } catch (e) { names.push(e.name); }
}
console.log(names.join(" "));
// expect: RangeError RangeError RangeError
