// A global function that is replaced, deleted, shadowed by a lexical of another script.
var out = [];
globalThis.gf = () => 1;
let use = () => gf();
out.push(use(), use()); gf = () => 2; out.push(use());
delete globalThis.gf;
try { use(); } catch (e) { out.push(e.name); }
console.log(out.join()); // expect: 1,1,2,ReferenceError
