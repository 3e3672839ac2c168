//! What scripts do inside of a call by the engine is collected as everywhere: each of these programs makes many times as
//! much garbage as its heap may hold.

use interp::{Engine, HostValue};

/// Makes some 40 MB of garbage, of which nothing stays.
const GARBAGE: &str =
    "function garbage() { let n = 0; for (let i = 0; i < 400000; i++) n += [i, i].length; return n; }\n";

fn run(name: &str, text: &str) {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().heap_limit(8 << 20).open(&context).expect("an engine");
    let text = format!("{GARBAGE}{text}; 'done'");
    let result = engine.eval(&text).and_then(|v| engine.run_jobs().map(|()| v));
    assert_eq!(result.map_err(|e| e.to_string()), Ok(HostValue::from("done")), "{name}");
    engine.close();
    context.close().expect("nothing is left open");
}

/// What the limit is for: the same much, kept.
#[test]
#[cfg_attr(miri, ignore = "much work")]
fn what_is_kept_meets_the_limit() {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().heap_limit(8 << 20).open(&context).expect("an engine");
    let kept = "const all = []; for (let i = 0; i < 400000; i++) all.push([i, i]);";
    assert!(engine.eval(kept).is_err());
    engine.close();
    context.close().expect("nothing is left open");
}

#[test]
#[cfg_attr(miri, ignore = "much work")]
fn operations_that_call_a_script() {
    for (name, text) in [
        ("direct eval", "eval('garbage()')"),
        ("indirect eval", "(0, eval)('garbage()')"),
        ("getter", "({ get x() { return garbage(); } }).x"),
        ("getter by a computed key", "const k = 'x'; ({ get x() { return garbage(); } })[k]"),
        ("setter", "({ set x(v) { garbage(); } }).x = 1"),
        ("setter of a prototype", "class A { set x(v) { garbage(); } } new A().x = 1"),
        ("field", "class A { x = garbage(); } new A()"),
        ("field of a base class", "class A { x = garbage(); } class B extends A { y = garbage(); } new B()"),
        ("static block", "class A { static { garbage(); } }"),
        ("+ and valueOf", "'' + { valueOf: garbage }"),
        ("- and valueOf", "1 - { valueOf: garbage }"),
        ("unary + and valueOf", "+{ valueOf: garbage }"),
        ("template and toString", "`${{ toString() { return garbage(); } }}`"),
        ("Symbol.toPrimitive", "`${{ [Symbol.toPrimitive]: garbage }}`"),
        ("iterator", "for (const x of { *[Symbol.iterator]() { garbage(); } });"),
        ("< and valueOf", "1 < { valueOf: garbage }; ({ valueOf: garbage }) >= 1"),
        ("< that a loop asks for", "for (let i = 0; i < { valueOf() { garbage(); return 1; } }; i++);"),
        ("== and valueOf", "1 == { valueOf: garbage }; if ('' != { toString: garbage }) ;"),
        ("unary operators and valueOf", "-{ valueOf: garbage }; ~{ valueOf: garbage }"),
        ("++ and valueOf", "let a = { valueOf: garbage }; ++a; let b = { valueOf: garbage }; b--"),
        (">>> and valueOf", "1 >>> { valueOf: garbage }; ({ valueOf: garbage }) >>> 1"),
        ("instanceof", "1 instanceof { [Symbol.hasInstance]: garbage }"),
        ("key", "({})[{ toString: garbage }]; ({ [{ toString: garbage }]: 1 })"),
        ("setter by a computed key", "const k = 'x'; ({ set x(v) { garbage(); } })[k] = 1"),
        ("private getter", "class A { get #x() { garbage(); } static f() { new A().#x; } } A.f()"),
        ("private setter", "class A { set #x(v) { garbage(); } static f() { new A().#x = 1; } } A.f()"),
        (
            "getter of super",
            "class A { get x() { garbage(); } } class B extends A { f() { super.x; } } new B().f()",
        ),
        (
            "setter of super",
            "class A { set x(v) { garbage(); } } class B extends A { f() { super.x = 1; } } new B().f()",
        ),
        (
            "leaving an iterator",
            "function* g() { try { yield; } finally { garbage(); } } for (const x of g()) break",
        ),
        (
            "leaving an iterator by a throw",
            "function* g() { try { yield; } finally { garbage(); } } try { for (const x of g()) throw 1; } catch {}",
        ),
        ("destructuring", "function* g() { try { yield; } finally { garbage(); } } const [x] = g()"),
        ("yield*", "function* f() { garbage(); yield; } function* g() { yield* f(); } for (const x of g());"),
        (
            "throw into yield*",
            "function* f() { try { yield; } catch { garbage(); } } function* g() { yield* f(); } const i = g(); i.next(); i.throw(1)",
        ),
        (
            "return into yield*",
            "function* f() { try { yield; } finally { garbage(); } } function* g() { yield* f(); } const i = g(); i.next(); i.return(1)",
        ),
        (
            "leaving an async iterator",
            "(async () => { for await (const x of { [Symbol.asyncIterator]() { return this; }, next() { return {}; }, return() { garbage(); return {}; } }) break; })()",
        ),
        ("bound function", "garbage.bind(null)()"),
        ("constructor", "class A { constructor() { garbage(); } } class B extends A {} new B()"),
    ] {
        run(name, text);
    }
}

#[test]
#[cfg_attr(miri, ignore = "much work")]
fn built_ins_that_end_in_a_call() {
    for (name, text) in [
        ("Promise", "new Promise(() => garbage())"),
        ("Promise of a subclass", "class P extends Promise {} new P(() => garbage())"),
        ("then", "Promise.resolve().then(garbage)"),
        ("Reflect.apply", "Reflect.apply(garbage, null, [])"),
        ("Reflect.construct", "Reflect.construct(garbage, [])"),
        ("call and apply", "garbage.call(); garbage.apply(null, [])"),
        ("array methods", "[1].map(garbage); [1].forEach(garbage); [2, 1].sort(() => garbage() * 0)"),
    ] {
        run(name, text);
    }
}

#[test]
#[cfg_attr(miri, ignore = "much work")]
fn traps_of_proxies() {
    for (name, text) in [
        ("get", "new Proxy({}, { get: garbage }).x"),
        ("get by a computed key", "const k = 'x'; new Proxy({}, { get: garbage })[k]"),
        ("set", "new Proxy({}, { set: garbage }).x = 1"),
        ("set by a computed key", "const k = 1; new Proxy({}, { set: garbage })[k] = 1"),
        ("apply", "new Proxy(() => 1, { apply: garbage })()"),
        ("construct", "new (new Proxy(class {}, { construct() { garbage(); return {}; } }))"),
        ("no trap", "new Proxy(garbage, {})()"),
    ] {
        run(name, text);
    }
}
