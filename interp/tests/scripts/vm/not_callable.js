// Calling what is no function names what was called.
for (let f of [() => (void 0)(), () => ({}).x(), () => null.x, () => new (() => {})(), () => { let u; u.p = 1; }])
  try { f(); } catch (e) { console.log(e instanceof TypeError, e.message.length > 5); }
// expect: true true
// expect: true true
// expect: true true
// expect: true true
// expect: true true
