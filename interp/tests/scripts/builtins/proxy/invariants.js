// What a target has fixed, no trap can deny.
const target = Object.freeze({ fixed: 1 });
const lies = new Proxy(target, {
  get: () => 2, has: () => false, ownKeys: () => [], deleteProperty: () => true, getPrototypeOf: () => Array.prototype,
});
for (const f of [() => lies.fixed, () => "fixed" in lies, () => Object.keys(lies), () => delete lies.fixed, () => Object.getPrototypeOf(lies)]) {
  try { f(); console.log("believed"); } catch (e) { console.log(e.name); }
}
// expect: TypeError
// expect: TypeError
// expect: TypeError
// expect: TypeError
// expect: TypeError
