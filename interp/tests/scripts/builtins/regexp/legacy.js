// RegExp itself knows its last match; a match of a subclass leaves nothing to know, and subclasses may not ask.
/(\w+) (\w+)(x)?/.exec(">> John Smith <<");
console.log(RegExp.$1, RegExp.$2, RegExp.$3 === "", RegExp.lastMatch, RegExp["$`"], RegExp["$'"]); // expect: John Smith true John Smith >>   <<
console.log("a-b".replace(/-(b)/, "+$1"), RegExp.input, RegExp["$+"], RegExp.$2 === ""); // expect: a+b a-b b true
RegExp.input = 5;
console.log(RegExp.$_ === "5", RegExp["$&"]); // expect: true -b
class Mine extends RegExp {}
const kind = (f) => { try { return f(); } catch (e) { return e.name; } };
console.log(kind(() => Mine.$1), kind(() => new Mine("x").compile("y"))); // expect: TypeError TypeError
new Mine("x").test("x");
console.log(kind(() => RegExp.$1), kind(() => RegExp.input)); // expect: TypeError TypeError
console.log(/y/.test("xyz"), RegExp.leftContext); // expect: true x
