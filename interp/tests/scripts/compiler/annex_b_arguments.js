// A function in a block named `arguments` leaves the function's own alone, but not an arrow's var.
(function () { { function arguments() {} } console.log(typeof arguments); })();
(() => { { function arguments() {} } console.log(typeof arguments); })();
// expect: object
// expect: function
