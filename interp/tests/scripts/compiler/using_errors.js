// What disposing throws suppresses what was thrown before.
const bad = e => ({ [Symbol.dispose]() { throw e; } });
try { using_two(); } catch (e) { console.log(e instanceof SuppressedError, e.error, e.suppressed.error, e.suppressed.suppressed); }
function using_two() { using a = bad("a"), b = bad("b"); throw "body"; }
try { { using a = bad("only"); } } catch (e) { console.log(e); }
// expect: true a b body
// expect: only
