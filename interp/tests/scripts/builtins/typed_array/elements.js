// Elements wrap as their kind says; indices that are none are neither read nor made.
const bytes = new Uint8Array([255, 256, -1, 1.9]);
console.log(bytes.join()); // expect: 255,0,255,1
console.log(new Uint8ClampedArray([300, -5, 1.5, 2.5]).join()); // expect: 255,0,2,2
bytes[9] = 1; bytes["-0"] = 1; bytes["1.5"] = 1;
console.log(Object.keys(bytes).join(), bytes[9], "1.5" in bytes); // expect: 0,1,2,3 undefined false
bytes.name = "named";
console.log(bytes.name, new Float16Array([65504, 1.0009765625]).join()); // expect: named 65504,1.0009765625
console.log(new BigInt64Array([2n ** 63n])[0]); // expect: -9223372036854775808n
