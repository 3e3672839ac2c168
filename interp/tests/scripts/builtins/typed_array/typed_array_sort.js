// The default order is by number, with -0 before +0 and NaN last; comparators are stable.
const a = new Float64Array([10, NaN, 0, 2, -0, -1]).sort();
console.log(a.join(), 1 / a[1]);
console.log(new Int8Array([0, 1, 2, 3]).sort((x, y) => (y % 2) - (x % 2)).join());
// expect: -1,0,0,2,10,NaN -Infinity
// expect: 1,3,0,2
