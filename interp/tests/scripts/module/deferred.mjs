// A deferred module is evaluated when its exports are first looked at.
import defer * as later from "./parts/loud.mjs";
console.log("before"); // expect: before
console.log(later.value); // expect: loud
// expect: 7
