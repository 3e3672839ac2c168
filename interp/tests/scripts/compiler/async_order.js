// Jobs run after the script, in order; await costs one turn.
let log = [];
async function f() { log.push(1); await null; log.push(4); return 6; }
f().then(v => { log.push(v); console.log(log.join()); }); // expect: 1,2,3,4,5,6
Promise.resolve().then(() => log.push(5));
log.push(2); log.push(3);
