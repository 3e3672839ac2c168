// `return` awaits its value and runs finally; a rejected one is thrown at the yield.
async function* g() { try { yield 1; } catch (e) { yield "caught " + e; } finally { console.log("finally"); } }
(async () => {
  let i = g(); await i.next();
  console.log((await i.return(Promise.resolve("v"))).value);
  i = g(); await i.next();
  console.log((await i.return(Promise.reject("no"))).value);
  i = g();
  await i.return(Promise.reject("x")).catch(e => console.log("rejected", e));
  console.log((await i.next()).done);
})();
// expect: finally
// expect: v
// expect: caught no
// expect: rejected x
// expect: true
