// The methods that take another set, or what looks like one.
let a = new Set([1, 2, 3]), b = new Set([3, 4]), like = { size: 2, has: x => x === 2, keys: () => [2, 9].values() };
console.log([...a.union(b)].join(), [...a.intersection(b)].join(), [...a.difference(b)].join(), [...a.symmetricDifference(b)].join());
console.log([...a.union(like)].join(), [...a.difference(like)].join(), a.isSupersetOf(new Set([1])), new Set([2]).isSubsetOf(like), a.isDisjointFrom(new Set([7])));
try { a.union([1]); } catch (e) { console.log(e.name); }
// expect: 1,2,3,4 3 1,2 1,2,4
// expect: 1,2,3,9 1,3 true true true
// expect: TypeError
