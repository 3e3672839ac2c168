// Trees walked, permutations made and pipes built by generators; destructuring and spread on the way.
// What it asks: suspending and resuming, the iterator protocol.
class Tree {
  constructor(key, left, right) {
    this.key = key;
    this.left = left;
    this.right = right;
  }
  *[Symbol.iterator]() {
    if (this.left) yield* this.left;
    yield this.key;
    if (this.right) yield* this.right;
  }
}
function build(from, to) {
  if (from > to) return null;
  const middle = (from + to) >> 1;
  return new Tree(middle, build(from, middle - 1), build(middle + 1, to));
}
function* range(from, to, step = 1) {
  for (let i = from; i < to; i += step) yield i;
}
function* map(it, f) {
  for (const x of it) yield f(x);
}
function* filter(it, f) {
  for (const x of it) if (f(x)) yield x;
}
function* take(it, n) {
  if (n <= 0) return;
  for (const x of it) {
    yield x;
    if (--n === 0) return;
  }
}
function* permutations(items) {
  if (items.length < 2) {
    yield items;
    return;
  }
  for (let i = 0; i < items.length; i++) {
    const [head] = items.slice(i, i + 1);
    for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)])) yield [head, ...rest];
  }
}
function run() {
  let sum = 0;
  for (const key of build(1, 127)) sum += key;
  for (const x of take(filter(map(range(0, 5000), (n) => n * 3), (n) => n % 2 === 0), 400)) sum += x;
  let count = 0;
  for (const [a, b, ...rest] of permutations([1, 2, 3, 4, 5])) {
    count++;
    sum += a * b + rest.length;
  }
  function* talk() {
    let heard = 0;
    while (heard < 1000) heard += yield heard * 2;
    return heard;
  }
  const t = talk();
  let r = t.next();
  while (!r.done) r = t.next(7);
  return sum + ":" + count + ":" + r.value;
}
