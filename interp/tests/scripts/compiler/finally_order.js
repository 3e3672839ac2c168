// `finally` runs last, and its own completion wins.
function a() { try { return "try"; } finally { console.log("f"); } } // expect: f
function b() { try { throw 1; } catch (e) { return "catch"; } finally { return "finally"; } }
function c() { for (const x of [1, 2]) { try { continue; } finally { if (x === 2) return "c" + x; } } }
function d() { l: try { return 1; } finally { break l; } return 2; }
function e() { let x = 1; try { return x; } finally { x = 2; } }
console.log(a(), b(), c(), d(), e()); // expect: try finally c2 2 1
