// Thenables are adopted in a job; resolving with itself rejects; a second call is ignored.
let order = [];
let t = { then(ok) { order.push("then"); ok("v"); ok("w"); throw "ignored"; } };
Promise.resolve(t).then(v => console.log(v, order.join())); // expect: v sync,then
order.push("sync");
let self; self = new Promise(r => Promise.resolve().then(() => r(self)));
self.catch(e => console.log(e.name)); // expect: TypeError
