// exec, groups, lastIndex, flags.
let m = /(?<y>\d{4})-(\d\d)/.exec("on 2003-09-");
console.log(m.index, m[0], m.groups.y, m[2], m.length); // expect: 3 2003-09 2003 09 3
let g = /a./g; console.log(g.test("xab"), g.lastIndex, g.test("xab"), g.lastIndex); // expect: true 3 false 0
console.log(/^b$/m.test("a\nb"), /a.c/s.test("a\nc"), /é/i.test("É"), /(?<=\$)\d/.exec("a$5")[0]); // expect: true true true 5
console.log(/(a+)+b/.test("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac"), new RegExp("/", "g").source); // expect: false \/
