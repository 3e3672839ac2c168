// Modules of data, and what the host says of a module.
import data from "./parts/data.json" with { type: "json" };
import text from "./parts/data.json" with { type: "text" };
console.log(data.list[1], text.trim()); // expect: 2 {"list": [1, 2]}
console.log(import.meta.url, Object.getPrototypeOf(import.meta)); // expect: test:data.mjs null
try { await import("./parts/data.json", { with: { kind: "x" } }); } catch (e) { console.log(e.name); } // expect: TypeError
