// An incremental one-way constraint solver: variables and constraints between them, planned by strength.
// What it asks: inheritance through prototypes, arrays that grow and shrink, polymorphic calls.
class Variable {
  constructor(name, value) {
    this.name = name;
    this.value = value;
    this.constraints = [];
    this.by = null;
    this.mark = 0;
    this.strength = 0;
  }
}
class Constraint {
  constructor(strength) {
    this.strength = strength;
    this.enabled = false;
  }
  attach() {
    for (const v of this.inputs()) v.constraints.push(this);
    this.output().constraints.push(this);
  }
}
class Fixed extends Constraint {
  constructor(variable, value, strength) {
    super(strength);
    this.variable = variable;
    this.constant = value;
  }
  inputs() { return []; }
  output() { return this.variable; }
  execute() { this.variable.value = this.constant; }
}
class Equal extends Constraint {
  constructor(from, to, strength) {
    super(strength);
    this.from = from;
    this.to = to;
  }
  inputs() { return [this.from]; }
  output() { return this.to; }
  execute() { this.to.value = this.from.value; }
}
class Scaled extends Equal {
  constructor(from, scale, offset, to, strength) {
    super(from, to, strength);
    this.scale = scale;
    this.offset = offset;
  }
  inputs() { return [this.from, this.scale, this.offset]; }
  execute() { this.to.value = (this.from.value * this.scale.value + this.offset.value) % 1000003; }
}
class Sum extends Constraint {
  constructor(parts, to, strength) {
    super(strength);
    this.parts = parts;
    this.to = to;
  }
  inputs() { return this.parts; }
  output() { return this.to; }
  execute() {
    let sum = 0;
    for (let i = 0; i < this.parts.length; i++) sum += this.parts[i].value;
    this.to.value = sum % 1000003;
  }
}
class Solver {
  constructor() { this.mark = 0; }
  add(constraint) {
    constraint.attach();
    const out = constraint.output();
    if (out.by === null || out.by.strength < constraint.strength) {
      if (out.by !== null) out.by.enabled = false;
      out.by = constraint;
      constraint.enabled = true;
    }
  }
  plan(sources) {
    this.mark++;
    const order = [];
    const todo = sources.slice();
    while (todo.length > 0) {
      const c = todo.pop();
      const out = c.output();
      if (!c.enabled || out.mark === this.mark) continue;
      if (!c.inputs().every((v) => v.by === null || v.mark === this.mark)) continue;
      out.mark = this.mark;
      order.push(c);
      for (let i = 0; i < out.constraints.length; i++) {
        const next = out.constraints[i];
        if (next !== c && next.output() !== out) todo.push(next);
      }
    }
    return order;
  }
  execute(plan) {
    for (let i = 0; i < plan.length; i++) plan[i].execute();
  }
}
function run() {
  const solver = new Solver();
  const scale = new Variable("scale", 3);
  const offset = new Variable("offset", 7);
  const sources = [];
  const chains = [];
  for (let c = 0; c < 12; c++) {
    let last = new Variable("source" + c, c);
    const source = new Fixed(last, c + 1, 4);
    solver.add(source);
    sources.push(source);
    for (let i = 0; i < 30; i++) {
      const next = new Variable("v" + c + "." + i, 0);
      solver.add(i % 3 === 0 ? new Scaled(last, scale, offset, next, 2) : new Equal(last, next, 1 + (i % 2)));
      last = next;
    }
    chains.push(last);
  }
  const total = new Variable("total", 0);
  solver.add(new Sum(chains, total, 3));
  let check = 0;
  for (let round = 0; round < 12; round++) {
    const plan = solver.plan(sources);
    for (let k = 0; k < 8; k++) {
      sources[k].constant = round * 31 + k;
      solver.execute(plan);
      check = (check * 17 + chains[k].value) % 1000003;
    }
  }
  return check + ":" + total.value;
}
