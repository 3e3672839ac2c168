// Functions are hoisted with their values, `var` without; blocks have their own functions (Annex B).
console.log(typeof f, typeof v); // expect: function undefined
function f() {}
var v = 1;
{ function g() { return 1; } }
console.log(g()); // expect: 1
(function () { "use strict"; { function inner() {} } console.log(typeof inner); })(); // expect: undefined
console.log((function f() { f = 1; return typeof f; })()); // expect: function
