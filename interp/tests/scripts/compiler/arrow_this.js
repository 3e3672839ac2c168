// Arrows have the `this`, `arguments` and `new.target` of their function.
function F() { this.n = 1; return () => [this.n, arguments.length, new.target === F].join(); }
console.log(Reflect_free()); // expect: 1,2,false
function Reflect_free() { let o = { n: 2, f: F }; return o.f(1, 2)(); }
console.log(new F(1)()); // expect: 1,1,true
console.log([1, 2].map(function () { return (() => this.k)(); }, { k: "k" }).join("")); // expect: kk
