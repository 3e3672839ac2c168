// Two closures over one variable see each other's writes.
function counter() { let n = 0; return { up: () => ++n, get: () => n }; }
let a = counter(), b = counter();
a.up(); a.up(); b.up();
console.log(a.get(), b.get()); // expect: 2 1
