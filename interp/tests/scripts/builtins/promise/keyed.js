// Promise.allKeyed and allSettledKeyed answer with objects; a thenable that throws after it resolved is ignored.
Promise.allKeyed({ a: 1, b: Promise.resolve(2) }).then(r => console.log(r.a, r.b, Object.getPrototypeOf(r)));
Promise.allSettledKeyed({ x: Promise.reject("no") }).then(r => console.log(r.x.status, r.x.reason));
let late; Promise.resolve({ then(ok) { ok(new Promise(r => (late = r))); throw "ignored"; } }).then(v => console.log(v));
Promise.resolve().then(() => late("late"));
// expect: 1 2 null
// expect: rejected no
// expect: late
