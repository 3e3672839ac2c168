// Direct eval sees and makes variables; indirect eval is global; strict keeps its own.
function f() { let a = 1; eval("var b = a + 1"); return b; }
console.log(f()); // expect: 2
var g = "global";
function h() { let g = "local"; return [eval("g"), (0, eval)("g")].join(); }
console.log(h()); // expect: local,global
function s() { "use strict"; eval("var q = 1"); return typeof q; }
console.log(s(), eval("1;;;2; {}"), eval("do { 3; break; } while (0)")); // expect: undefined 2 3
