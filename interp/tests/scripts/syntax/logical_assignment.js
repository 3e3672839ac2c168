// The right side runs only when needed.
let log = [];
let o = { a: 0, b: 1, c: null };
o.a ||= (log.push("a"), 5); o.b ||= (log.push("no"), 6);
o.b &&= (log.push("b"), 7); o.c ??= (log.push("c"), 8); o.a ??= log.push("no");
console.log(o.a, o.b, o.c, log.join()); // expect: 5 7 8 a,b,c
