//! Code crosses threads, engines do not; and of an engine nothing is left.

use std::sync::{Barrier, Mutex};

use interp::{Engine, HostValue, Script};

/// Tests here compare what the whole process holds: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> std::sync::MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn is_shared<T: Send + Sync + 'static>(_: &T) {}

#[test]
fn one_script_on_four_threads() {
    let _alone = alone();
    let source = "
        class Cell { constructor(n) { this.n = n } get twice() { return this.n * 2 } }
        const cells = Array.from({ length: 50 }, (_, i) => new Cell(i + seed));
        const words = new Map(cells.map(c => ['k' + c.n, c]));
        let sum = 0;
        for (const [key, cell] of words) sum += key.length + cell.twice;
        `${seed}:${sum}`";
    let script = Script::compile("shared.js", source).expect("a script");
    is_shared(&script);
    let expected = |seed: usize| {
        let sum: usize = (seed..seed + 50).map(|n| format!("k{n}").len() + n * 2).sum();
        HostValue::from(format!("{seed}:{sum}"))
    };
    let barrier = Barrier::new(4);
    std::thread::scope(|scope| {
        for thread in 0..4_usize {
            let (script, barrier) = (&script, &barrier);
            scope.spawn(move || {
                let context = gc::Context::open(gc::Config::default()).expect("a context");
                barrier.wait();
                for round in 0..if cfg!(miri) { 1 } else { 20 } {
                    let mut engine =
                        Engine::builder().looped(round % 2 == 1).open(&context).expect("an engine");
                    let seed = thread * 1000 + round;
                    engine.set_global("seed", HostValue::Number(seed as f64)).expect("a global");
                    assert_eq!(engine.run(script).expect("a value"), expected(seed));
                    engine.close();
                }
                context.close().expect("nothing is left open");
            });
        }
    });
}

#[test]
fn a_script_runs_again_in_an_engine() {
    let _alone = alone();
    let script =
        Script::compile("again.js", "var n = (globalThis.n || 0) + 1; (() => n)()").expect("a script");
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().open(&context).expect("an engine");
    for i in 1..=3 {
        assert_eq!(engine.run(&script).expect("a value"), HostValue::Number(f64::from(i)));
    }
}

#[test]
fn a_thousand_engines_leave_nothing() {
    let _alone = alone();
    let script = Script::compile(
        "leaves.js",
        "var o = { f() { return [1, 'two', { three: 3 }].length }, m: new Map([[1, {}]]) }; \
         function* g() { yield o } var it = g(); it.next(); Promise.resolve(o).then(x => x); o.f()",
    )
    .expect("a script");
    let before = gc::process_stats();
    for i in 0..if cfg!(miri) { 2 } else { 1000 } {
        let context = gc::Context::open(gc::Config::default()).expect("a context");
        let mut engine = Engine::builder().open(&context).expect("an engine");
        assert_eq!(engine.run(&script).expect("a value"), HostValue::Number(3.0));
        // Jobs that never ran are no obstacle.
        if i % 2 == 0 {
            engine.run_jobs().expect("jobs");
        }
        let report = engine.close();
        assert_eq!(report.close_panics, 0);
        context.close().expect("nothing is left open");
    }
    let after = gc::process_stats();
    assert_eq!(after.live_bytes, before.live_bytes);
    assert_eq!(after.live_blocks, before.live_blocks);
    assert_eq!(after.live_large_cells, before.live_large_cells);
    assert_eq!(after.live_contexts, before.live_contexts);
    assert_eq!(after.drop_panics, before.drop_panics);
    assert_eq!(after.implicit_closes, before.implicit_closes);
}

#[test]
fn threads_with_engines_leave_nothing() {
    let _alone = alone();
    let before = gc::process_stats();
    for _ in 0..if cfg!(miri) { 1 } else { 50 } {
        let threads: Vec<_> = (0..2)
            .map(|n| {
                std::thread::spawn(move || {
                    let context = gc::Context::open(gc::Config::default()).expect("a context");
                    let mut engine = Engine::builder().open(&context).expect("an engine");
                    let value = engine.eval(&format!("[{n}].map(x => x + 1)[0]")).expect("a value");
                    engine.close();
                    context.close().expect("nothing is left open");
                    value
                })
            })
            .collect();
        for (n, thread) in threads.into_iter().enumerate() {
            assert_eq!(thread.join().expect("no panic"), HostValue::Number(n as f64 + 1.0));
        }
    }
    let after = gc::process_stats();
    assert_eq!((after.live_bytes, after.live_blocks), (before.live_bytes, before.live_blocks));
    assert_eq!(after.live_contexts, before.live_contexts);
}

#[test]
fn two_engines_on_one_context() {
    let _alone = alone();
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut a = Engine::builder().name("a").open(&context).expect("an engine");
    let mut b = Engine::builder().name("b").open(&context).expect("an engine");
    let script =
        Script::compile("both.js", "var list = globalThis.list || []; list.push({ who }); list.length")
            .expect("a script");
    a.set_global("who", "a".into()).expect("a global");
    b.set_global("who", "b".into()).expect("a global");
    for i in 1..=3 {
        assert_eq!(a.run(&script).expect("a value"), HostValue::Number(f64::from(i)));
        assert_eq!(b.run(&script).expect("a value"), HostValue::Number(f64::from(i)));
    }
    // What one changes of its built-ins the other does not see.
    a.eval("Array.prototype.mine = 1; delete globalThis.Map").expect("changes");
    assert_eq!(b.eval("[].mine === undefined && typeof Map").expect("a value"), HostValue::from("function"));
    // One collection collects both, and each keeps its own.
    a.collect();
    assert_eq!(a.eval("list.map(x => x.who).join('')").expect("a value"), HostValue::from("aaa"));
    assert_eq!(b.eval("list.map(x => x.who).join('')").expect("a value"), HostValue::from("bbb"));
    a.close();
    b.collect();
    context.verify().expect("a sound heap");
    assert_eq!(b.eval("list.length").expect("a value"), HostValue::Number(3.0));
    b.close();
    context.close().expect("nothing is left open");
}

#[test]
fn an_engine_runs_inside_a_function_of_another() {
    let _alone = alone();
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut outer = Engine::builder().open(&context).expect("an engine");
    let mut inner = Engine::builder().open(&context).expect("an engine");
    outer
        .define_function("inner", 1, move |args| {
            let Some(HostValue::String(source)) = args.first() else { return Ok(HostValue::Null) };
            inner
                .eval(source)
                .map_err(|e| interp::HostError::Throw { kind: "RangeError", message: e.message().into() })
        })
        .expect("a function");
    let n = if cfg!(miri) { 2 } else { 200 };
    let source = format!(
        "let s = 0; for (let i = 0; i < {n}; i++) {{ const o = {{ i }}; s += inner('[1, 2, ' + i + '].map(x => ({{ x }})).length'); s += o.i - i }} s"
    );
    assert_eq!(outer.eval(&source).expect("a value"), HostValue::Number(f64::from(n) * 3.0));
    let caught = outer.eval("try { inner('throw new Error(\"deep\")') } catch (e) { e.name + e.message }");
    assert_eq!(caught.expect("a value"), HostValue::from("RangeErrorError: deep"));
}
