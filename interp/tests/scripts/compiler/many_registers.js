// More than 256 registers: the wide forms.
let src = "";
for (let i = 0; i < 400; i++) src += `let v${i} = ${i};`;
let f = new Function(src + "let s = 0; for (let k = 0; k < 2; k++) { s += v0 + v399; v399++; } return [s, v399, v255, v256].join()");
console.log(f()); // expect: 799,401,255,256
