// A namespace: sorted names, no prototype, one for each module.
import * as ns from "./parts/names.mjs";
console.log(Object.keys(ns).join()); // expect: a,default,list,ns,z
console.log(Object.getPrototypeOf(ns), ns[Symbol.toStringTag]); // expect: null Module
console.log(Object.isExtensible(ns), "z" in ns, "y" in ns); // expect: false true false
console.log(ns.default(), ns.list === ns.ns.list); // expect: default true
console.log(ns === (await import("./parts/names.mjs"))); // expect: true
