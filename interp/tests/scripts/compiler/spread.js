// Spread in calls, arrays, objects and `new`.
function f() { return arguments.length; }
console.log(f(...[1, 2], 3, ..."ab"), [...[1, , 3]].length, 1 in [...[1, , 3]]); // expect: 5 3 true
console.log(Math_max(...[3, 9, 4])); // expect: 9
function Math_max(...r) { return r.reduce((a, b) => a > b ? a : b); }
class P { constructor(a, b) { this.s = a + b; } }
console.log(new P(...[1, 2]).s); // expect: 3
let o = { a: 1, ...{ b: 2, get c() { return 3; } }, ...null, ..."x", a: 4 };
console.log(Object.keys(o).join(), o.a, o.c); // expect: 0,a,b,c 4 3
