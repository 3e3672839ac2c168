// A lexical binding cannot be touched before its declaration ran.
try { x; let x = 1; } catch (e) { console.log(e.name); } // expect: ReferenceError
try { typeof y; let y; } catch (e) { console.log(e.name); } // expect: ReferenceError
try { f(); let z = 1; function f() { return z; } } catch (e) { console.log(e.name); } // expect: ReferenceError
try { (function (a = b, b) {})(); } catch (e) { console.log(e.name); } // expect: ReferenceError
try { const c = 1; c = 2; } catch (e) { console.log(e.name); } // expect: TypeError
try { class A extends (() => A)() {} } catch (e) { console.log(e.name); } // expect: ReferenceError
console.log(typeof undeclared); // expect: undefined
