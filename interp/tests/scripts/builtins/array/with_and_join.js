// `with` does not read what it replaces; toString without a `join` is %Object.prototype.toString%, whatever stands there.
const a = [0, 1, 2];
Object.defineProperty(a, 1, { get() { throw new Error("read"); } });
console.log(a.with(1, 5).join(), a.with(-2, 6).join()); // expect: 0,5,2 0,6,2
delete Object.prototype.toString;
console.log(Array.prototype.toString.call({ join: 1 })); // expect: [object Object]
