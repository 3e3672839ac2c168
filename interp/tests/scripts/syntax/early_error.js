// throws: SyntaxError
// Declared twice: nothing of the script runs.
console.log("never");
let twice = 1;
let twice = 2;
