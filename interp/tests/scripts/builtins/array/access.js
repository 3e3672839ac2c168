// slice, concat, indexOf, includes, join, at, keys, entries, from, of.
let a = [1, NaN, 3];
console.log(a.slice(-2).join(), a.concat([4], [[5]], 6).length, a.indexOf(NaN), a.includes(NaN), a.at(-1)); // expect: NaN,3 6 -1 true 3
console.log([...a.keys()].join(), [...a.entries()].join("|"), Array.of(7).length, Array.from({ length: 2 }, (_, i) => i * 2).join()); // expect: 0,1,2 0,1|1,NaN|2,3 1 0,2
console.log([null, [undefined, [1]]].join("-"), Array.isArray(a), [1, 2, 3].with(1, 9).join()); // expect: -,1 true 1,9,3
let c = [1]; c.push(c); console.log(c.join()); // expect: 1,
