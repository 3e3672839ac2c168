//! Weak references and finalization: what a collection between jobs lets go.

use std::cell::RefCell;
use std::rc::Rc;

use interp::{Engine, HostValue};

fn engine(context: &gc::Context) -> (Engine, Rc<RefCell<Vec<String>>>) {
    let mut engine = Engine::builder().open(context).expect("an engine");
    let lines = Rc::new(RefCell::new(Vec::new()));
    let sink = lines.clone();
    engine.set_console(move |line, _| sink.borrow_mut().push(line.to_string()));
    (engine, lines)
}

#[test]
fn a_dead_target_is_finalized_by_a_job() {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let (mut engine, lines) = engine(&context);
    engine
        .eval(
            "globalThis.ref = new WeakRef({});
             globalThis.registry = new FinalizationRegistry(console.log);
             globalThis.token = {};
             registry.register({}, 'gone'); registry.register({}, 'unregistered', token);
             globalThis.live = {}; registry.register(live, 'live'); registry.unregister(token); 0",
        )
        .expect("a value");
    engine.collect();
    assert_eq!(engine.eval("typeof ref.deref()").expect("a value"), HostValue::from("undefined"));
    assert!(lines.borrow().is_empty(), "only jobs run callbacks");
    engine.run_jobs().expect("jobs end");
    assert_eq!(*lines.borrow(), ["gone"]);
    engine.collect();
    engine.run_jobs().expect("jobs end");
    assert_eq!(lines.borrow().len(), 1, "once");
}

#[test]
fn values_of_a_weak_map_live_as_long_as_their_keys() {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let (mut engine, _) = engine(&context);
    engine
        .eval(
            "globalThis.map = new WeakMap(); globalThis.key = {};
             globalThis.refs = [];
             for (let i = 0, k = key; i < 50; i++) { const v = {}; map.set(k, v); refs.push(new WeakRef(v)); k = v; } 0",
        )
        .expect("a value");
    let alive = "refs.filter((r) => r.deref()).length";
    engine.collect();
    assert_eq!(engine.eval(alive).expect("a value"), HostValue::Number(50.0));
    engine.eval("key = null").expect("a value");
    engine.collect();
    assert_eq!(engine.eval(alive).expect("a value"), HostValue::Number(0.0));
}

#[test]
fn the_gc_of_test262_collects_before_it_returns() {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let (mut engine, _) = engine(&context);
    engine.define_test262().expect("the host object");
    engine.collect();
    let before = engine.heap_bytes();
    let make = "var big = Array.from({ length: 20000 }, () => ({}));";
    engine.eval(make).expect("a value");
    let full = engine.heap_bytes();
    assert!(full > before + 20_000 * 16);
    let half = before + (full - before) / 2;
    engine.eval("big = null; $262.gc(); 0").expect("a value");
    assert!(engine.heap_bytes() < half);
    // In another realm; and in a built-in's own loop, as soon as that is over.
    engine.eval(&format!("{make} big = null; $262.createRealm().gc(); 0")).expect("a value");
    assert!(engine.heap_bytes() < half);
    engine
        .eval(&format!("{make} big = null; new Date({{ valueOf: $262.gc }}); (() => 0)()"))
        .expect("a value");
    assert!(engine.heap_bytes() < half);
}
