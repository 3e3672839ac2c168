// A slash after an expression divides, elsewhere it begins a pattern.
let g = 2, i = 3;
console.log(12 / g / i); // expect: 2
console.log(/=/g.test("a=b"), [/]/].length, /[/]/.test("/")); // expect: true 1 true
console.log(((a) => a)(8) / 2); // expect: 4
