// Initialisers of a value run from the outermost decorator to the innermost; those added run after the field, methods' before all fields.
const d = (n) => (v, c) => {
  c.addInitializer(function () { console.log("added", n, typeof this); });
  if (c.kind === "field") return (x) => x + n;
  if (c.kind === "accessor") return { init: (x) => x + n };
};
@d("class") class C {
  @d("m") m() {}
  @d("1") @d("2") f = (console.log("value"), "f");
  @d("1") accessor a = "a";
  @d("s") static s = "s";
  static { console.log("block", C.s); }
}
const c = new C();
console.log(c.f, c.a);
// expect: added s function
// expect: block ss
// expect: added class function
// expect: added m object
// expect: value
// expect: added 2 object
// expect: added 1 object
// expect: added 1 object
// expect: f12 a1
