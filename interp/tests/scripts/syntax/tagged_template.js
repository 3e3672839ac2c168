// The strings object is the same at each evaluation; bad escapes are undefined when cooked.
function tag(s, ...v) { return s; }
let at = () => tag`a${1}b`;
console.log(at() === at(), at() === tag`a${1}b`, at().join("|"), at().raw.length); // expect: true false a|b 2
console.log(tag`\unicode ${0}x`[0], tag`\n`.raw[0] === "\\n"); // expect: undefined true
