// What the body throws wins over what `return` throws; a break does not.
let bad = { [Symbol.iterator]: () => ({ next: () => ({ done: false }), return() { throw "from return"; } }) };
try { for (let x of bad) throw "from body"; } catch (e) { console.log(e); } // expect: from body
try { for (let x of bad) break; } catch (e) { console.log(e); } // expect: from return
try { let [a] = bad; } catch (e) { console.log(e); } // expect: from return
let nonObject = { [Symbol.iterator]: () => ({ next: () => ({ done: false }), return: () => 1 }) };
try { for (let x of nonObject) break; } catch (e) { console.log(e.name); } // expect: TypeError
