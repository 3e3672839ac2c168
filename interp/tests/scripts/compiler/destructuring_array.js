// Holes, rest, defaults, nesting, swaps; defaults only for undefined.
let [a, , b = 5, ...[c, d]] = [1, 2, undefined, 4, 6, 7];
console.log(a, b, c, d); // expect: 1 5 4 6
[a, b] = [b, a];
console.log(a, b); // expect: 5 1
let [x = 1, y = x, z = null] = [undefined, undefined, null];
console.log(x, y, z); // expect: 1 1 null
let o = {};
[o.p, o["q"]] = "hi";
console.log(o.p + o.q); // expect: hi
