// Private names: fields, methods, accessors, statics, brand checks.
class P {
  #v = 1; #m() { return this.#v; } get #g() { return this.#m() + 10; } set #g(x) { this.#v = x; }
  static #count = 0; static has(o) { return #v in o; }
  go() { this.#g = 5; this.#v++; P.#count++; return [this.#g, P.#count].join(); }
  static steal(o) { return o.#v; }
}
console.log(new P().go(), P.has(new P()), P.has({})); // expect: 16,1 true false
try { P.steal({}); } catch (e) { console.log(e.name); } // expect: TypeError
