// `**` binds to the right, and tighter than `*`.
console.log(2 ** 3 ** 2, 2 * 3 ** 2, (-2) ** 2); // expect: 512 18 4
let x = 3; x **= 2;
console.log(x); // expect: 9
