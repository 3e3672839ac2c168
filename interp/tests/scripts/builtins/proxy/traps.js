// Every operation asks its trap, with the target first.
const log = [];
const handler = new Proxy({}, { get: (_, name) => { log.push(name); } });
const p = new Proxy(function () {}, handler);
p.x; p.x = 1; "x" in p; delete p.x; p(); new p(); Object.keys(p); Object.getPrototypeOf(p);
Object.setPrototypeOf(p, Function.prototype); Object.isExtensible(p); Object.defineProperty(p, "y", { value: 1, configurable: true });
Object.preventExtensions(p);
console.log(log.join(" "));
// expect: get set getOwnPropertyDescriptor defineProperty has deleteProperty apply construct get ownKeys getOwnPropertyDescriptor getOwnPropertyDescriptor getOwnPropertyDescriptor getPrototypeOf setPrototypeOf isExtensible defineProperty preventExtensions
