// Ways out through several `finally` blocks, innermost first.
let log = [];
function f() {
  try { try { try { return "r"; } finally { log.push(1); } } finally { log.push(2); throw "t"; } }
  catch (e) { log.push(e); return "c"; } finally { log.push(3); }
}
console.log(f(), log.join()); // expect: c 1,2,t,3
