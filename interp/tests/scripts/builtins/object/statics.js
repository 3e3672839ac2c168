// assign, entries, fromEntries, create, is, groupBy.
let o = Object.assign({ a: 1 }, null, { b: 2 }, "x");
console.log(Object.entries(o).join("|"), Object.values(o).join()); // expect: 0,x|a,1|b,2 x,1,2
console.log(Object.fromEntries([["p", 1], ["q", 2]]).q, Object.create({ i: 1 }, { own: { value: 2 } }).own); // expect: 2 2
console.log(Object.getOwnPropertyNames("ab").join(), Object.prototype.toString.call([]), ({}) + ""); // expect: 0,1,length [object Array] [object Object]
