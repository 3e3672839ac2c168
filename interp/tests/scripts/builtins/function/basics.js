// toString gives the source; call, apply, bind; Function makes global functions.
function f(a, b) { return a + b; /* kept */ }
console.log(f.toString(), f.length, f.apply(null, { length: 2, 0: 1, 1: 2 })); // expect: function f(a, b) { return a + b; /* kept */ } 2 3
let x = "local"; globalThis.gx = "global";
console.log(new Function("a", "b = 2", "return a + b")(1), Function("return gx")(), typeof Function.prototype()); // expect: 3 global undefined
try { Function("}, {"); } catch (e) { console.log(e.name); } // expect: SyntaxError
