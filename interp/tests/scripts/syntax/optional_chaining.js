// A chain ends as a whole; a call keeps its receiver; `?.5:` is a conditional.
let o = { a: { n: 3, f() { return this.n; } }, z: null };
console.log(o?.a?.f(), o.b?.c.d.e(), o.z?.[0].x, o.a.g?.()); // expect: 3 undefined undefined undefined
console.log(o?.a.f?.(), (o?.a).n, true?.5:1); // expect: 3 3 0.5
console.log(delete o?.a.n, o.a.n, delete o.q?.r); // expect: true undefined true
