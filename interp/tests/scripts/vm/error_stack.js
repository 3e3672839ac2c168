// The stack names the functions, innermost first.
function inner() { throw new Error("x"); }
function outer() { inner(); }
try { outer(); } catch (e) { console.log(/inner[^]*outer/.test(e.stack), Object.keys(e).length); } // expect: true 0
