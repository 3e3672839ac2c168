// `this` is uninitialised until super() returned; twice is an error; a returned object wins.
class A { constructor() { this.a = 1; } }
class B extends A { constructor() { try { this.x; } catch (e) { console.log(e.name); } super(); console.log(this.a); try { super(); } catch (e) { console.log(e.name); } } }
new B();
class C extends A { constructor() { return { c: 1 }; } }
console.log(new C().c);
class D extends A { constructor() { } }
try { new D(); } catch (e) { console.log(e.name); }
class E extends A { constructor() { (() => super())(); } }
console.log(new E().a);
// expect: ReferenceError
// expect: 1
// expect: ReferenceError
// expect: 1
// expect: ReferenceError
// expect: 1
