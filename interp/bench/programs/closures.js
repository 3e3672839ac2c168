// Pipelines of functions that make functions, with state in captured variables.
// What it asks: making closures, calling them through array methods, captured variables.
function counter(step) {
  var n = 0;
  return { next: function () { return (n += step); }, reset: function () { n = 0; } };
}
function compose() {
  var fs = Array.prototype.slice.call(arguments);
  return function (x) {
    for (var i = 0; i < fs.length; i++) x = fs[i](x);
    return x;
  };
}
function memo(f) {
  var known = new Map();
  return function (n) {
    if (!known.has(n)) known.set(n, f(n));
    return known.get(n);
  };
}
const add = (a) => (b) => a + b;
const curry = (f) => (a) => (b) => (c) => f(a, b, c);
function run() {
  var pipe = compose(add(3), (x) => x * 2, add(-1), (x) => x % 1009);
  var c = counter(7), sum = 0;
  for (let i = 0; i < 600; i++) {
    const k = i % 13;
    const later = [1, 2, 3, 4, 5].map((x) => () => x * k + i);
    sum = later.reduce((s, f) => (s + f()) % 1000003, sum);
    sum += pipe(c.next());
    if (i % 50 === 0) c.reset();
  }
  var fib = memo((n) => (n < 2 ? n : fib(n - 1) + fib(n - 2)));
  var mix = curry((a, b, d) => a * b + d);
  for (var i = 0; i < 300; i++) sum += mix(i)(i + 1)(i + 2);
  return sum + ":" + fib(60) + ":" + [5, 3, 9, 1].filter((x) => x > 2).sort((a, b) => a - b).map(String).join("");
}
