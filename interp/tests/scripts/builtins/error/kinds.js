// Kinds, causes, names and how they print.
let e = new RangeError("far", { cause: "why" });
console.log(e + "", e.cause, e instanceof Error, Object.prototype.toString.call(e), e.hasOwnProperty("message")); // expect: RangeError: far why true [object Error] true
class My extends Error { get name() { return "My"; } }
console.log(new My("m") + "", new My() instanceof Error, Error("x").message, "" + new Error()); // expect: My: m true x Error
let a = new AggregateError([1, 2], "many"); console.log(a.errors.length, a.message); // expect: 2 many
