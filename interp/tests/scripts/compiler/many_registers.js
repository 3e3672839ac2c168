// More than 256 registers: what is out of an operand's reach goes through scratch registers.
let src = "";
for (let i = 0; i < 400; i++) src += `let v${i} = ${i};`;
let f = new Function(src + "let s = 0; for (let k = 0; k < 2; k++) { s += v0 + v399; v399++; } return s + v255 * v256");
console.log(f()); // expect: 66079
