// AsyncDisposableStack: disposeAsync awaits one after the other and gathers errors.
let s = new AsyncDisposableStack();
s.defer(async () => { console.log(1); throw "one"; });
s.adopt("x", async v => { console.log(v); throw "two"; });
s.use(null);
s.disposeAsync().catch(e => console.log(e.error, e.suppressed, s.disposed));
AsyncDisposableStack.prototype.disposeAsync.call({}).catch(e => console.log(e.name));
// expect: x
// expect: 1
// expect: TypeError
// expect: one two true
