// A function with more than 256 registers calls, constructs, iterates and nests as any other.
let names = n => Array.from({ length: n }, (_, i) => "v" + i);
let f = new Function("g", names(400).map((v, i) => `let ${v} = ${i};`).join("") + `
  let o = { m(a, b) { return this.k + a + b; }, k: 7 }, [p, { q, ...rest }] = [v5, { q: v6, z: v7 }];
  let x = new (class { constructor(x) { this.x = x; } })(v300).x, list = [v1, [v2], ...[v4]], s = 0;
  for (let i of [v1, v2, v3]) s += i;
  try { g.x.y(); } catch (e) { s += 1000; }
  return [g(v1, v399), o.m(v398, v2), x, list.join(), p, q, JSON.stringify(rest), String.raw\`a\${v8}b\`, s, (() => v399 + s)()].join(" ");`);
console.log(f((a, b) => a + ":" + b));
let call = "x", array = "1";
for (let i = 0; i < 300; i++) { call = `g(${call}, ${i})`; array = `[${array}]`; }
console.log(new Function("g", "x", "return " + call)((a, b) => a + b, 0), JSON.stringify(Function("return " + array)()).length);
// expect: 1:399 407 300 1,2,4 5 6 {"z":7} a8b 1006 1405
// expect: 44850 601
