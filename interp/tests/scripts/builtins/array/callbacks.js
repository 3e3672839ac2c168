// The methods that call back, with holes and a receiver.
let a = [1, , 3];
console.log(a.map(x => x * 2).join(), a.filter(() => true).length, a.reduce((s, x) => s + x), a.reduceRight((s, x) => s + "-" + x)); // expect: 2,,6 2 4 3-1
console.log(a.some(x => x > 2), a.every(x => x < 3), a.find(x => x === undefined), a.findIndex(x => x === 3), a.findLast(x => x)); // expect: true false undefined 2 3
console.log(a.flatMap(x => [x, [x]]).length, [[1, [2]], 3].flat(Infinity).join()); // expect: 4 1,2,3
