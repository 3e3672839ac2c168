// Bound receivers, arguments, construction and instanceof.
function P(a, b) { this.v = [a, b].join(); }
let B = P.bind({ ignored: 1 }, 1);
console.log(new B(2).v, new B() instanceof P, B.length, B.name, "prototype" in B); // expect: 1,2 true 1 bound P false
