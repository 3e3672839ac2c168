// Escapes in names and strings; astral code points are two units.
var \u0061bc = 7;
console.log(abc);
console.log("\x41\u0042\u{43}");
console.log("\u{1F600}".length);
console.log("a\
b");
// expect: 7
// expect: ABC
// expect: 2
// expect: ab
