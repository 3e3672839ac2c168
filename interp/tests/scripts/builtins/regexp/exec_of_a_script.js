// Methods of a RegExp whose `exec` is a script's do what they do with their own.
class R extends RegExp { exec(s) { return super.exec(s); } }
const same = (f) => console.log(f(R), String(f(R)) === String(f(RegExp)));
same((C) => new C("b").test("abc"));
// expect: true true
same((C) => "abcabc".match(new C("b", "g")).join("-"));
// expect: b-b true
same((C) => ["".split(new C("x")).length, "".split(new C("")).length, "a1b2c".split(new C("\\d")).join("|")].join());
// expect: 1,0,a|b|c true
same((C) => "a1b2c".split(new C("(\\d)"), 3).join("|"));
// expect: a|1|b true
same((C) => "a😀b".split(new C("", "u")).length);
// expect: 3 true
same((C) => { const r = new C("c", "g"); r.lastIndex = 7; return ["abc".search(r), r.lastIndex].join(); });
// expect: 2,7 true
same((C) => "😀".match(new C("", "gu")).length);
// expect: 2 true
