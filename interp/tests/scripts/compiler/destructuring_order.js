// Targets are evaluated before the iterator steps; keys before values.
let log = [];
let t = (n, o = {}) => (log.push(n), o);
let it = { [Symbol.iterator]: () => ({ i: 0, next() { log.push("n" + this.i); return { value: this.i++, done: false }; }, return() { log.push("ret"); return {}; } }) };
[t("a").x, t("b").x] = it;
console.log(log.join()); // expect: a,n0,b,n1,ret
log.length = 0;
({ [(log.push("k"), "z")]: t("target").x = log.push("d") } = { get z() { log.push("get"); } });
console.log(log.join()); // expect: k,target,get,d
