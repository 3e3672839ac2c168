// Parameters have their own scope; `arguments` is not mapped; `length` counts to the first default.
let x = "outer";
function f(a, b = () => x, c = a) { var x = "inner"; return b() + c; }
console.log(f("1"), f.length); // expect: outer1 1
function g(a, b = 2) { arguments[0] = "changed"; return a; }
console.log(g("kept")); // expect: kept
function h(a) { arguments[0] = "changed"; return a; }
console.log(h("lost")); // expect: changed
