// Rejections are thrown at the await; throws reject.
async function bad() { throw new TypeError("bad"); }
async function f() { try { await bad(); } catch (e) { console.log(e.name, e.message); } finally { console.log("finally"); } return "done"; }
f().then(v => console.log(v));
bad().catch(e => console.log("c", e.message));
(async () => { for (let i = 0; i < 2; i++) console.log(await i); })();
// expect: TypeError bad
// expect: finally
// expect: c bad
// expect: 0
// expect: done
// expect: 1
