// A chain of proxies of any length ends in an error, not in a dead process.
let p = {};
for (let i = 0; i < 100000; i++) p = new Proxy(p, {});
try { p.x; console.log("fine"); } catch (e) { console.log(e.name); } // expect: RangeError
try { p.x = 1; console.log("fine"); } catch (e) { console.log(e.name); } // expect: RangeError
let f = () => 1;
for (let i = 0; i < 100000; i++) f = new Proxy(f, {});
try { f(); console.log("fine"); } catch (e) { console.log(e.name); } // expect: RangeError
