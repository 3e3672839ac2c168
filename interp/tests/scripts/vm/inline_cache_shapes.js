// One place that sees many shapes, a changed prototype, a deleted property and an accessor.
function get(o) { return o.v; }
let proto = { v: "p" }, out = [];
for (let o of [{ v: 1 }, { a: 0, v: 2 }, { b: 0, v: 3 }, { __proto__: proto }, {}, "s", 5]) out.push(get(o));
proto.v = "q"; out.push(get({ __proto__: proto }));
let d = { v: 8 }; get(d); get(d); delete d.v; out.push(get(d));
Object.defineProperty(d, "v", { get: () => "acc" }); out.push(get(d));
console.log(out.join()); // expect: 1,2,3,p,,,,q,,acc
