//! Every hard limit: it ends in an error of its kind, no `catch` or `finally` of the script runs, and the engine goes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use interp::{Engine, Error, ErrorKind, HostError, HostValue, Module, Script, Termination};

/// Runs on a context and engine of their own, with fuel and a heap limit.
fn with_engine(fuel: u64, heap: usize, f: impl FnOnce(&mut Engine)) {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().fuel(fuel).heap_limit(heap).open(&context).expect("an engine");
    f(&mut engine);
    usable(&mut engine);
    engine.close();
    context.close().expect("nothing is left open");
}

/// The engine works as if nothing had happened.
fn usable(engine: &mut Engine) {
    engine.set_fuel(1_000_000);
    let value = engine.eval("(() => { try { return [1, 2, 3].map(x => x * 2).join() } finally { } })()");
    assert_eq!(value.expect("a usable engine"), HostValue::from("2,4,6"));
}

fn ended(result: Result<HostValue, Error>) -> Termination {
    match result.expect_err("a limit").kind() {
        ErrorKind::Terminated(why) => why,
        other => panic!("{other:?}"),
    }
}

/// A script that nothing stops but its limit; what it tries to catch must not be caught.
fn catching(body: &str) -> String {
    format!(
        "globalThis.ran = ''; try {{ try {{ {body} }} catch (e) {{ ran += 'catch' }} finally {{ ran += 'finally' }} }} \
         finally {{ ran += 'outer' }} ran += 'after';"
    )
}

/// Runs out of fuel in a body, catches and `finally` blocks around it.
fn burns(body: &str) {
    with_engine(if cfg!(miri) { 2_000 } else { 200_000 }, 64 << 20, |engine| {
        assert_eq!(ended(engine.eval(&catching(body))), Termination::Fuel, "{body}");
        engine.set_fuel(1_000_000);
        assert_eq!(engine.eval("ran").expect("the global"), HostValue::from(""), "{body}");
    });
}

#[test]
fn fuel_ends_loops() {
    burns("for (;;);");
    burns("while (true) { try { continue } finally { } }");
    burns("let i = 0; do { i++ } while (i > -1)");
    burns("l: for (;;) { for (const x of [1]) continue l }");
}

#[test]
fn fuel_ends_recursion_that_catches_its_overflow() {
    burns("(function f() { try { f() } catch (e) { f() } })()");
    burns("const a = () => { for (;;) b() }, b = () => { }; a()");
}

#[test]
fn fuel_ends_generators_and_iterators() {
    burns("function* g() { for (;;) yield 1 } for (const x of g()) ;");
    burns("function* g() { let i = 0; for (;;) yield i++ } const [...all] = g();");
    burns("for (const x of { [Symbol.iterator]() { return this }, next() { return { done: false } } }) ;");
}

#[test]
fn fuel_ends_work_inside_built_ins() {
    burns("for (;;) [3, 1, 2].sort((a, b) => a - b)");
    burns("const a = Array(1000).fill(0); for (;;) a.forEach(x => x)");
    burns("const big = 'a'.repeat(100000); for (;;) big.indexOf('b')");
    burns("const s = 'a'.repeat(40); for (;;) /(a|b|ab)*c/.test(s)");
}

#[test]
fn fuel_ends_jobs() {
    with_engine(100_000, 64 << 20, |engine| {
        engine.eval("(function again() { Promise.resolve().then(again) })()").expect("a job is queued");
        let error = engine.run_jobs().expect_err("jobs without end");
        assert_eq!(error.kind(), ErrorKind::Terminated(Termination::Fuel));
        assert_eq!(engine.fuel_left(), 0);
    });
}

/// The heap limit, or the RangeError that comes before it: never more than the limit, never a dead process.
fn exhausts(body: &str) {
    let limit = 8 << 20;
    with_engine(u64::MAX, limit, |engine| {
        let error = engine.eval(body).expect_err(body);
        let range = error.message().starts_with("RangeError");
        let heap = error.kind() == ErrorKind::Terminated(Termination::Heap);
        assert!(range || heap, "{body}: {error:?}");
        engine.collect();
        assert!(engine.heap_bytes() <= limit, "{body}: {}", engine.heap_bytes());
        // What is reachable from globals may hold the memory: let go of it.
        engine.eval("globalThis.keep = undefined").expect(body);
        engine.collect();
        assert!(engine.heap_bytes() < limit / 2, "{body}: {}", engine.heap_bytes());
    });
}

