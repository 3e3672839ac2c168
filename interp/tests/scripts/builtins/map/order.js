// Insertion order, deletion and additions while iterating, keys by SameValueZero.
let m = new Map([["a", 1], ["b", 2], [NaN, 3], [-0, 4]]), log = [];
for (let [k, v] of m) { log.push(k); if (k === "a") { m.delete("b"); m.set("z", 9); } }
console.log(log.join(), m.get(NaN), m.get(0), m.size); // expect: a,NaN,0,z 3 4 4
m.delete("a"); m.set("a", 1); console.log([...m.keys()].join()); // expect: NaN,0,z,a
let o = {}; m.set(o, "obj"); console.log(m.get(o), m.get({})); // expect: obj undefined
