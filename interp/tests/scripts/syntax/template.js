// Nested templates, and ToString at each substitution.
let n = 3;
console.log(`a${`b${n}c`}d ${[1, 2]} ${{}} ${null}`);
console.log(`line
two`.length);
try { `${Symbol()}`; } catch (e) { console.log(e instanceof TypeError); }
// expect: ab3cd 1,2 [object Object] null
// expect: 8
// expect: true
