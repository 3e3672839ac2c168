// The objects behind async generators.
async function* g() {}
const F = Object.getPrototypeOf(g), P = F.prototype, A = Object.getPrototypeOf(P);
console.log(F[Symbol.toStringTag], P[Symbol.toStringTag], Object.getPrototypeOf(g.prototype) === P);
console.log(A[Symbol.asyncIterator].call(7), F.constructor.name, typeof g.prototype);
let h = F.constructor("a", "yield a; yield a + 1");
(async () => { let sum = 0; for await (let x of h(20)) sum += x; console.log(sum); })();
P.next.call({}).catch(e => console.log(e.name));
try { new g(); } catch (e) { console.log(e.name); }
// expect: AsyncGeneratorFunction AsyncGenerator true
// expect: 7 AsyncGeneratorFunction object
// expect: TypeError
// expect: TypeError
// expect: 41
