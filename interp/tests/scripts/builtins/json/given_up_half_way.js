// A serialization that meets something to call begins again, and nothing is seen of it.
let read = 0;
const inner = { list: [1, , () => 1, { n: null }], get late() { return ++read } };
console.log(JSON.stringify({ a: 1, inner })); // expect: {"a":1,"inner":{"list":[1,null,null,{"n":null}],"late":1}}
console.log(JSON.stringify([{ toJSON(key) { return "k" + key } }], null, 1)); // expect: [
// expect:  "k0"
// expect: ]
console.log(JSON.stringify(new Proxy([1, {}], {}), ["a"], "--")); // expect: [
// expect: --1,
// expect: --{}
// expect: ]
console.log(JSON.stringify({ a: [], b: undefined }, (k, v) => (k === "a" ? [v.length] : v))); // expect: {"a":[0]}
console.log(JSON.stringify(undefined, () => 1), JSON.stringify(1, () => undefined)); // expect: 1 undefined
try { const o = { get self() { return o } }; JSON.stringify(o) } catch (e) { console.log(e.name) } // expect: TypeError
console.log(read); // expect: 1
