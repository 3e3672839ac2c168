// Index keys, number keys and their strings are one; symbols are apart; order of keys.
let sym = Symbol("d"), o = { b: 1, 2: 1, [sym]: 1, a: 1, 1: 1, "01": 1, 4294967295: 1, [-1]: 1, 1.5: 1 };
console.log(Object.keys(o).join(), o["2"] === o[2], Object.getOwnPropertySymbols(o).length); // expect: 1,2,b,a,01,4294967295,-1,1.5 true 1
o[1e3] = 1; console.log("1000" in o, o[sym], sym.toString()); // expect: true 1 Symbol(d)
