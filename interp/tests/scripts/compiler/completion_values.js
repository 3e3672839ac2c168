// The value of a script is that of its last statement that has one.
console.log(eval("1; if (0) 2;"), eval("1; var x = 2;"), eval("2; try { 3 } finally { 4 }")); // expect: undefined 1 3
console.log(eval("l: { 5; break l; }"), eval("6; function f() {}"), eval("switch (1) { case 1: 7; }")); // expect: 5 6 7
// A finally that is left early gives its own value.
console.log(eval("do { 1; try { 2 } finally { 42; break } } while (0)"), eval("do { 1; try { 2 } finally { break } } while (0)")); // expect: 42 undefined
