// Siblings run in order; who awaits lets the others begin, importers wait for all.
import "./parts/slow.mjs";
import "./parts/quick.mjs";
console.log("main"); // last of all
// expect: slow begins
// expect: quick
// expect: slow ends
// expect: main
