// Scripts import too; what is imported runs in jobs, in order.
import("./parts/counter.mjs").then((m) => console.log("count", m.count));
Function("return import('./parts/quick.mjs')")();
console.log("first");
// expect: first
// expect: quick
// expect: count 0
