// Iteration sees what is added and removed on the way.
let a = [1, 2, 3], seen = [];
for (let x of a) { seen.push(x); if (x === 1) a.push(4); if (x === 3) a.length = 3; }
console.log(seen.join()); // expect: 1,2,3
let n = 0; [1, 2, 3].forEach((x, i, arr) => { n++; arr.length = 2; });
console.log(n); // expect: 2
