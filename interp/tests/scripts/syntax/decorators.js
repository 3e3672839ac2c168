// Where decorators can stand, and what they can be.
const fine = ["@a class C {}", "(@a.b.c(1) @(x, y) class {})", "class C { @a m() {} @a static x; @a accessor y; @a static async *g() {} }",
  "@yield class C {}", "class C { static #x; static { @C.#x class D {} } }", "class C { accessor\nx }"];
const wrong = ["@a function f() {}", "@a[0] class C {}", "@a()() class C {}", "@a?.b class C {}", "class C { @a constructor() {} }",
  "class C { @a static {} }", "class C { @a; }", "if (1) @a class C {}", "@C.#x class C { static #x }", "class C { @yield m() {} }", "@a", "({ @a m() {} })"];
const parses = (text) => { try { Function(text); return true; } catch (e) { return e.name; } };
console.log(fine.map(parses).join());
console.log(wrong.map(parses).filter((x) => x !== "SyntaxError").join());
console.log(String(eval("(@(() => {}) class { })")));
// expect: true,true,true,true,true,true
// expect:
// expect: @(() => {}) class { }
