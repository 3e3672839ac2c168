//! Every operation of the threaded back-end must end in a jump. One that *calls* the next handler uses native stack each
//! time it runs, and a long loop ends the process. So each line runs long, on a small stack.

use interp::{Engine, HostValue};

/// Statements that between them use every handler that has a slow path.
const STATEMENTS: &str = "
[].push(i)
({ f() {} }).f()
isNaN(i)
new Map
new (class { constructor() {} })
({ get x() { return 1 } }).x
({ set x(v) { } }).x = 1
globalThis.q = i
z2 = i
Math.max(...[1, 2])
isNaN(...[1])
for (const x of [1, 2]) ;
for (const k in { a: 1 }) ;
let [a, b] = [1, 2]
let { ...d } = { c: 1 }
try { throw 1 } catch (e) { }
try { null.x } catch (e) { }
try { undefinedName } catch (e) { }
'a' + i
1n + 2n
/x/
eval('function inner() { } 1')
(0, eval)('function outer() { } 1')
(t => t)`x`
({ ['k' + i]: 1 })
({ ...{ a: 1 } })
'abc'[1] + [1][0]
i in [1]
[] instanceof Array
(function* () { yield 1 })().next()
for (const x of (function* () { yield 1 })()) ;
({ f() {} }).f?.()
(function () { return arguments })(1)
new (class { #p = 1; m() { return this.#p++ } })().m()
({ m() { return super.toString } }).m()
with ({ w: 1 }) w
isNaN.call(null, 1)
isNaN.apply(null, [1])
isNaN.bind(null, 1)()
[1].map(x => x)
let o = {}; o.x ||= 1";

#[test]
fn every_handler_ends_in_a_jump() {
    let small = std::thread::Builder::new().stack_size(768 << 10);
    let run = || {
        let context = gc::Context::open(gc::Config::default()).expect("a context");
        let mut engine = Engine::builder().native_stack(256 << 10).open(&context).expect("an engine");
        let n = if cfg!(miri) { 2 } else { 20_000 };
        for statement in STATEMENTS.trim().lines() {
            eprintln!("{statement}");
            let source = format!("for (let i = 0; i < {n}; i++) {{ {statement} }} i2 = 'ok'");
            assert_eq!(engine.eval(&source).expect(statement), HostValue::from("ok"));
        }
    };
    small.spawn(run).expect("a thread").join().expect("no panic");
}
