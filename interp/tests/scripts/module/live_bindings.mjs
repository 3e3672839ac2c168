// Imports are the exporter's variables, not copies.
import { count, increment } from "./parts/counter.mjs";
import * as counter from "./parts/counter.mjs";
console.log(count); // expect: 0
increment();
console.log(count, counter.count); // expect: 1 1
try { count = 5; } catch (e) { console.log(e.name); } // expect: TypeError
try { counter.count = 5; } catch (e) { console.log(e.name); } // expect: TypeError
console.log(eval("count + 1")); // expect: 2
