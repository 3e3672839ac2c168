// Anonymous functions take the name of their place.
let f = () => {}, o = { m() {}, ["c" + 1]: function () {}, get g() { return 1; } };
let { d = class {} } = {};
console.log(f.name, o.m.name, o.c1.name, d.name, (() => {}).name === "", new Function().name); // expect: f m c1 d true anonymous
console.log(Object.getOwnPropertyDescriptor(o, "g").get.name, f.bind().name); // expect: get g bound f
