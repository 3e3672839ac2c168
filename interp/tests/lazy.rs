//! Functions that are compiled when they are first called: nothing of it can be seen but time and memory.

use interp::{Engine, ErrorKind, HostValue, Module, Script, ScriptOptions};

fn lazy() -> ScriptOptions {
    ScriptOptions::default().lazy(true)
}

fn with_engine(f: impl FnOnce(&mut Engine)) {
    let context = gc::Context::open(gc::Config::default().stress(true)).expect("a context");
    let mut engine = Engine::builder().heap_limit(64 << 20).open(&context).expect("an engine");
    f(&mut engine);
    engine.close();
    context.close().expect("nothing is left open");
}

#[track_caller]
fn value(engine: &mut Engine, source: &str) -> HostValue {
    let script = Script::compile_with("lazy.js", source, lazy()).expect(source);
    engine.run(&script).expect(source)
}

/// Whether the disassembly, for which everything is compiled, has a function of that name.
fn shows(script: &Script, name: &str) -> bool {
    script.disassemble().contains(&format!("function {name}: "))
}

#[test]
fn early_errors_are_found_with_the_script() {
    for source in [
        "function f() { let x; let x }",
        "function f() { 'use strict'; with (x) {} }",
        "function f(a, a) { 'use strict' }",
        "function eval() { 'use strict' }",
        "'use strict'; function f() { return 010 }",
        "function f() { return /(/ }",
        "function f() { return await 1 }",
        "function* g() { function h() { 'use strict'; yield = 1 } }",
        "function f() { break }",
        "({ m() { super() } })",
        "function f() { super.x }",
        "class A { m() { return this.#x } }",
        "class A { m() { class B { n() { return this.#y } #z } } #x }",
        "async function f() { function await() {} let await = 1; var { await } = 1 }",
        "({ get x(a) {} })",
        "function f() { x => { let y; var y } }",
    ] {
        let eager = Script::compile_with("e.js", source, ScriptOptions::default().lazy(false));
        let Err(eager) = eager else { panic!("{source} is no error") };
        let error = Script::compile_with("e.js", source, lazy()).expect_err(source);
        assert_eq!(error.kind(), ErrorKind::Syntax);
        assert_eq!((error.message(), error.location()), (eager.message(), eager.location()), "{source}");
    }
    assert!(Module::compile_with("m.mjs", "function f() { let await }", lazy()).is_err());
}

#[test]
fn names_are_found_wherever_they_are() {
    with_engine(|engine| {
        for source in [
            "let a = 1; const b = 2; var c = 3; function f() { return [a, b, c, typeof d, typeof f].join() } \
             f() === '1,2,3,undefined,function'",
            "function outer(p) { let q = p + 1; { let r = q + 1; function g() { return p + q + r } return g() } } \
             outer(1) === 6",
            "function counter() { let n = 0; return { up() { return ++n }, get n() { return n } } } \
             { const c = counter(); c.up(); c.up(); c.n === 2 }",
            "const e = function self(n) { return n ? self(n - 1) : typeof self }; e(2) === 'function'",
            "const s = function self() { 'use strict'; try { self = 1 } catch (e) { return e.name } }; s() === 'TypeError'",
            "function t() { try { late } catch (e) { return e.name } } var r = t(); let late = 1; r === 'ReferenceError'",
            "function u() { try { k = 2 } catch (e) { return e.name } } const k = 1; u() === 'TypeError'",
            "function w(o) { with (o) { return (function () { return x })() } } w({ x: 4 }) === 4",
            "function v(code) { eval(code); return (function () { return z })() } v('var z = 5') === 5",
            "class A { #p = 6; m() { return this.#p } static s() { return new A().m() } } A.s() === 6",
            "class B { m() { return 1 } } class C extends B { m() { return super.m() + 1 } } new C().m() === 2",
            "function args() { return arguments.length + (() => arguments[0])() } args(7, 8) === 9",
            "function mapped(x) { arguments[0] = 2; return x } mapped(1) === 2",
            "function defaults(x, y = () => x, z = y()) { var x = 3; return [x, y(), z].join() } defaults(1) === '3,1,1'",
            "function blocks() { { function inner() { return 1 } } return inner() } blocks() === 1",
            "function conflict() { let r; { let inner2 = 1; { function inner2() {} } } return typeof inner2 } \
             conflict() === 'undefined'",
            "function* gen() { const x = yield 1; yield x } { const g = gen(); g.next(); g.next(9).value === 9 }",
            "function Made(x) { this.x = x } { const m = new Made(3); m instanceof Made && new Made(4).x + m.x === 7 }",
            "function target() { return new.target === target } !target() && typeof new target() === 'object'",
            "function length(a, b = 1, ...c) {} length.length === 1 && length.name === 'length' && \
             String(length) === 'function length(a, b = 1, ...c) {}'",
            "(function () { return function () { return function () { return a } } })()()() === 1",
            "function labels() { x: for (;;) { (function () { y: for (;;) break y })(); break x } return 1 } labels() === 1",
            "function tag() { return (s => s)`a` } tag() === tag()",
            "Reflect.construct(function () { return new.target }, [], Array) === Array",
        ] {
            assert_eq!(value(engine, source), HostValue::Bool(true), "{source}");
        }
    });
}

