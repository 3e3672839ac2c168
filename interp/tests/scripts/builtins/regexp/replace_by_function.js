// What a function is called with, and what stands in the string afterwards.
const show = (...list) => { console.log(list.map(x => typeof x === "object" ? JSON.stringify(x) : x).join()); return "<>" };
console.log("abcb".replace(/b/, show)); // expect: b,1,abcb
// expect: a<>cb
console.log("abcb".replace(/(b)|(x)/g, show)); // expect: b,b,,1,abcb
// expect: b,b,,3,abcb
// expect: a<>c<>
console.log("2024-05".replace(/(?<y>\d+)-(?<m>\d+)/, show)); // expect: 2024-05,2024,05,0,2024-05,{"y":"2024","m":"05"}
// expect: <>
console.log("xaaay".replace(/(a)(a)(a)/, show)); // expect: aaa,a,a,a,1,xaaay
// expect: x<>y
console.log("abcdef".replace(/(a)(b)(c)(d)/, show)); // expect: abcd,a,b,c,d,0,abcdef
// expect: <>ef
console.log("😀a".replace(/(?:)/gu, () => "|")); // expect: |😀|a|
console.log("a.b.c".replaceAll(".", (m, at) => at)); // expect: a1b3c
console.log("aaa".replaceAll("", "-")); // expect: -a-a-a-
const sticky = /a/y;
sticky.lastIndex = 1;
console.log("aab".replace(sticky, () => "x"), sticky.lastIndex); // expect: axb 2
console.log("abc".replace(/(?<n>b)/, "[$<n>$1]"), "abab".replace(/(?<n>b)/g, "[$<n>]")); // expect: a[bb]c a[b]a[b]
