// Small integers overflow into doubles and come back.
let x = 2147483647;
console.log(x + 1, x | 0, (x + 1) | 0, -x - 2, x * x);
console.log(1 << 31, 1 << 32, -1 >>> 0, -1 >>> 31, 5 % -3, -5 % 3, 1 / (-4 % 2));
let i = 2147483646; i++; i++; console.log(i); i--; i--; console.log(i);
console.log(0 * -1 === 0, 1 / (0 * -1), -(0), 7 / 2, 8 / 2);
// expect: 2147483648 2147483647 -2147483648 -2147483649 4611686014132420600
// expect: -2147483648 1 4294967295 1 2 -2 -Infinity
// expect: 2147483648
// expect: 2147483646
// expect: true -Infinity -0 3.5 4
