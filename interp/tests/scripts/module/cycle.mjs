// Functions of a cycle can be called before their module ran; other bindings are dead until then.
import { early } from "./parts/cycle.mjs";
export function here() { return "here"; }
export let late = "late";
console.log(early); // expect: here ReferenceError
