// The context's access reaches private elements; a member expression is called on its object; addInitializer ends with its decorator.
let access, late;
const o = { d(v, c) { access = c.access; late = c.addInitializer; console.log(this === o, Object.keys(access).join()); } };
class A { @o.d #x = 5; @(o.d) m() { return this.#x; } }
class B { @o.d set #x(v) { console.log("set", v); } }
access.set(new B(), 1);
console.log(access.has(new B()), access.has({}));
for (const f of [() => access.set({}, 1), () => access.has(1), () => late(() => {})]) {
  try { f(); } catch (e) { console.log(e.name); }
}
// expect: true get,has
// expect: true get,set,has
// expect: true set,has
// expect: set 1
// expect: true false
// expect: TypeError
// expect: TypeError
// expect: TypeError
