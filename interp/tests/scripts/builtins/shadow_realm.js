// Only primitive values and functions cross; functions are wrapped anew each time, errors come over as TypeErrors.
const r = new ShadowRealm();
const kind = (f) => { try { return f(); } catch (e) { return e.constructor === TypeError ? "TypeError" : e.name; } };
console.log(r.evaluate("var x = 20; x + 1"), r.evaluate("typeof x"), typeof x); // expect: 21 number undefined
console.log(kind(() => r.evaluate("({})")), kind(() => r.evaluate("throw 1")), kind(() => r.evaluate("(")), kind(() => r.evaluate(1))); // expect: TypeError TypeError SyntaxError TypeError
const apply = r.evaluate("(function apply(f, n) { return f(n) + 1 })");
console.log(apply.name, apply.length, Object.getPrototypeOf(apply) === Function.prototype); // expect: apply 2 true
console.log(apply((n) => n * 2, 5), kind(() => apply({}, 5)), kind(() => apply(() => ({}), 5))); // expect: 11 TypeError TypeError
console.log(kind(() => new apply()), r.evaluate("globalThis.f = () => 0") === r.evaluate("f")); // expect: TypeError false
console.log(kind(() => ShadowRealm()), kind(() => r.evaluate.call({}, "1"))); // expect: TypeError TypeError
r.importValue("nowhere.js", "x").catch((e) => console.log(e.constructor === TypeError)); // expect: true
