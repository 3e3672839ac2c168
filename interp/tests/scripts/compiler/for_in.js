// Order, inherited keys, shadowing, deletion on the way.
let p = { z: 1, a: 2 }, o = { __proto__: p, 2: 0, b: 0, 1: 0, a: 0 };
let keys = [];
for (let k in o) { keys.push(k); if (k === "b") delete p.z; }
console.log(keys.join()); // expect: 1,2,b,a
for (let k in null) console.log("never");
let s = ""; for (let i in "ab") s += i;
console.log(s); // expect: 01
