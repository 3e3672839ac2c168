// Mapped in sloppy functions, a plain copy in strict ones.
function sloppy(a) { a = 2; arguments[1] = 9; return [arguments[0], arguments.length, typeof arguments.callee].join(); }
console.log(sloppy(1)); // expect: 2,1,function
function strict(a) { "use strict"; a = 2; return arguments[0]; }
console.log(strict(1), [...(function () { return arguments; })(1, 2)].join("-")); // expect: 1 1-2
delete_map(1);
function delete_map(a) { delete arguments[0]; arguments[0] = 7; console.log(a); } // expect: 1
