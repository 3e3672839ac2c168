// for await takes async and sync iterables, and closes them when it is left.
function sync(...items) { return { [Symbol.iterator]() { let i = 0; return { next: () => ({ value: items[i], done: i++ >= items.length }), return() { console.log("closed"); return {}; } }; } }; }
(async () => {
  for await (let x of [1, Promise.resolve(2)]) console.log(x);
  for await (let x of sync(3, 4)) { console.log(x); break; }
  try { for await (let x of sync(Promise.reject("bad"))) console.log("never"); } catch (e) { console.log(e); }
  try { for await (let x of sync(5)) throw "out"; } catch (e) { console.log(e); }
  try { for await (let x of 5) ; } catch (e) { console.log(e.name); }
})();
// expect: 1
// expect: 2
// expect: 3
// expect: closed
// expect: closed
// expect: bad
// expect: closed
// expect: out
// expect: TypeError
