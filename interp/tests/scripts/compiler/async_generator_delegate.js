// yield* in an async generator: async and sync inner iterators, throw and return forwarded.
async function* inner() { try { yield "a"; yield "b"; } catch (e) { yield "c" + e; } finally { console.log("closed"); } return "r"; }
async function* outer() { console.log(await (yield* inner())); yield* [Promise.resolve("s")]; }
(async () => {
  for await (let x of outer()) console.log(x);
  let i = outer(); await i.next();
  console.log((await i.throw("!")).value);
  console.log((await i.return("q")).value);
  i = (async function* () { yield* { [Symbol.iterator]() { return { next: () => ({ value: 1, done: false }), return() { console.log("sync closed"); return {}; } }; } }; })();
  await i.next();
  await i.throw("t").catch(e => console.log(e.name));
})();
// expect: a
// expect: b
// expect: closed
// expect: r
// expect: s
// expect: c!
// expect: closed
// expect: q
// expect: sync closed
// expect: TypeError
