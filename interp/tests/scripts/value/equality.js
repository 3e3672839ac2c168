// == and ===, NaN, zeros, null.
console.log(null == undefined, null == 0, "1" == 1, true == "1", [1] == 1, NaN == NaN); // expect: true false true true true false
console.log(0 === -0, Object.is(0, -0), Object.is(NaN, NaN), "a" + "b" === "ab"); // expect: true false true true
console.log("b" > "a", "10" < "9", "10" < 9, undefined < 1, null >= 0); // expect: true true false false true
