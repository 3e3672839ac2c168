//! A chosen few scripts that stay cheap under Miri: each touches the unsafe modules (values, the register stack, the
//! dispatch loop, inline caches) in its own way, with collections in between.
//!
//! One engine serves a whole test: setting it up is most of the work.

use interp::{Engine, HostValue, Script};

/// Runs the scripts one after the other in one engine, a collection between them; each gives `true`.
fn all_true(scripts: &[&str]) {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().open(&context).expect("an engine");
    for source in scripts {
        let script = Script::compile("miri.js", source).expect(source);
        let value = engine.run(&script).unwrap_or_else(|e| panic!("{source}: {}", e.render()));
        assert_eq!(value, HostValue::Bool(true), "{source}");
        engine.collect();
        engine.run_jobs().expect(source);
        context.verify().expect(source);
    }
    engine.close();
    context.close().expect("nothing is left open");
}

#[test]
fn an_engine_opens_and_runs() {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().open(&context).expect("an engine");
    assert_eq!(engine.eval("(a => ({ b: a + 1 }))(1).b").expect("a value"), HostValue::Number(2.0));
    engine.close();
    context.close().expect("nothing is left open");
}

#[test]
fn values_calls_and_objects() {
    all_true(&[
        // Closures, one window inside the other.
        "var f = a => b => c => a + b + c; f(1)(2.5)('x') === '3.5x'",
        "var n = 0; for (let i = 0; i < 5; i++) { let g = () => i; n += g() } n === 10",
        // Objects, shapes, inline caches hit, missed, refilled.
        "var get = o => o.v, s = 0; for (let o of [{ v: 1 }, { v: 2 }, { w: 0, v: 3 }, { v: 4 }]) s += get(o); s === 10",
        "class A { #p = 1; get p() { return this.#p } set p(v) { this.#p = v } } class B extends A { m() { return super.p } } \
         var b = new B(); b.p = 5; b.m() === 5",
        // Kept over the collections.
        "get({ v: f(1)(2)(3) }) === 6 && b.p === 5",
        // Arrays, elements growing, holes.
        "var a = []; for (let i = 0; i < 20; i++) a[i] = i; a.length = 5; a.push('x'); a[9] = 1; a.join() === '0,1,2,3,4,x,,,,1'",
        "a.map(x => x).filter(x => x > 1).length === 3",
        // Strings: ropes flattened, compared, keys.
        "var t = ''; for (let i = 0; i < 12; i++) t = t + i + '\\u0100'; t.length === 26 && ({ [t]: 1 })[t] === 1",
        // More arguments than a small window, spread, bound functions.
        "(function () { return arguments.length })(...a, ...a) === 20 && f.bind(null, 1)()(2)(3) === 6",
    ]);
}

#[test]
fn exceptions_generators_and_collections() {
    all_true(&[
        "var log = ''; try { (function g(n) { if (!n) throw { n: 7 }; try { g(n - 1) } finally { log += n } })(3) } catch (e) { log += e.n } \
         log === '1237'",
        "var r = 0; try { null.x } catch (e) { r = e instanceof TypeError } r",
        "function* gen(a) { try { for (let i = 0; i < 3; i++) a += yield a } finally { a = 0 } } var it = gen(1); it.next(); \
         it.next(5).value === 6",
        // The suspended frame has lived through a collection.
        "it.next(1).value === 7 && it.return(9).value === 9 && it.next().done",
        "var m = new Map([['a', {}], [1, 'b']]); m.set(NaN, 2); m.delete('a'); [...m.keys()].length === 2",
        "m.get(NaN) === 2 && m.get(1) === 'b'",
        "var v = 0; (async () => { v = await 5 })(); true",
        "v === 5",
        // Calls deep enough for a second segment of the register stack.
        "(function d(n) { let [x, y, z] = [n, n, n]; return n ? d(n - 1) + x - y : z })(60) === 0",
    ]);
}

#[test]
fn limits_and_the_host() {
    let context = gc::Context::open(gc::Config::default().stress(true)).expect("a context");
    let mut engine = Engine::builder().fuel(50_000).open(&context).expect("an engine");
    engine
        .define_function("twice", 1, |args| match args.first() {
            Some(HostValue::Number(n)) => Ok(HostValue::Array(vec![HostValue::Number(n * 2.0)])),
            _ => Err(interp::HostError::Throw { kind: "TypeError", message: "a number, please".into() }),
        })
        .expect("a function");
    assert_eq!(engine.eval("twice(4)[0]").expect("a value"), HostValue::Number(8.0));
    assert_eq!(
        engine.eval("try { twice() } catch (e) { e.message }").expect("a value"),
        "a number, please".into()
    );
    engine.set_fuel(300);
    assert!(engine.eval("try { for (;;) [{}] } finally { twice() }").is_err());
    engine.set_fuel(50_000);
    assert_eq!(engine.eval("[1, { a: 's' }].length").expect("a value"), HostValue::Number(2.0));
    engine.close();
    context.close().expect("nothing is left open");
}
