// Raw JSON is a frozen object with its text, which goes into the result as it is.
const raw = JSON.rawJSON("1.000");
console.log(JSON.stringify({ raw, list: [raw, JSON.rawJSON('"x"')] })); // expect: {"raw":1.000,"list":[1.000,"x"]}
console.log(raw.rawJSON, Object.isFrozen(raw), Object.getPrototypeOf(raw)); // expect: 1.000 true null
console.log(JSON.isRawJSON(raw), JSON.isRawJSON({ rawJSON: "1" }), JSON.isRawJSON("1")); // expect: true false false
for (const text of ["", " 1", "1\n", "{}", "[]", "x"]) {
  try { JSON.rawJSON(text); } catch (e) { console.log(e.name); }
}
// expect: SyntaxError
// expect: SyntaxError
// expect: SyntaxError
// expect: SyntaxError
// expect: SyntaxError
// expect: SyntaxError
