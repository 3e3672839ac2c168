// The properties a function has from the beginning come before those it is given.
function f() {}
f.a = 1;
console.log(Reflect.ownKeys(f).join()); // expect: length,name,prototype,a
const g = () => {};
g.a = 1; g[0] = 2;
Object.defineProperty(g, "name", { enumerable: true });
console.log(Object.keys(g).join(), Reflect.ownKeys(Map).slice(0, 3).join()); // expect: 0,name,a length,name,prototype