#[test]
fn heap_limit_ends_growth() {
    exhausts("(() => { const a = []; for (;;) a.push(1.5) })()");
    exhausts("(() => { const a = []; for (let i = 0; ; i++) a[i] = 'x' })()");
    exhausts("(() => { const m = new Map(); for (let i = 0; ; i++) m.set(i, i) })()");
    exhausts("(() => { const s = new Set(); for (let i = 0; ; i++) s.add('k' + i) })()");
    exhausts("(() => { let o = null; for (;;) o = { next: o, other: [o] } })()");
    exhausts("(() => { const o = {}; for (let i = 0; ; i++) o['k' + i] = i })()");
    exhausts("(() => { const fs = []; for (let i = 0; ; i++) fs.push(() => i) })()");
    exhausts(
        "(() => { const gs = []; for (;;) { const g = (function* () { yield 1 })(); g.next(); gs.push(g) } })()",
    );
}

#[test]
fn heap_limit_ends_strings() {
    exhausts("(() => { let s = 'ab'; for (;;) { s += s; s.charCodeAt(0) } })()");
    exhausts("(() => { let s = 'ab'; for (;;) s = s + s + '!' })()");
    exhausts("(() => { const a = []; for (let i = 0; ; i++) a.push(('x' + i).repeat(100)) })()");
    exhausts("'x'.repeat(2 ** 29)");
    exhausts("Array(2 ** 25).fill(0)");
    exhausts("Array(2 ** 25).join('xx')");
}

#[test]
fn heap_limit_is_of_one_engine() {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut small = Engine::builder().heap_limit(4 << 20).open(&context).expect("an engine");
    let mut other = Engine::builder().open(&context).expect("an engine");
    other
        .eval("globalThis.kept = Array.from({ length: 1000 }, (_, i) => ({ i }))")
        .expect("a thousand objects");
    assert_eq!(ended(small.eval("{ const a = []; for (;;) a.push({}) }")), Termination::Heap);
    assert_eq!(other.eval("kept[999].i").expect("kept"), HostValue::Number(999.0));
    usable(&mut small);
}

/// A RangeError (or SyntaxError) of a script, which goes on.
fn overflows(engine: &mut Engine, body: &str) {
    let source = format!("(() => {{ try {{ {body}; return 'no error' }} catch (e) {{ return e.name }} }})()");
    match engine.eval(&source) {
        Ok(HostValue::String(name)) => {
            assert!(name == "RangeError" || name == "SyntaxError", "{body}: {name}")
        }
        other => panic!("{body}: {other:?}"),
    }
    usable(engine);
    engine.set_fuel(1 << 40);
}

#[test]
fn native_stack_is_guarded() {
    with_engine(u64::MAX, 256 << 20, |engine| {
        let nest = "let a = []; for (let i = 0; i < 100000; i++) a = [a];";
        for body in [
            "function f() { f() } f()".to_string(),
            "new (class A { constructor() { new A() } })()".to_string(),
            "const o = { get x() { return this.x } }; o.x".to_string(),
            "const o = { toString() { return '' + this } }; '' + o".to_string(),
            "(function f() { [1].map(f) })()".to_string(),
            "(function f() { [2, 1].sort(f) })()".to_string(),
            "const f = () => f.call(); f()".to_string(),
            "let f = () => 1; for (let i = 0; i < 100000; i++) f = f.bind(); f()".to_string(),
            "(function* f() { yield* f() })().next()".to_string(),
            "let s = '1'; const f = () => eval('f()'); f()".to_string(),
            format!("{nest} '' + a"),
            format!("{nest} a.flat(Infinity).join() || '' + a"),
            format!("{nest} JSON.stringify(a)"),
            "JSON.parse('['.repeat(100000))".to_string(),
            "JSON.parse('{\"a\":'.repeat(100000))".to_string(),
            "let o = { toJSON() { return JSON.stringify(this) } }; JSON.stringify(o)".to_string(),
            "new RegExp('('.repeat(100000))".to_string(),
            "new RegExp('(?:'.repeat(100000) + ')'.repeat(100000))".to_string(),
            "eval('('.repeat(100000))".to_string(),
        ] {
            overflows(engine, &body);
        }
    });
}

