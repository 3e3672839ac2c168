import { here, late } from "../cycle.mjs";
let error;
try { late; } catch (e) { error = e.name; }
export const early = here() + " " + error;
