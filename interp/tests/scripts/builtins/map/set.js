// Sets: uniqueness, forEach, clear on the way.
let s = new Set("hello");
console.log(s.size, [...s].join(""), s.has("l"), s.add(1) === s, s.delete("h")); // expect: 4 helo true true true
let n = 0; for (let x of s) { n++; s.clear(); }
console.log(n, s.size); // expect: 1 0
try { Set(); } catch (e) { console.log(e.name); } // expect: TypeError
