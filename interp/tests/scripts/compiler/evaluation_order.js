// Left before right, receiver before key before value, also in compound assignment.
let log = [];
let t = (n, v) => (log.push(n), v);
t("o", { f() {} })[t("k", "f")](t("arg"));
t("p", {})[t("q", "x")] = t("r");
let x = 1; x += (x = 10, 5);
let a = [0], i = 0; a[i] = i = 1;
console.log(log.join(), x, a[0], a.length); // expect: o,k,arg,p,q,r 6 1 1
