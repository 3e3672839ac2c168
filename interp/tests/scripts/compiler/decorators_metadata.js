// The decorators of a class share an object, which the class keeps; it inherits from that of the class it extends.
const seen = [];
const note = (value, context) => { seen.push(context.metadata); context.metadata[context.name] = context.kind; };
@note class A { @note m() {} @note static f = 1; @note accessor a; }
class B extends A { @note n() {} }
class C extends A {}
console.log(new Set(seen).size, seen.length); // expect: 2 5
const metadata = A[Symbol.metadata];
console.log(Object.keys(metadata).join(), Object.getPrototypeOf(metadata)); // expect: m,a,f,A null
console.log(B[Symbol.metadata].n, B[Symbol.metadata].m, Object.getPrototypeOf(B[Symbol.metadata]) === metadata); // expect: method method true
console.log(C[Symbol.metadata] === metadata, class {}[Symbol.metadata]); // expect: true null
