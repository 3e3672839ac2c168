// Attributes are kept and checked.
let o = {};
Object.defineProperty(o, "x", { value: 1, configurable: true });
let d = Object.getOwnPropertyDescriptor(o, "x");
console.log(d.writable, d.enumerable, d.configurable); // expect: false false true
Object.defineProperty(o, "x", { get() { return 2; } }); console.log(o.x); // expect: 2
Object.defineProperty(o, "y", { value: 1 });
try { Object.defineProperty(o, "y", { value: 2 }); } catch (e) { console.log(e.name); } // expect: TypeError
console.log(delete o.y, Object.isFrozen(Object.freeze(o)), Object.isExtensible(o)); // expect: false true false