#[test]
#[cfg_attr(miri, ignore = "deep")]
fn nesting_of_sources_is_limited() {
    let n = 100_000;
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("[", "", "]"),
        ("{", "", "}"),
        ("({a:", "1", "})"),
        ("-", "1", ""),
        ("!", "1", ""),
        ("typeof ", "1", ""),
        ("a=>", "1", ""),
        ("f(", "", ")"),
        ("if(1)", ";", ""),
        ("for(;;)", ";", ""),
        ("a?", "1", ":1"),
        ("`${", "1", "}`"),
        ("function f(){", "", "}"),
        ("class A extends ", "B", "{}"),
        ("new ", "f", ""),
        ("[", "a", "]=1"),
        ("a**", "1", ""),
        ("async()=>", "1", ""),
        ("1+", "1", ""),
        ("a,", "1", ""),
        ("a.", "b", ""),
        ("a&&", "b", ""),
        ("'", "", "'"),
        ("let a;{", "", "}"),
    ] {
        let source = format!("{}{middle}{}", open.repeat(n), close.repeat(n));
        // Long lists are fine, deep nesting is an error: the process lives.
        if let Err(error) = Script::compile("nested.js", &source) {
            assert_eq!(error.kind(), ErrorKind::Syntax, "{open}");
        }
    }
    // Also what parses must be compiled and dropped without recursion that is not guarded.
    for source in [
        "1".to_string() + &"+1".repeat(n),
        "a".to_string() + &".b".repeat(n),
        "f".to_string() + &"()".repeat(n),
    ] {
        if let Err(error) = Script::compile("long.js", &source) {
            assert_eq!(error.kind(), ErrorKind::Syntax);
        }
    }
}

#[test]
fn interrupted_from_another_thread() {
    with_engine(u64::MAX, 64 << 20, |engine| {
        let remote = engine.remote();
        let (running, wait) = mpsc::channel();
        engine
            .define_function("running", 0, move |_| {
                running.send(()).map_err(|_| HostError::Terminate(1))?;
                Ok(HostValue::Undefined)
            })
            .expect("a function");
        let other = std::thread::spawn(move || {
            wait.recv().expect("the script runs");
            assert!(remote.interrupt(4));
        });
        assert_eq!(ended(engine.eval(&catching("running(); for (;;);"))), Termination::Interrupted(4));
        other.join().expect("the other thread");
        assert_eq!(engine.eval("ran").expect("the global"), HostValue::from(""));
    });
}

#[test]
fn interrupts_before_a_run_are_not_lost() {
    with_engine(u64::MAX, 64 << 20, |engine| {
        assert!(engine.remote().interrupt(1));
        assert!(engine.remote().interrupt(2));
        assert_eq!(ended(engine.eval("for (;;);")), Termination::Interrupted(3));
    });
}

#[test]
fn a_host_function_ends_a_script() {
    with_engine(u64::MAX, 64 << 20, |engine| {
        engine.define_function("end", 0, |_| Err(HostError::Terminate(7))).expect("a function");
        assert_eq!(ended(engine.eval(&catching("end()"))), Termination::Host(7));
        assert_eq!(engine.eval("ran").expect("the global"), HostValue::from(""));
        // Through built-ins that call back, iterators, generators, getters and jobs.
        for body in [
            "[1].map(end)",
            "[2, 1].sort(end)",
            "for (const x of { [Symbol.iterator]: () => ({ next: () => ({}), return() { ran += 'return' } }) }) end()",
            "function* g() { try { yield 1 } finally { ran += 'g' } } for (const x of g()) end()",
            "({ get x() { return end() } }).x",
            "'' + { toString: end }",
            "new (class { constructor() { end() } })()",
            "eval('try { end() } finally { ran += 1 }')",
            "Promise.all({ [Symbol.iterator]: end })",
            "'a'.replace(/a/, end)",
            "JSON.stringify({ toJSON: end })",
        ] {
            assert_eq!(ended(engine.eval(&catching(body))), Termination::Host(7), "{body}");
            assert_eq!(engine.eval("ran").expect("the global"), HostValue::from(""), "{body}");
        }
        engine.eval("Promise.resolve().then(end)").expect("a job is queued");
        assert_eq!(engine.run_jobs().expect_err("ended").kind(), ErrorKind::Terminated(Termination::Host(7)));
    });
}

#[test]
fn fuel_is_deterministic_and_the_back_ends_agree() {
    let source = "let s = 0; for (let i = 0; i < 500; i++) s += [i].map(x => x)[0]; s";
    let mut left = Vec::new();
    for looped in [false, true, false] {
        let context = gc::Context::open(gc::Config::default()).expect("a context");
        let mut engine = Engine::builder().fuel(1_000_000).looped(looped).open(&context).expect("an engine");
        engine.set_fuel(100_000);
        engine.eval(source).expect("a sum");
        left.push(engine.fuel_left());
    }
    assert!(left.iter().all(|&l| l == left[0] && l < 100_000), "{left:?}");
}

#[test]
fn a_heap_limit_too_small_for_an_engine_is_an_error() {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    for limit in [0, 1, 1 << 10, 16 << 10] {
        assert!(Engine::builder().heap_limit(limit).open(&context).is_err(), "{limit}");
    }
    let mut engine = Engine::builder().open(&context).expect("an engine");
    usable(&mut engine);
}

