// Length and elements keep each other; holes; far indices.
let a = [1, 2, 3]; a.length = 1; a[3] = 4;
console.log(a.length, 2 in a, a.join("-")); // expect: 4 false 1---4
a[100000] = 1; console.log(a.length, Object.keys(a).join()); // expect: 100001 0,3,100000
a.length = 0; console.log(a.length, a[0]); // expect: 0 undefined
try { a.length = -1; } catch (e) { console.log(e.name); } // expect: RangeError
Object.freeze(a); "push"; try { a.push(1); } catch (e) { console.log(e.name); } // expect: TypeError
