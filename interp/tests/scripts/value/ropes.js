// Strings grown piece by piece, compared, indexed and used as keys.
let s = ""; for (let i = 0; i < 1000; i++) s += "ab";
let t = ""; for (let i = 0; i < 1000; i++) t = "ab" + t;
console.log(s.length, s === t, s[999], s[2000], ({ [s]: 1 })[t]); // expect: 2000 true b undefined 1
let w = s + "\u0100"; console.log(w.length, w[2000] === "\u0100", w > s); // expect: 2001 true true
