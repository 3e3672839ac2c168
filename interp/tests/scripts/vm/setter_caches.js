// Stores that add, overwrite, hit a setter, a frozen object, a read-only prototype property.
let set = (o, v) => { "use strict"; o.p = v; return o.p; };
let ro = Object.defineProperty({}, "p", { value: "ro" }), out = [];
for (let o of [{}, {}, { p: 0 }, { set p(v) { out.push("s" + v); } }, Object.freeze({ p: "f" }), { __proto__: ro }])
  try { out.push(set(o, 1)); } catch (e) { out.push(e.name); }
console.log(out.join()); // expect: 1,1,1,s1,,TypeError,TypeError
