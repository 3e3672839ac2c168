// An anonymous function or class takes the name of its key before its static parts run, whatever the key.
const key = "k", symbol = Symbol("s");
const o = { [key]: class { static seen = this.name; }, [symbol]: () => {}, 7: class { static seen = this.name; } };
console.log(o.k.seen, o[symbol].name, o[7].seen); // expect: k [s] 7

class A {
  [key] = function () {};
  static [symbol] = () => {};
  static [key + 1] = class { static seen = this.name; };
  accessor [key + 2] = () => {};
  static accessor [key + 3] = class { static seen = this.name; };
  static 5 = class { static seen = this.name; };
  #p = class { static seen = this.name; };
  get p() { return this.#p.seen; }
}
const a = new A();
console.log(a.k.name, A[symbol].name, A.k1.seen, a.k2.name, A.k3.seen, A[5].seen, a.p); // expect: k [s] k1 k2 k3 5 #p

function dec(value, context) { console.log(context.name, value?.name); }
({ [key]: @dec class { static other() {} } }); // expect: k k
class B { @dec [key + 4] = class { static seen = this.name; }; } // expect: k4 undefined
console.log(new B().k4.seen); // expect: k4
