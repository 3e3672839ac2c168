// DisposableStack: use, adopt, defer, move, dispose once.
let s = new DisposableStack(), log = x => console.log(x);
console.log(s.use({ k: 1, [Symbol.dispose]() { log("use " + this.k); } }).k, s.adopt("v", x => log("adopt " + x)));
s.defer(() => log("defer"));
let t = s.move();
console.log(s.disposed, t.disposed);
{ using u = t; }
t.dispose();
try { t.defer(() => 0); } catch (e) { console.log(e.name, t.disposed); }
// expect: 1 v
// expect: true false
// expect: defer
// expect: adopt v
// expect: use 1
// expect: ReferenceError true
