// `with` looks at the object first, honours unscopables, and keeps the reference.
let x = "outer", o = { x: "inner", f() { return this === o; } };
with (o) { console.log(x, f()); x = "set"; var y = "y"; } // expect: inner true
console.log(o.x, x, y); // expect: set outer y
with ([]) console.log(typeof find_it, typeof keys); // expect: undefined undefined
