// Hundreds of properties, added and deleted in turns: order stays.
let o = {};
for (let i = 0; i < 500; i++) o["k" + i] = i;
for (let i = 0; i < 500; i += 2) delete o["k" + i];
o.k0 = "again";
let keys = Object.keys(o);
console.log(keys.length, keys[0], keys[250], o.k499, o.k498); // expect: 251 k1 k0 499 undefined
