// In strict code a reference that cannot be resolved stays so, even if the value makes the variable.
"use strict";
try { undeclared = (globalThis.undeclared = 5); } catch (e) { console.log(e.name, undeclared); }
undeclared = [undeclared + 1][0];
console.log(undeclared);
// expect: ReferenceError 5
// expect: 6
