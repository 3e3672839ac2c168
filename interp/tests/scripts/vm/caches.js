// What inline caches know ends when it is not true any more.
function put(o, v) { o.x = v; }
function get(o) { return o.x; }
function C() {}
C.prototype.x = 5;
for (var i = 0; i < 4; i++) put(new C(), 1);
var q = new C(), r = Object.create(q);
console.log(get(r), get(r)); // expect: 5 5
put(q, 7); // the site adds `x` to objects of this shape; q is a prototype now
console.log(get(r)); // expect: 7
var s = { set z(v) { this.w = v; } }, t = Object.create(s);
function set(o, v) { o.z = v; }
set(s, 1); set(t, 2); set(t, 3);
console.log(s.w, t.w); // expect: 1 3
Object.defineProperty(s, "z", { value: 9, writable: true, configurable: true });
set(t, 8);
console.log(t.z, t.w); // expect: 8 3
function cut(s) { return s.slice(0, 2); }
console.log(cut("abc"), cut("abd")); // expect: ab ab
String.prototype.slice = function () { return "no"; };
console.log(cut("abc")); // expect: no
var all = [{ k: 1 }, { a: 1, k: 2 }, { b: 1, k: 3 }, { c: 1, k: 4 }, { d: 1, k: 5 }, { e: 1, k: 6 }], sum = 0;
for (i = 0; i < 60; i++) sum += all[i % 6].k;
console.log(sum); // expect: 210
function locked() { this.p = 1; }
var free = new locked(), shut = Object.create(locked.prototype);
Object.preventExtensions(shut);
locked.call(free); locked.call(shut);
console.log("p" in shut); // expect: false
