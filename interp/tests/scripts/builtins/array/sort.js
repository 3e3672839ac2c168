// Stable, undefined last, holes after them; a bad comparator is harmless.
let a = [3, undefined, 1, , 2, 10];
a.sort(); console.log(a.join(), 5 in a); // expect: 1,10,2,3,, false
let p = [["b", 1], ["a", 1], ["c", 0]].sort((x, y) => x[1] - y[1]);
console.log(p.map(x => x[0]).join("")); // expect: cba
console.log([5, 1, 4].sort(() => 1).length, [2, 1].toSorted().join(), [3, 1, 2].sort((x, y) => y - x).join()); // expect: 3 1,2 3,2,1
