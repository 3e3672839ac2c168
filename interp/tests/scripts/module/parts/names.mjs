export const z = 1, a = 2, list = [];
export default () => "default";
export * as ns from "./names.mjs";
