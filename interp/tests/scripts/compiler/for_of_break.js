// Every early way out of for-of closes the iterator; exhaustion does not.
function it(log) { let i = 0; return { [Symbol.iterator]() { return this; }, next() { return { value: i++, done: i > 3 }; }, return() { log.push("closed"); return {}; } }; }
let l = [];
for (let x of it(l)) if (x) break;
console.log(l.join()); // expect: closed
try { for (let x of it(l)) throw "t"; } catch (e) { console.log(e, l.length); } // expect: t 2
(() => { for (let x of it(l)) return; })();
out: for (;;) for (let x of it(l)) break out;
for (let x of it(l));
console.log(l.length); // expect: 4
