// A reviver sees the source of primitives as long as they are what was parsed; of several of a name the last one.
const seen = [];
JSON.parse('{"a": 1.0, "b": [ -0, "\\u0041", true ], "a": 1e3, "c": {}}', function (key, value, context) {
  seen.push(key + ":" + context.source);
  if (key === "a") this.c = 5;
  if (key === "0") this[2] = false;
  return value;
});
console.log(seen.join(" ")); // expect: a:1e3 0:-0 1:"\u0041" 2:undefined b:undefined c:undefined :undefined
console.log(JSON.parse("9007199254740993", (k, v, { source }) => BigInt(source)) === 9007199254740993n); // expect: true
