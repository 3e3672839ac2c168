// `next` is read once; a result that is no object is an error; done is ToBoolean.
let reads = 0;
let it = { [Symbol.iterator]() { return { get next() { reads++; let n = 0; return () => ({ value: n, done: n++ > 2 && "yes" }); } }; } };
console.log([...it].join(), reads); // expect: 0,1,2 1
try { for (let x of { [Symbol.iterator]: () => ({ next: () => 1 }) }); } catch (e) { console.log(e.name); } // expect: TypeError
try { for (let x of {}); } catch (e) { console.log(e.name); } // expect: TypeError
