// What a place in the code learnt of plain objects does not hold for proxies of their shape, nor along prototypes.
const set = (o) => { o.x = 1; return o; };
for (let i = 0; i < 20; i++) set(Object.create(null));
let trapped = 0;
set(new Proxy(Object.create(null), { set: () => { trapped++; return true; } }));
set(Object.create(new Proxy({}, { set: () => { trapped++; return true; } })));
const get = (o) => o.y;
for (let i = 0; i < 20; i++) get(Object.create({}));
get(Object.create(new Proxy({}, { get: () => { trapped++; } })));
console.log(trapped); // expect: 3
