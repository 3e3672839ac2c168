// Missing arguments are undefined, extra ones are in `arguments`; many are fine.
function f(a, b, c) { return [a, b, c, arguments.length].join("/"); }
console.log(f(), f(1, 2, 3, 4), f(...Array(300).fill(0))); // expect: ///0 1/2/3/4 0/0/0/300
console.log(f.call(null, 7), f.apply(null, [1, 2]), f.bind(null, 1).bind(null, 2)(3)); // expect: 7///1 1/2//2 1/2/3/3
console.log((function () { return typeof this; }).call(5), (function () { "use strict"; return typeof this; }).call(5)); // expect: object number
