// Accessors in literals, inherited, on arrays' holes, without a setter.
let o = { _x: 1, get x() { return this._x; }, set x(v) { this._x = v * 2; }, get only() { return 1; } };
o.x = 5; o.x += 1;
console.log(o.x, o._x); // expect: 22 22
let child = { __proto__: o, _x: 100 };
child.x++;
console.log(child._x, o._x); // expect: 202 22
o.only = 9;
(function () { "use strict"; try { o.only = 9; } catch (e) { console.log(e.name); } })(); // expect: TypeError
console.log(o.only); // expect: 1
