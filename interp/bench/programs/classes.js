// An interpreter of a small stack machine written with classes: fields, accessors, private names, super, statics.
// What it asks: class features in hot paths.
class Value {
  #n;
  constructor(n) { this.#n = n | 0; }
  get n() { return this.#n; }
  plus(o) { return new Value(this.#n + o.#n); }
  times(o) { return new Value(Math.imul(this.#n, o.#n)); }
  static zero = new Value(0);
}
class Op {
  uses = 0;
  constructor(name) { this.name = name; }
  run(machine) { this.uses++; }
}
class Push extends Op {
  constructor(value) {
    super("push");
    this.value = value;
  }
  run(machine) {
    super.run(machine);
    machine.push(this.value);
  }
}
class Add extends Op {
  constructor() { super("add"); }
  run(machine) {
    super.run(machine);
    machine.push(machine.pop().plus(machine.pop()));
  }
}
class Mul extends Op {
  constructor() { super("mul"); }
  run(machine) {
    super.run(machine);
    machine.push(machine.pop().times(machine.pop()));
  }
}
class Swap extends Op {
  constructor() { super("swap"); }
  run(machine) {
    super.run(machine);
    const [a, b] = [machine.pop(), machine.pop()];
    machine.push(a);
    machine.push(b);
  }
}
class Machine {
  stack = [];
  static runs = 0;
  push(v) { this.stack.push(v); }
  pop() { return this.stack.length > 0 ? this.stack.pop() : Value.zero; }
  get top() { return this.stack[this.stack.length - 1]; }
  set top(v) { this.stack[this.stack.length - 1] = v; }
  run(ops) {
    Machine.runs++;
    for (const op of ops) op.run(this);
    this.top = this.top.plus(new Value(Machine.runs & 1));
    return this.top.n;
  }
}
function run() {
  Machine.runs = 0;
  const ops = [];
  for (let i = 0; i < 60; i++) ops.push(new Push(new Value(i)), i % 3 ? new Add() : new Mul(), new Swap());
  let sum = 0;
  for (let i = 0; i < 30; i++) sum = (sum * 31 + new Machine().run(ops)) | 0;
  return sum + ":" + ops[0].uses + ":" + ops.filter((o) => o instanceof Add).length;
}
