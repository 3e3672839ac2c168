// await using awaits asyncDispose, takes dispose in its place, and awaits even for null.
const a = n => ({ async [Symbol.asyncDispose]() { console.log("begin " + n); await 0; console.log("end " + n); } });
async function f() { await using x = a("x"), y = { [Symbol.dispose]() { console.log("sync y"); return Promise.reject("ignored"); } }; return "result"; }
async function n() { { await using x = null; } console.log("after null"); }
async function e() { await using x = { async [Symbol.asyncDispose]() { throw "d"; } }; throw "b"; }
(async () => {
  console.log(await f());
  n(); console.log("first");
  try { await e(); } catch (x) { console.log(x.error, x.suppressed); }
  for (await using x of [a("i")]) console.log("body");
})();
// expect: sync y
// expect: begin x
// expect: end x
// expect: result
// expect: first
// expect: after null
// expect: d b
// expect: body
// expect: begin i
// expect: end i
