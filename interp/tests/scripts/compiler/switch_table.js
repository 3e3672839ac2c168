// A switch over a dense range of integers goes by a table: the same results as one comparison after the other.
function f(x) {
  var out = "";
  switch (x) {
    case 1: out += "one ";
    case 2: out += "two "; break;
    case 3: case 4: return "three or four";
    default: out += "none ";
    case 6: out += "six "; break;
    case 0: out = "zero"; break;
    case 2: out += "never";
    case 10 - 3: return "seven";
  }
  return out;
}
console.log(f(1) + "|" + f(2) + "|" + f(3) + "|" + f(4)); // expect: one two |two |three or four|three or four
console.log(f(5) + "|" + f(6) + "|" + f(7) + "|" + f(-0) + "|" + f(8)); // expect: none six |six |seven|zero|none six 
console.log(f("1") + "|" + f(1.5) + "|" + f(NaN) + "|" + f(2.0) + "|" + f(null)); // expect: none six |none six |none six |two |none six 
function nested(a, b) {
  switch (a) {
    case 0: case 1: case 2: case 3: case 4:
      switch (b) { case 10: return 1; case 11: return 2; case 12: return 3; case 13: return 4; case 14: return 5; case 15: return 6; }
      return 7;
    case 5: return 8;
  }
}
console.log(nested(0, 12), nested(4, 15), nested(4, 16), nested(5, 10), nested(6, 10)); // expect: 3 6 7 8 undefined
console.log(60 * 60 * 24, 7 % 4 - -2, 1 << 31 >>> 28, ~5 ^ 3, 0 * -1, 1 / (0 * -1)); // expect: 86400 5 8 -7 -0 -Infinity
// Over a captured variable: the table is relative to its instruction.
function captured(n) {
  return function (r) {
    switch (n) { case 0: return r === 95024; case 1: return 1; case 2: return 2; case 3: return 3; case 4: return 4; case 5: return 5; }
  };
}
console.log(captured(0)(95024), captured(5)(0)); // expect: true 5