#[test]
fn the_flag_of_a_host_function_outlives_no_engine() {
    struct Flag(Arc<AtomicBool>);
    impl Drop for Flag {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let dropped = Arc::new(AtomicBool::new(false));
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().open(&context).expect("an engine");
    let flag = Flag(dropped.clone());
    engine
        .define_function("f", 0, move |_| Ok(HostValue::Bool(flag.0.load(Ordering::Relaxed))))
        .expect("a function");
    assert_eq!(engine.eval("f()").expect("called"), HostValue::Bool(false));
    engine.close();
    assert!(dropped.load(Ordering::Relaxed));
}

/// A page that kept `new Array(4294967295)` in its session made a server write out holes for seconds, gigabytes of them,
/// which nobody had charged; a value that is reached twice at each of thirty levels would be there 2^30 times.
#[test]
fn a_clone_for_the_host_is_charged() {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().heap_limit(16 << 20).open(&context).expect("an engine");
    engine.define_function("take", 1, |_| Ok(HostValue::Undefined)).expect("a function");
    for source in [
        "take(new Array(4294967295))",
        "var a = ['x'.repeat(1000)]; for (var i = 0; i < 30; i++) a = [a, a]; take(a)",
        "var o = { s: 'y' }; for (i = 0; i < 30; i++) o = { l: o, r: o }; take(o)",
    ] {
        let error = engine.eval(source).expect_err(source);
        assert!(error.message().contains("out of memory"), "{source}: {}", error.message());
        assert_eq!(engine.eval("take([1, { a: 'b' }]); 1 + 1").expect("usable"), HostValue::Number(2.0));
    }
    engine.close();
    context.close().expect("nothing is left open");
}

/// Built-ins are made when they are first touched; when fuel ended a script just then, they stayed half made, and the
/// engine was no longer whole.
#[test]
fn fuel_never_ends_the_making_of_built_ins() {
    let text = "[Object.getPrototypeOf(async () => 1) !== undefined, typeof new Set([1]).union(new Set([2])), \
                [...Iterator.from([1, 2]).map((x) => x + 1)].join(), typeof new Map().getOrInsert, [3, 1, 2].sort().join(), \
                Array.from('ab').join(), typeof Promise.resolve(1).then].join(' ')";
    for fuel in 0..if cfg!(miri) { 3 } else { 60 } {
        with_engine(fuel, 64 << 20, |engine| {
            let _ = engine.eval(text);
            engine.set_fuel(1_000_000);
            let whole = "true object 2,3 function 1,2,3 a,b function";
            assert_eq!(engine.eval(text).expect("a whole library"), HostValue::from(whole), "after {fuel}");
        });
    }
}

/// The end of a module by its fuel was left standing, and the next script was told that it had ended.
#[test]
fn a_module_that_fuel_ends_is_told_once() {
    let module = Module::compile("m", "export let x = 0; for (;;) x++").expect("a module");
    for fuel in 0..if cfg!(miri) { 2 } else { 20 } {
        with_engine(fuel, 64 << 20, |engine| {
            let _ = engine.run_module(&module);
            usable(engine);
            let _ = engine.run_module(&Module::compile("n", "import 'm'").expect("a module"));
            usable(engine);
        });
    }
}

/// The tree of a text that a script evaluates counts for the heap.
#[test]
#[cfg_attr(miri, ignore = "too long")]
fn the_heap_limit_holds_for_evaluated_texts() {
    with_engine(100_000_000, 32 << 20, |engine| {
        let text = "(() => { const t = 'f();'.repeat(1 << 20), r = []; \
                    for (const f of [eval, (t) => eval(t), Function]) try { f(t) } catch (e) { r.push(e.name) } return r.join() })()";
        assert_eq!(engine.eval(text).expect("caught"), HostValue::from("RangeError,RangeError,RangeError"));
    });
    let dense = "x = 1;".repeat(10_000);
    let options = interp::ScriptOptions::default().max_bytes(100_000);
    let refused = Script::compile_with("dense", &dense, options).expect_err("too much memory");
    assert!(refused.message().starts_with("RangeError"), "{refused}");
}

/// Built-ins that charged much by every call used to do all the polling, and only a loop's own poll collects: garbage
/// filled the heap.
#[test]
fn garbage_of_built_ins_that_charge_much_is_collected() {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().heap_limit(8 << 20).open(&context).expect("an engine");
    let turns = if cfg!(miri) { 20 } else { 1000 };
    for made in ["new ArrayBuffer(100000)", "new ShadowRealm()", "(0, eval)('globalThis.x = []')"] {
        let script = format!("for (let i = 0; i < {turns}; i++) {made}; 7");
        assert_eq!(engine.eval(&script).expect(made), HostValue::Number(7.0));
    }
}
