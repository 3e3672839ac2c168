// An exception waits while `finally` runs calls, loops and its own try.
function f() {
  try { throw "first"; } finally { for (let i of [1, 2]) { try { throw i; } catch (e) { console.log(e); } } [1].map(x => x); }
}
try { f(); } catch (e) { console.log(e); }
// expect: 1
// expect: 2
// expect: first
