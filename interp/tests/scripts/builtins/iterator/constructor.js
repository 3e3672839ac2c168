// Iterator is abstract; from wraps what is none; concat and zip join several.
try { new Iterator(); } catch (e) { console.log(e.name); }
class I extends Iterator { i = 0; next() { return { value: this.i++, done: this.i > 3 }; } }
console.log([...new I()].join(), new I() instanceof Iterator, new I().map(x => x + 1).toArray().join());
console.log(Iterator.from({ next: () => ({ done: true }) }) instanceof Iterator, Iterator.from(new I()) instanceof I);
console.log(Iterator.concat([1], [2, 3]).toArray().join(), Iterator.zip([[1, 2], "ab".split("")]).toArray().join("|"));
console.log(JSON.stringify([...Iterator.zipKeyed({ a: [1], b: [2, 3] }, { mode: "longest", padding: { a: 0 } })]));
try { Iterator.zip([[1], []], { mode: "strict" }).toArray(); } catch (e) { console.log(e.name); }
for (let x of [1, 2]) console.log(x);
// expect: TypeError
// expect: 0,1,2 true 1,2,3
// expect: true true
// expect: 1,2,3 1,a|2,b
// expect: [{"a":1,"b":2},{"a":0,"b":3}]
// expect: TypeError
// expect: 1
// expect: 2
