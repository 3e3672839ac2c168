// A property that appears between the receiver and its holder is seen.
let a = { m: () => "a" }, b = { __proto__: a }, c = { __proto__: b };
let call = () => c.m(), out = [];
for (let i = 0; i < 4; i++) { out.push(call()); if (i === 1) b.m = () => "b"; if (i === 2) Object.setPrototypeOf(c, a); }
console.log(out.join()); // expect: a,a,b,a
