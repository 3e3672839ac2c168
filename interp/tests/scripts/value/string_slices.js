// A part of a long string shares its units; taking a text apart from the front is not quadratic.
var long = "";
for (var i = 0; i < 3000; i++) long += "word" + (i % 10) + (i % 7 ? " " : "\u20ac");
var rest = long, sum = 0;
while (rest.length > 4) {
  sum += rest.charCodeAt(4);
  rest = rest.slice(6);
}
console.log(sum, rest.length); // expect: 157500 0
var a = long.substring(100, 400), b = a.slice(10, 200), c = long.slice(110, 300);
console.log(b === c, b.length, ({ [b]: 1 })[c], new Map([[b, 2]]).get(c)); // expect: true 190 1 2
var latin = "x".repeat(1000).slice(1, 999), mixed = latin + b;
console.log(latin.length, mixed.slice(990, 1000) === "xxxxxxxx" + b.slice(0, 2), mixed.indexOf("\u20ac") > 998); // expect: 998 true true
console.log(latin.slice(100, 200) + latin.slice(0, 3) === "x".repeat(103), JSON.stringify(latin.slice(0, 60)).length); // expect: true 62
