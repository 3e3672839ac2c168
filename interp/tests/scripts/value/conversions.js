// ToPrimitive: hints, valueOf before toString, Symbol.toPrimitive.
let o = { valueOf() { return 2; }, toString() { return "s"; } };
console.log(o * 3, `${o}`, o + "", o == 2, o > 1); // expect: 6 s 2 true true
let p = { [Symbol.toPrimitive](h) { return h === "number" ? 1 : h; } };
console.log(+p, `${p}`, p + ""); // expect: 1 string default
try { +{ valueOf: () => ({}), toString: () => ({}) }; } catch (e) { console.log(e.name); } // expect: TypeError
