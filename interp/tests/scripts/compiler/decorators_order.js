// Decorators are evaluated with keys in source order, and called from the inside out: static and other methods, fields, class.
const d = (n) => (console.log("eval " + n), (v, c) => { console.log("call", n, c.kind, String(c.name), c.static, c.private); });
const key = (k) => (console.log("key " + k), k);
@d("C")
class C {
  @d("f") [key("f")] = 1;
  @d("m1") @d("m2") [key("m")]() {}
  @d("s") static #s() {}
  @d("a") accessor a;
}
// expect: eval C
// expect: eval f
// expect: key f
// expect: eval m1
// expect: eval m2
// expect: key m
// expect: eval s
// expect: eval a
// expect: call s method #s true true
// expect: call m2 method m false false
// expect: call m1 method m false false
// expect: call a accessor a false false
// expect: call f field f false false
// expect: call C class C undefined undefined
