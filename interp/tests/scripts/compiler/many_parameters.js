// A thousand parameters, plain, with defaults, and as many arguments; such a frame takes one stack segment.
let ps = Array.from({ length: 1000 }, (_, i) => "v" + i), values = ps.map((_, i) => i);
let f = new Function(...ps, "v999 += 1; return v0 + v999 + arguments.length + arguments[999] + (() => v500)();");
console.log(f(...values), f.length);
console.log(new Function(...ps.map(v => v + " = 1"), "return v0 + v999 + v5")(10));
console.log(Function(`return f(${values}); function f() { return arguments.length + arguments[999]; }`)());
let deep = new Function("self", "n", ...ps, "return n ? self(self, n - 1, ...arguments) : v998");
console.log(deep(deep, 5, ...values));
// expect: 3500 1000
// expect: 12
// expect: 1999
// expect: 988
