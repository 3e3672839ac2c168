// using disposes in reverse order, however its scope is left, before finally and iterator closing.
const r = n => ({ n, [Symbol.dispose]() { console.log("-" + n); } });
{ using a = r("a"), b = r("b"), none = null; console.log(a.n, b.n, none); }
function f() { using x = r("f"); try { return "value"; } finally { console.log("finally"); } }
console.log(f());
for (let i of [1, 2]) { using x = r(i); if (i == 1) continue; break; }
for (using x of [r("x"), r("y")]) console.log(x.n);
for (using x = r("loop"), i = null; ; ) break;
function* g() { using x = r("g"); yield 1; yield 2; }
for (let v of g()) break;
try { { using x = r("t"); throw "thrown"; } } catch (e) { console.log(e); }
try { { using x = 5; } } catch (e) { console.log(e.name); }
// expect: a b null
// expect: -b
// expect: -a
// expect: finally
// expect: -f
// expect: value
// expect: -1
// expect: -2
// expect: x
// expect: -x
// expect: y
// expect: -y
// expect: -loop
// expect: -g
// expect: -t
// expect: thrown
// expect: TypeError
