// Symbolic differentiation and simplification of expressions held as nested pairs.
// What it asks: short-lived linked cells, recursion, closures.
function Pair(head, tail) {
  this.head = head;
  this.tail = tail;
}
function list() {
  var out = null;
  for (var i = arguments.length - 1; i >= 0; i--) out = new Pair(arguments[i], out);
  return out;
}
function equal(a, b) {
  if (a === b) return true;
  return a instanceof Pair && b instanceof Pair && equal(a.head, b.head) && equal(a.tail, b.tail);
}
function binary(op) {
  return function (a, b) { return list(op, a, b); };
}
var sum = binary("+"), product = binary("*"), power = binary("^");
var rules = {
  "+": function (a, b) { return sum(derive(a), derive(b)); },
  "*": function (a, b) { return sum(product(derive(a), b), product(a, derive(b))); },
  "^": function (a, n) { return product(product(n, power(a, n - 1)), derive(a)); }
};
function derive(e) {
  if (typeof e === "number") return 0;
  if (typeof e === "string") return e === "x" ? 1 : 0;
  return rules[e.head](e.tail.head, e.tail.tail.head);
}
var simplifiers = {
  "+": function (a, b) {
    if (a === 0) return b;
    if (b === 0) return a;
    if (typeof a === "number" && typeof b === "number") return (a + b) % 9973;
    if (equal(a, b)) return product(2, a);
    return sum(a, b);
  },
  "*": function (a, b) {
    if (a === 0 || b === 0) return 0;
    if (a === 1) return b;
    if (b === 1) return a;
    if (typeof a === "number" && typeof b === "number") return (a * b) % 9973;
    if (typeof b === "number") return product(b, a);
    return product(a, b);
  },
  "^": function (a, n) { return n === 0 ? 1 : n === 1 ? a : power(a, n); }
};
function simplify(e) {
  if (!(e instanceof Pair)) return e;
  return simplifiers[e.head](simplify(e.tail.head), simplify(e.tail.tail.head));
}
function evaluate(e, x) {
  if (typeof e === "number") return e;
  if (typeof e === "string") return x;
  var a = evaluate(e.tail.head, x), b = evaluate(e.tail.tail.head, x);
  switch (e.head) {
    case "+": return (a + b) % 9973;
    case "*": return (a * b) % 9973;
    default:
      var r = 1;
      for (var i = 0; i < b; i++) r = (r * a) % 9973;
      return r;
  }
}
function size(e) { return e instanceof Pair ? size(e.head) + size(e.tail) : 1; }
function run() {
  var e = 1;
  for (var i = 1; i < 9; i++) e = sum(product(e, power("x", i)), product(i, "x"));
  var check = 0;
  for (var k = 0; k < 3; k++) {
    e = simplify(derive(e));
    check = (check * 31 + evaluate(e, 5 + k) + size(e)) % 1000003;
  }
  return check;
}
