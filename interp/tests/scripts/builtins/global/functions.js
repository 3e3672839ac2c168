// parseInt, parseFloat, isNaN, URI coding.
console.log(parseInt("0x1fz"), parseInt("101", 2), parseFloat("3.14abc"), isNaN("x"), isFinite("5")); // expect: 31 5 3.14 true true
console.log(encodeURIComponent("a b&é€😀"), decodeURIComponent("%E2%82%AC"), encodeURI("a/b?c=d#e f")); // expect: a%20b%26%C3%A9%E2%82%AC%F0%9F%98%80 € a/b?c=d#e%20f
try { decodeURIComponent("%"); } catch (e) { console.log(e.name); } // expect: URIError
console.log(typeof globalThis, undefined === void 0, NaN !== NaN, escape("é"), unescape("%u20AC")); // expect: object true true %E9 €
