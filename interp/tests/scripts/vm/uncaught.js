// throws: TypeError: no luck
console.log("before");
try { console.log("in"); } finally { console.log("finally"); }
throw new TypeError("no luck");
// expect: before
// expect: in
// expect: finally