#[test]
fn a_function_is_compiled_once_for_all_threads() {
    let mut source = String::new();
    let functions = if cfg!(miri) { 2 } else { 200 };
    for i in 0..functions {
        source.push_str(&format!(
            "function f{i}(x) {{ function g(y) {{ return y + {i} }} return g(x) + h(x) }} function h(x) {{ return x }}\n"
        ));
    }
    let calls: Vec<String> = (0..functions).map(|i| format!("f{i}(1)")).collect();
    source.push_str(&calls.join("+"));
    let want = HostValue::Number(f64::from((0..functions).map(|i| 2 + i).sum::<i32>()));
    let script = Script::compile_with("shared.js", &source, lazy()).expect("a script");
    std::thread::scope(|scope| {
        for _ in 0..if cfg!(miri) { 2 } else { 4 } {
            scope.spawn(|| {
                let context = gc::Context::open(gc::Config::default()).expect("a context");
                let mut engine = Engine::builder().open(&context).expect("an engine");
                for _ in 0..2 {
                    assert_eq!(engine.run(&script).expect("a value"), want);
                }
                engine.close();
                context.close().expect("nothing is left open");
            });
        }
    });
    assert!(shows(&script, "f0") && shows(&script, "g"));
}

#[test]
#[cfg_attr(miri, ignore = "large")]
fn trees_of_functions_are_not_kept() {
    let mut source = String::new();
    for i in 0..20_000 {
        source.push_str(&format!("function f{i}(x) {{ return [x, {i}].map(y => y * x + {i}).join('-') }}\n"));
    }
    source.push_str("f7(1)");
    let limit = 12 << 20;
    let whole = ScriptOptions::default().lazy(false).max_bytes(limit);
    assert!(Script::compile_with("many.js", &source, whole).is_err());
    let script = Script::compile_with("many.js", &source, lazy().max_bytes(limit)).expect("a script");
    with_engine(|engine| assert_eq!(engine.run(&script).expect("a value"), HostValue::from("8-14")));
}

#[test]
#[cfg_attr(miri, ignore = "deep")]
fn deep_nesting_is_read_a_bounded_number_of_times() {
    // Were each level read again by the one around it, and so on, this would not end.
    let depth = 150;
    let open = "function f(x) { ".repeat(depth);
    for end in ["return x;", "return eval('x');"] {
        let source = format!("{open} {end} {} f.length", "return f(x) }".repeat(depth));
        let script = Script::compile_with("deep.js", &source, lazy()).expect("a script");
        with_engine(|engine| assert_eq!(engine.run(&script).expect("a value"), HostValue::Number(1.0)));
    }
    let source = format!("{open} return x; {} f(5)", "return f(x) }".repeat(depth));
    with_engine(|engine| assert_eq!(value(engine, &source), HostValue::Number(5.0)));
    // Deeper than the native stack has room: an error of the script.
    let source = format!("{}{}", "function f() {".repeat(100_000), "}".repeat(100_000));
    let error = Script::compile_with("deeper.js", &source, lazy()).expect_err("too deep");
    assert_eq!(error.kind(), ErrorKind::Syntax);
}

#[test]
#[cfg_attr(miri, ignore = "large")]
fn a_limit_met_when_called_is_an_exception() {
    let source = format!(
        "function big() {{ return {} }} function small() {{ return 1 }}",
        "[1,2],".repeat(200_000) + "1"
    );
    let script = Script::compile_with("big.js", &source, lazy()).expect("a script");
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().heap_limit(1 << 20).open(&context).expect("an engine");
    engine.run(&script).expect("the functions are declared");
    let caught = engine.eval("try { big() } catch (e) { e.name + small() }").expect("caught");
    assert_eq!(caught, HostValue::from("RangeError1"));
    engine.close();
    // Where there is room the same script runs.
    let mut engine = Engine::builder().open(&context).expect("an engine");
    engine.run(&script).expect("the functions are declared");
    assert_eq!(engine.eval("big() + small()").expect("a value"), HostValue::Number(2.0));
    engine.close();
    context.close().expect("nothing is left open");
}

#[test]
fn large_scripts_are_lazy_by_themselves() {
    let padded =
        format!("function f() {{ return [1, 2].map(x => x + 1).join() }} // {}", "x".repeat(1 << 15));
    let script = Script::compile("large.js", &padded).expect("a script");
    with_engine(|engine| {
        engine.run(&script).expect("it runs");
        assert_eq!(engine.eval("f()").expect("a value"), HostValue::from("2,3"));
    });
    assert!(shows(&script, "f"));
}
