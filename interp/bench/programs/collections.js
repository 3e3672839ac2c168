// Maps and sets of numbers, texts and objects: an index, a graph search, a cache that forgets the oldest.
// What it asks: Map and Set, iteration over them.
function index(n) {
  const byWord = new Map();
  for (let i = 0; i < n; i++) {
    const word = "w" + ((i * 7919) % 211);
    const list = byWord.get(word);
    if (list === undefined) byWord.set(word, [i]);
    else list.push(i);
  }
  let longest = 0;
  for (const [word, list] of byWord) if (list.length > longest) longest = list.length;
  return byWord.size * 1000 + longest;
}
function search(n) {
  const nodes = [];
  for (let i = 0; i < n; i++) nodes.push({ id: i, edges: [] });
  for (let i = 0; i < n; i++) {
    nodes[i].edges.push(nodes[(i * 3 + 1) % n], nodes[(i * 5 + 2) % n], nodes[(i + 1) % n]);
  }
  const distance = new Map([[nodes[0], 0]]);
  const todo = [nodes[0]];
  for (let at = 0; at < todo.length; at++) {
    const d = distance.get(todo[at]) + 1;
    for (const next of todo[at].edges) {
      if (!distance.has(next)) {
        distance.set(next, d);
        todo.push(next);
      }
    }
  }
  let sum = 0;
  distance.forEach((d) => { sum += d; });
  return sum;
}
class Cache {
  constructor(limit) {
    this.limit = limit;
    this.map = new Map();
    this.misses = 0;
  }
  get(key, make) {
    let v = this.map.get(key);
    if (v === undefined) {
      this.misses++;
      v = make(key);
      if (this.map.size >= this.limit) this.map.delete(this.map.keys().next().value);
    } else this.map.delete(key);
    this.map.set(key, v);
    return v;
  }
}
function run() {
  const cache = new Cache(64);
  let sum = 0;
  for (let i = 0; i < 2500; i++) sum += cache.get((i * i) % 97, (k) => k * 2);
  const seen = new Set();
  for (let i = 0; i < 3000; i++) seen.add((i * 31) % 509);
  for (const x of seen) sum += x;
  return index(2500) + ":" + search(400) + ":" + cache.misses + ":" + sum + ":" + seen.size;
}
