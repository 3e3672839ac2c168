// A hole is undefined to includes, and nothing to indexOf; unless a prototype has something there.
const holes = [1, , 3];
console.log(holes.includes(undefined), holes.indexOf(undefined), holes.includes(undefined, 2)); // expect: true -1 false
Array.prototype[1] = "p";
console.log(holes.includes("p"), holes.indexOf("p"), holes.includes(undefined)); // expect: true 1 false
delete Array.prototype[1];
// What the start does to the array is seen.
const list = [1, 2, 3, 4];
console.log(list.includes(4, { valueOf() { list.length = 2; return 0; } })); // expect: false
console.log(list.indexOf(9, { valueOf() { list.push(9); return 0; } })); // expect: -1
console.log([NaN].includes(NaN), [NaN].indexOf(NaN), [-0].indexOf(0)); // expect: true -1 0
