// A function of one's own named eval gets all arguments, also spread ones; the real one the first.
(function () { let eval = (...a) => a.join(); let x = [2, 3]; console.log(eval(1, 2), eval(...x, 4), eval()); })();
(function (v) { console.log(eval("v", 1), eval(...["v + 1", "no"]), eval()); })(7);
with ({ eval(a, b) { return this.k + a + b; }, k: 5 }) console.log(eval(1, 2));
// expect: 1,2 2,3,4 
// expect: 7 8 undefined
// expect: 8
