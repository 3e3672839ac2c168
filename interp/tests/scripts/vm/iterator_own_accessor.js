// An array whose own Symbol.iterator is an accessor is not iterated the fast way.
let a = [1, 2];
Object.defineProperty(a, Symbol.iterator, { get() { throw "asked"; } });
try { for (let x of a) console.log(x); } catch (e) { console.log(e); }
try { [...a]; } catch (e) { console.log(e); }
// expect: asked
// expect: asked
