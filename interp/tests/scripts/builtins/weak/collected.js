// What is reached weakly goes at a collection between jobs; within a job it stays.
let target = { name: "target" };
const ref = new WeakRef(target), map = new WeakMap([[target, "value"]]);
const registry = new FinalizationRegistry(() => {});
registry.register(target, "target");
console.log(ref.deref() === target, map.get(target)); // expect: true value
target = null;
console.log(ref.deref().name); // expect: target
