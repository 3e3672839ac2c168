// A splay tree that is kept at one size while nodes with a payload come and go.
// What it asks: a heap of some megabytes of long-lived objects, changed all the time.
var seed = 49734321;
function random() {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return seed;
}
function Node(key, value) {
  this.key = key;
  this.value = value;
  this.left = null;
  this.right = null;
}
function payload(depth, tag) {
  return depth === 0
    ? { array: [0, 1, 2, 3, 4, 5, 6, 7], text: "leaf for key " + tag }
    : { left: payload(depth - 1, tag), right: payload(depth - 1, tag) };
}
function Tree() { this.root = null; }
Tree.prototype.splay = function (key) {
  if (this.root === null) return;
  var spare = new Node(0, null), left = spare, right = spare, at = this.root;
  for (;;) {
    if (key < at.key) {
      if (at.left === null) break;
      if (key < at.left.key) {
        var up = at.left;
        at.left = up.right;
        up.right = at;
        at = up;
        if (at.left === null) break;
      }
      right.left = at;
      right = at;
      at = at.left;
    } else if (key > at.key) {
      if (at.right === null) break;
      if (key > at.right.key) {
        var over = at.right;
        at.right = over.left;
        over.left = at;
        at = over;
        if (at.right === null) break;
      }
      left.right = at;
      left = at;
      at = at.right;
    } else break;
  }
  left.right = at.left;
  right.left = at.right;
  at.left = spare.right;
  at.right = spare.left;
  this.root = at;
};
Tree.prototype.insert = function (key, value) {
  var node = new Node(key, value);
  if (this.root !== null) {
    this.splay(key);
    if (this.root.key === key) return false;
    if (key > this.root.key) {
      node.left = this.root;
      node.right = this.root.right;
      this.root.right = null;
    } else {
      node.right = this.root;
      node.left = this.root.left;
      this.root.left = null;
    }
  }
  this.root = node;
  return true;
};
Tree.prototype.remove = function (key) {
  this.splay(key);
  var gone = this.root;
  if (gone.left === null) this.root = gone.right;
  else {
    var right = gone.right;
    this.root = gone.left;
    this.splay(key);
    this.root.right = right;
  }
  return gone;
};
Tree.prototype.before = function (key) {
  this.splay(key);
  if (this.root.key < key) return this.root;
  var at = this.root.left;
  if (at === null) return null;
  while (at.right !== null) at = at.right;
  return at;
};
var tree = null;
function run() {
  if (tree === null) {
    tree = new Tree();
    for (var i = 0; i < 4000; i++) tree.insert(random(), payload(4, i));
  }
  var kept = 0;
  for (var k = 0; k < 80; k++) {
    var key = random();
    while (!tree.insert(key, payload(4, key))) key = random();
    var older = tree.before(key);
    tree.remove(older === null ? key : older.key);
    kept++;
  }
  return kept;
}
