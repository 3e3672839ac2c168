// Iterators keep their place when the table is rebuilt or cleared; a Map used as a queue stays small.
var m = new Map();
for (var i = 0; i < 100; i++) m.set("k" + i, i);
var it = m.keys();
for (i = 0; i < 60; i++) it.next();
for (i = 0; i < 90; i++) m.delete("k" + i);
console.log(it.next().value, it.next().value); // expect: k90 k91
for (i = 0; i < 200; i++) m.set("n" + i, i);
for (i = 2; i < 10; i++) it.next();
console.log(it.next().value); // expect: n0
m.clear();
m.set("after", 1);
console.log(it.next().value, it.next().done); // expect: after true
var seen = [];
m.forEach(function (v, k) {
  seen.push(k);
  if (v < 5) {
    m.delete(k);
    m.set("x" + v, v + 1);
  }
});
console.log(seen.join()); // expect: after,x1,x2,x3,x4
