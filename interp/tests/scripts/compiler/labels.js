// Labelled break and continue, also out of blocks.
let log = [];
outer: for (let i = 0; i < 3; i++) {
  for (let j = 0; j < 3; j++) {
    if (j === 1) continue outer;
    if (i === 2) break outer;
    log.push(`${i}${j}`);
  }
}
block: { log.push("in"); if (log.length) break block; log.push("never"); }
a: b: do { continue a; } while (false);
console.log(log.join()); // expect: 00,10,in
