// What is too deep or too much for the compiler is a RangeError, and the engine goes on.
const deep = {
  chain: "a" + "?.b".repeat(300000), logical: "(() => { 'use strict'; return " + "a||".repeat(300000) + "1 })",
  calls: "f(".repeat(300000) + ")".repeat(300000), loops: "for (let x of []) ".repeat(100) + ";",
  pattern: "var " + "{a:[".repeat(200) + "x" + "]}".repeat(200) + " = y", brackets: "[".repeat(1000000),
  parameters: "(function (" + Array.from({ length: 50001 }, (_, i) => "p" + i) + ") {})",
  registers: "(function () {" + Array.from({ length: 60001 }, (_, i) => "let v" + i).join(";") + "})",
  functions: "function f() {".repeat(10000), using: "{ using a = null;".repeat(20000), tries: "try {".repeat(20000),
};
console.log(Object.keys(deep).filter(k => { try { eval(deep[k]); } catch (e) { return e.name !== "RangeError"; } return true; }).join() || "all");
console.log(eval("1 + 1"), eval("'\ud800' + '\udc00x'").length);
for (let bytes of ["\u0000", "\ufeff1", "\ud800", "a\u2028b", "@", "\\u{110000}"]) try { eval(bytes); } catch (e) { console.log(e.name); }
// expect: all
// expect: 2 3
// expect: SyntaxError
// expect: SyntaxError
// expect: ReferenceError
// expect: SyntaxError
// expect: SyntaxError
