// Array.fromAsync takes async and sync iterables and array-likes, and awaits what a mapper gives.
async function* g() { yield 1; yield 2; }
(async () => {
  console.log((await Array.fromAsync(g(), async x => x * 2)).join(), (await Array.fromAsync([Promise.resolve(3)])).join());
  console.log((await Array.fromAsync({ length: 2, 0: "a", 1: Promise.resolve("b") })).join());
  await Array.fromAsync(null).catch(e => console.log(e.name));
})();
// expect: 2,4 3
// expect: a,b
// expect: TypeError
