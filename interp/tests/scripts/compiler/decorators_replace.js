// What a decorator gives stands in place of what it decorates; a class given is what the name and the static fields are of.
@((v) => class New extends v {}) class Old { static s = this.name; m() { return Old.name; } }
console.log(Old.name, Object.hasOwn(Old, "s"), Old.s, new Old().m());
class A {
  @((v) => function () { return v.call(this) + 1; }) m() { return 1; }
  @((v) => () => "g") get g() { return 1; }
  @(({ get }) => ({ get() { return get.call(this) * 2; } })) accessor a = 4;
  @(() => () => 3) static #p() {}
  static p() { return A.#p(); }
}
const a = new A();
console.log(a.m(), a.g, a.a, A.p());
for (const bad of [1, null, "x"]) {
  try { class B { @(() => bad) m() {} } } catch (e) { console.log(e.name); }
}
// expect: New true New New
// expect: 2 g 8 3
// expect: TypeError
// expect: TypeError
// expect: TypeError
