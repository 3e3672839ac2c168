// What a module throws, all its importers get, each time.
const load = () => import("./parts/throws.mjs").then(() => "fine", (e) => e);
const first = await load();
console.log(first.message, first === (await load())); // expect: no true
console.log((await import("./nowhere.mjs").catch((e) => e)).name); // expect: TypeError
console.log((await import("./parts/wrong.mjs").catch((e) => e)).name); // expect: SyntaxError
