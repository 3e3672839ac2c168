// One scope for all cases; falling through; default in the middle; TDZ across cases.
function f(x) {
  let out = "";
  switch (x) {
    case 1: let a = "one"; out += a; break;
    default: out += "d";
    case 2: out += "two"; break;
    case 3: try { a; } catch (e) { out += e.name; }
  }
  return out;
}
console.log(f(1), f(2), f(3), f(4)); // expect: one two ReferenceError dtwo
