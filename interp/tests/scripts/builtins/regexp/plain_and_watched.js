// RegExps nobody touched take shorter ways: both ways give the same, and every touch is seen.
const patterns = [/a/g, /(a)|(b)/g, /b*/g, /(?:)/gu, /b*/gy, /./su, /x/, /(?<n>a)/g, /[^a]+/g, /(?=b)/g, /\ud83d/g, /(?:)/];
const subjects = ["", "a", "aabbab", "bbaa", "\u{1f600}a\u{1f600}", "xyz"];
const uses = [
  (r, s) => s.replace(r, "[$&$1$<n>$`]"), (r, s) => s.replace(r, "-"), (r, s) => s.replace(r, (...m) => m.length + m[0]),
  (r, s) => s.match(r), (r, s) => s.split(r), (r, s) => s.search(r), (r, s) => [r.test(s), r.test(s)], (r, s) => r.exec(s),
];
let different = 0, known = 0;
for (const pattern of patterns) for (const subject of subjects) for (const use of uses) {
  const show = (r) => JSON.stringify([use(r, subject), r.lastIndex, RegExp.lastMatch, RegExp.$1, RegExp["$`"]]);
  const watched = new RegExp(pattern);
  watched.touched = true;
  known++;
  if (show(new RegExp(pattern)) !== show(watched)) { different++; console.log(pattern, subject, use); }
}
console.log(known, different); // expect: 576 0

const seen = [];
function watch(name) {
  const old = Object.getOwnPropertyDescriptor(RegExp.prototype, name);
  const descriptor = old.get ? { get() { seen.push(name); return old.get.call(this); } } : { value(s) { seen.push(name); return old.value.call(this, s); } };
  Object.defineProperty(RegExp.prototype, name, descriptor);
  return () => Object.defineProperty(RegExp.prototype, name, old);
}
for (const name of ["exec", "flags", "global"]) {
  const restore = watch(name);
  "ab".replace(/b/g, "c"), "ab".match(/b/g), "ab".split(/b/), /b/.test("ab");
  restore();
  seen.push("|");
  "ab".replace(/b/g, "c");
}
console.log(seen.join(" ")); // expect: exec exec exec exec exec exec exec | flags flags flags | global global global |

const { exec } = RegExp.prototype;
delete RegExp.prototype.exec;
console.log("ab".replace(/b/g, "c"), /b/.test("ab")); // expect: ac true
RegExp.prototype.exec = exec;
const frozen = Object.freeze(/b/g);
try { "ab".replace(frozen, "c"); } catch (e) { console.log(e.name); } // expect: TypeError
class Own extends RegExp { exec(s) { return null; } }
console.log("ab".replace(new Own("b", "g"), "c")); // expect: ab
