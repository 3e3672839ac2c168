// What direct evals declare: all or nothing, no conflicts; block functions give way to lexical names.
(function () { let f = 1; { let g = 2; eval("{ function g() {} }"); eval("{ function f() {} }"); console.log(typeof g, typeof f); } })();
try { (function (a, b = eval("var a = 1")) {})(); } catch (e) { console.log(e.name); }
try { (function (b = eval("var arguments")) {})(); } catch (e) { console.log(e.name); }
(function (a = eval("var b = 1; b")) { console.log(a, b); })();
(function (a, b = 1) { eval("var a = 5; var arguments = 6"); console.log(a, arguments); })(2);
try { eval("var shouldNotBe; function NaN() {}"); } catch (e) { console.log(e.name, "shouldNotBe" in globalThis); }
eval("{ function late() {} }"); console.log(typeof late, delete globalThis.late);
// expect: number number
// expect: SyntaxError
// expect: SyntaxError
// expect: 1 1
// expect: 5 6
// expect: TypeError false
// expect: function true
