// throws: uncaught 42
function f() { throw 42; }
f();
