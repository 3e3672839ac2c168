// A running generator cannot be entered; a finished one stays finished.
let g = (function* () { try { g.next(); } catch (e) { yield e.name; } })();
console.log(g.next().value, g.next().done, g.next().value); // expect: TypeError true undefined
function* args(a, b = a + 1) { yield a; yield b; yield arguments.length; }
console.log([...args(1)].join(), [...args(1, 5)].join()); // expect: 1,2,1 1,5,2
let o = { *m() { yield this.k; }, k: "k" };
console.log(o.m().next().value); // expect: k
