// Strings to numbers.
let s = ["", " 12 ", "0x1f", "1e3", "1,2", "Infinity", "-0b1", "\n7\t", ".5."];
console.log(s.map(x => +x).join()); // expect: 0,12,31,1000,NaN,Infinity,NaN,7,NaN
console.log(+[], +[5], +{}, +null, +undefined, +true, -"3"); // expect: 0 5 NaN 0 NaN 1 -3
