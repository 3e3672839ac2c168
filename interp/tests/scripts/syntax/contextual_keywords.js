// Words that are keywords only in some places.
var async = 1, of = 2, get = 3, let_ = 4, static_ = 5, yield_ = 6;
console.log(async + of + get + let_ + static_ + yield_); // expect: 21
var o = { get: 1, set: 2, async: 3, if: 4, class: 5, get x() { return 6; }, async async() {} };
console.log(o.get, o.set, o.async !== 3, o.if, o.class, o.x); // expect: 1 2 true 4 5 6
for (of of [1]) console.log(of); // expect: 1
