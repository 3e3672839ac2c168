//! The lifecycle table of `DESIGN.md`, row by row.

use gc::{
    CloseRefusal, Config, Context, Engine, EngineConfig, Error, Gc, Handle, HandlePolicy, Lock, Rootable,
    Trace,
};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

#[derive(Trace)]
struct Node<'gc> {
    value: u32,
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
}

/// Something of the user's with a drop that is observed.
struct Bomb {
    drops: Rc<Cell<u32>>,
    explode: bool,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        self.drops.set(self.drops.get() + 1);
        assert!(!self.explode, "boom");
    }
}

#[derive(Trace)]
struct Mine<'gc> {
    #[trace(skip)]
    bomb: Bomb,
    node: Option<Gc<'gc, Node<'gc>>>,
}

struct R;
impl Rootable for R {
    type Root<'gc> = (Vec<Gc<'gc, Node<'gc>>>, Vec<Gc<'gc, Mine<'gc>>>);
}

fn open(config: Config) -> (Context, Engine<R>) {
    let ctx = Context::open(config).unwrap();
    let engine = ctx.engine::<R>(EngineConfig::named("test"), |_| (Vec::new(), Vec::new())).unwrap();
    (ctx, engine)
}

fn node<'gc>(mc: &gc::Mutation<'gc>, value: u32) -> Gc<'gc, Node<'gc>> {
    mc.alloc(Node { value, next: Lock::new(None) })
}

#[test]
fn panic_in_a_mutation_leaves_everything_usable() {
    let (ctx, mut engine) = open(Config::default());
    let result = catch_unwind(AssertUnwindSafe(|| {
        engine.mutate(|mc, root| {
            root.0.push(node(mc, 1));
            panic!("in the mutation");
        })
    }));
    assert!(result.is_err());
    ctx.collect().expect("the depth was restored");
    ctx.verify().unwrap();
    assert_eq!(engine.mutate(|_, root| root.0[0].value), 1);
    engine.close();
    ctx.close().unwrap();
}

#[test]
fn panic_while_the_root_is_made_closes_the_engine() {
    let ctx = Context::open(Config::default()).unwrap();
    let result = catch_unwind(AssertUnwindSafe(|| {
        ctx.engine::<R>(EngineConfig::default(), |mc| {
            node(mc, 1);
            panic!("no root");
        })
    }));
    assert!(result.is_err());
    assert_eq!(ctx.stats().engines, 0);
    ctx.close().unwrap();
}

#[test]
fn panic_in_a_tail_under_construction_drops_what_was_built() {
    let (ctx, mut engine) = open(Config::default());
    let drops = Rc::new(Cell::new(0));
    let result = catch_unwind(AssertUnwindSafe(|| {
        engine.mutate(|mc, _| {
            mc.alloc_tail::<u32, _>(0, 10, |index| {
                assert!(index < 7, "the eighth element");
                Mine { bomb: Bomb { drops: drops.clone(), explode: false }, node: None }
            })
            .unwrap();
        })
    }));
    assert!(result.is_err());
    assert_eq!(drops.get(), 7);
    ctx.verify().unwrap();
    ctx.collect().unwrap();
    assert_eq!(ctx.verify().unwrap().cells, 0);
    assert_eq!(drops.get(), 7);
    engine.close();
    ctx.close().unwrap();
}

#[test]
fn panics_in_drops_are_counted_and_the_sweep_goes_on() {
    let (ctx, mut engine) = open(Config::default());
    let drops = Rc::new(Cell::new(0));
    engine.mutate(|mc, root| {
        for index in 0..10 {
            let bomb = Bomb { drops: drops.clone(), explode: index % 2 == 0 };
            let mine = mc.alloc(Mine { bomb, node: None });
            if index >= 6 {
                root.1.push(mine);
            }
        }
    });
    engine.collect();
    assert_eq!(drops.get(), 6);
    assert_eq!(engine.stats().drop_panics, 3);
    ctx.verify().unwrap();
    let report = engine.close();
    assert_eq!(drops.get(), 10);
    assert_eq!((report.stats.drop_panics, report.close_panics), (3, 2));
    let report = ctx.close().unwrap();
    assert_eq!(report.drop_panics, 5);
}

#[test]
fn close_gives_the_context_back_while_engines_are_open() {
    let (ctx, engine) = open(Config::default());
    let error = ctx.close().unwrap_err();
    assert_eq!(error.refusal, CloseRefusal::EnginesOpen);
    assert_eq!(error.report.engines_open, 1);
    drop(engine);
    error.ctx.close().unwrap();
}

#[test]
fn live_handles_are_reported_with_their_origin() {
    let (ctx, mut engine) = open(Config::default());
    let handle = engine.mutate(|mc, _| mc.handle(node(mc, 1)));
    let report = engine.close();
    assert_eq!(report.handles_invalidated, 1);
    let report = ctx.close().unwrap();
    assert_eq!(report.handles.len(), 1);
    assert!(report.handles[0].type_name.contains("Node"));
    assert!(report.handles[0].created.file().ends_with("lifecycle.rs"));
    assert!(report.to_string().contains("live handle"));
    // Later than everything.
    drop(handle.clone());
    drop(handle);
}

#[test]
fn live_handles_refuse_the_close_when_they_shall() {
    let (ctx, mut engine) = open(Config::default().handles(HandlePolicy::Refuse));
    let handle = engine.mutate(|mc, _| mc.handle(node(mc, 1)));
    engine.close();
    let error = ctx.close().unwrap_err();
    assert_eq!(error.refusal, CloseRefusal::HandlesLive);
    drop(handle);
    error.ctx.close().unwrap();
}

#[test]
fn handles_keep_alive_count_and_die_on_any_thread() {
    let (ctx, mut engine) = open(Config::default());
    let handle: Handle<Node<'static>> = engine.mutate(|mc, _| mc.handle(node(mc, 5)));
    assert_eq!(size_of_val(&handle), 16);
    let clone = handle.clone();
    std::thread::spawn(move || drop(handle)).join().unwrap();
    engine.collect();
    assert_eq!(engine.mutate(|mc, _| mc.resolve::<Node>(&clone).unwrap().value), 5);
    assert_eq!(ctx.stats().handles, 1);
    std::thread::spawn(move || drop(clone)).join().unwrap();
    engine.collect();
    assert_eq!(ctx.verify().unwrap().cells, 0);
    assert_eq!(ctx.stats().handles, 0);
    // The slot is used again under another generation.
    let again = engine.mutate(|mc, _| mc.handle(node(mc, 6)));
    assert_eq!(engine.mutate(|mc, _| mc.resolve::<Node>(&again).unwrap().value), 6);
}

#[test]
fn handles_resolve_in_their_own_engine_only() {
    let (ctx, mut one) = open(Config::default());
    let mut two = ctx.engine::<R>(EngineConfig::default(), |_| (Vec::new(), Vec::new())).unwrap();
    let (_other_ctx, mut other) = open(Config::default());
    let handle = one.mutate(|mc, _| mc.handle(node(mc, 5)));
    assert!(two.mutate(|mc, _| mc.resolve::<Node>(&handle).is_none()));
    assert!(other.mutate(|mc, _| mc.resolve::<Node>(&handle).is_none()));
    assert!(one.mutate(|mc, _| mc.resolve::<Node>(&handle).is_some()));
}

#[test]
fn engines_of_a_context_nest_and_are_collected_together() {
    let (ctx, mut one) = open(Config::default());
    let mut two = ctx.engine::<R>(EngineConfig::named("two"), |_| (Vec::new(), Vec::new())).unwrap();
    one.mutate(|mc, root| {
        root.0.push(node(mc, 1));
        node(mc, 2);
        two.mutate(|mc, root| {
            root.0.push(node(mc, 3));
            node(mc, 4);
        });
        assert_eq!(ctx.collect(), Err(Error::MutationActive));
        // Put off, not done.
        two.collect();
        assert_eq!(ctx.stats().collections, 0);
        two.mutate(|mc, _| assert!(mc.pressure()));
    });
    two.safepoint();
    assert_eq!(ctx.stats().collections, 1);
    assert_eq!((one.stats().bytes, two.stats().bytes), (32, 32));
    let blocks = ctx.stats().blocks;
    two.close();
    assert_eq!(ctx.stats().blocks, blocks - 1);
    ctx.verify().unwrap();
    assert_eq!(one.mutate(|_, root| root.0[0].value), 1);
}

#[test]
fn an_engine_may_be_closed_in_the_mutation_of_another() {
    let (_ctx, mut one) = open(Config::default());
    let two = _ctx.engine::<R>(EngineConfig::named("two"), |mc| (vec![node(mc, 1)], Vec::new())).unwrap();
    one.mutate(|mc, root| {
        root.0.push(node(mc, 1));
        assert_eq!(&*two.close().name, "two");
        root.0.push(node(mc, 2));
    });
    one.collect();
    _ctx.verify().unwrap();
}

/// Drop glue that does everything it should not.
struct Meddler {
    ctx: Rc<Context>,
    other: Rc<RefCell<Option<Engine<R>>>>,
    log: Rc<RefCell<Vec<Result<(), Error>>>>,
    mutate: bool,
}

impl Drop for Meddler {
    fn drop(&mut self) {
        self.log.borrow_mut().push(self.ctx.collect());
        self.ctx.stats();
        let mut other = self.other.borrow_mut();
        if self.mutate {
            if let Some(other) = other.as_mut() {
                other.mutate(|mc, _| node(mc, 1).value);
            }
        } else {
            *other = None;
        }
    }
}

#[derive(Trace)]
struct Meddling {
    #[trace(skip)]
    _meddler: Meddler,
}

#[test]
fn drop_glue_may_not_collect_nor_mutate_but_may_close() {
    let (ctx, mut engine) = open(Config::default());
    let other = ctx.engine::<R>(EngineConfig::named("other"), |mc| (vec![node(mc, 1)], Vec::new())).unwrap();
    let ctx = Rc::new(ctx);
    let other = Rc::new(RefCell::new(Some(other)));
    let log = Rc::new(RefCell::new(Vec::new()));
    for mutate in [true, false] {
        engine.mutate(|mc, _| {
            let meddler = Meddler { ctx: ctx.clone(), other: other.clone(), log: log.clone(), mutate };
            mc.alloc(Meddling { _meddler: meddler });
        });
        engine.collect();
        ctx.verify().unwrap();
    }
    assert_eq!(*log.borrow(), [Err(Error::CollectionActive); 2]);
    assert_eq!(engine.stats().drop_panics, 1, "the mutation panicked");
    assert!(other.borrow().is_none());
    assert_eq!(ctx.stats().engines, 1);
    // And while an engine is closed, where all of it is allowed.
    engine.mutate(|mc, _| {
        let meddler = Meddler { ctx: ctx.clone(), other: other.clone(), log: log.clone(), mutate: true };
        mc.alloc(Meddling { _meddler: meddler });
    });
    drop(engine);
    assert_eq!(log.borrow()[2], Ok(()));
    Rc::into_inner(ctx).unwrap().close().unwrap();
}

#[test]
fn remotes_interrupt_and_are_nothing_after_close() {
    let (mut ctx, mut engine) = open(Config::default());
    let remote = ctx.remote();
    assert!(remote.is_open());
    engine.mutate(|mc, _| {
        assert!(!mc.interrupted());
        std::thread::spawn(move || (remote.interrupt(1), remote.interrupt(4))).join().unwrap();
        assert!(mc.interrupted());
        assert_eq!(mc.take_interrupt(), Some(5));
        assert_eq!(mc.take_interrupt(), None);
    });
    assert!(remote.request_gc());
    assert!(engine.interrupted());
    engine.safepoint();
    assert_eq!(ctx.stats().collections, 1);
    assert!(!engine.interrupted());
    assert_eq!(remote.stats().unwrap().collections, 1);
    assert_eq!(ctx.take_interrupt(), None);
    engine.close();
    ctx.close().unwrap();
    assert!(!remote.is_open() && !remote.interrupt(1) && !remote.request_gc());
    // The record is likely to be reused now: nothing lands in it.
    let ctx = Context::open(Config::default()).unwrap();
    assert!(!remote.interrupt(1));
    assert!(!ctx.interrupted());
}

#[derive(Trace)]
struct PanicsWhenTraced;

struct Treacherous;

// SAFETY: 1. nothing to visit; 2. so; 3. no drop; 4. itself; 5. nothing.
unsafe impl Trace for Treacherous {
    type Static = Treacherous;
    fn trace(&self, _: &mut gc::Tracer<'_>) {
        panic!("in trace");
    }
}
// SAFETY: 1. no lifetime.
unsafe impl gc::Branded<'_> for Treacherous {}

#[test]
fn a_panic_in_trace_poisons_the_collector_and_nothing_else() {
    struct T;
    impl Rootable for T {
        type Root<'gc> = (Vec<Gc<'gc, Node<'gc>>>, Option<Gc<'gc, Treacherous>>);
    }
    let ctx = Context::open(Config::default().min_debt(1 << 14)).unwrap();
    let mut engine = ctx.engine::<T>(EngineConfig::default(), |_| (Vec::new(), None)).unwrap();
    let count = if cfg!(miri) { 400 } else { 10_000 };
    engine.mutate(|mc, root| {
        for value in 0..count {
            root.0.push(node(mc, value));
            node(mc, value);
        }
    });
    engine.collect();
    engine.mutate(|mc, root| root.1 = Some(mc.alloc(Treacherous)));
    assert!(catch_unwind(AssertUnwindSafe(|| engine.collect())).is_err());
    assert_eq!(ctx.collect(), Err(Error::CollectorPoisoned));
    engine.mutate(|mc, root| {
        for value in 0..count {
            node(mc, value);
        }
        assert!(root.0.iter().zip(0..).all(|(node, value)| node.value == value));
        mc.alloc(PanicsWhenTraced);
    });
    engine.close();
    ctx.close().unwrap();
}

#[test]
fn a_mine_is_traced_too() {
    let (ctx, mut engine) = open(Config::default());
    let drops = Rc::new(Cell::new(0));
    engine.mutate(|mc, root| {
        let bomb = Bomb { drops: drops.clone(), explode: false };
        root.1.push(mc.alloc(Mine { bomb, node: Some(node(mc, 8)) }));
    });
    engine.collect();
    assert_eq!(ctx.verify().unwrap().reachable, 2);
    assert!(!engine.mutate(|_, root| root.1[0].bomb.explode));
    assert_eq!(engine.mutate(|_, root| root.1[0].node.unwrap().value), 8);
}

/// A worker's context sees an engine for each request: what it remembers of them must not grow.
#[test]
fn a_long_lived_context_remembers_only_the_last_engines() {
    let ctx = gc::Context::open(gc::Config::default()).unwrap();
    for _ in 0..100 {
        ctx.engine::<R>(EngineConfig::named("one of many"), |_| (Vec::new(), Vec::new())).unwrap().close();
    }
    let report = ctx.close().unwrap();
    assert_eq!((report.engines.len(), report.engines_before), (64, 36));
}

#[test]
fn a_dropped_context_is_an_implicit_close_and_an_error_where_tests_want_one() {
    let before = gc::process_stats().implicit_closes;
    let (ctx, engine) = open(Config::default());
    let remote = ctx.remote();
    drop(ctx);
    assert!(remote.is_open(), "the engine keeps it");
    drop(engine);
    assert!(!remote.is_open());
    assert!(gc::process_stats().implicit_closes > before);
    let (ctx, engine) = open(Config::default().must_close(true));
    let remote = ctx.remote();
    drop(engine);
    let result = catch_unwind(AssertUnwindSafe(|| drop(ctx)));
    assert!(result.is_err());
    assert!(!remote.is_open(), "after its end");
    let (ctx, engine) = open(Config::default().must_close(true));
    engine.close();
    ctx.close().unwrap();
}

#[test]
#[cfg_attr(miri, ignore = "leaks, on purpose")]
fn a_forgotten_context_is_listed_with_its_owner() {
    let remote = std::thread::spawn(|| {
        let (ctx, mut engine) = open(Config::default());
        engine.mutate(|mc, root| root.0.push(node(mc, 1)));
        engine.collect();
        let remote = ctx.remote();
        std::mem::forget((ctx, engine));
        (remote, std::thread::current().id())
    });
    let (remote, thread) = remote.join().unwrap();
    assert!(gc::live_contexts().contains(&remote));
    let origin = remote.origin().unwrap();
    assert_eq!(origin.thread, thread);
    assert!(origin.opened.file().ends_with("lifecycle.rs"));
    assert_eq!(remote.stats().unwrap().bytes, 32);
}

#[test]
fn contexts_of_a_thread_and_of_many_threads_do_not_meet() {
    let count = if cfg!(miri) { 3 } else { 250 };
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                let mut contexts: Vec<_> = (0..count).map(|_| open(Config::default())).collect();
                for (number, (_, engine)) in contexts.iter_mut().enumerate() {
                    engine.mutate(|mc, root| root.0.push(node(mc, (thread * count + number) as u32)));
                }
                for (number, (ctx, engine)) in contexts.iter_mut().enumerate() {
                    engine.collect();
                    assert_eq!(engine.mutate(|_, root| root.0[0].value), (thread * count + number) as u32);
                    assert_eq!(ctx.stats().bytes, 32);
                }
                for (ctx, engine) in contexts {
                    engine.close();
                    ctx.close().unwrap();
                }
            });
        }
    });
}

#[test]
fn reports_are_json_too() {
    let (ctx, mut engine) = open(Config::default());
    let handle = engine.mutate(|mc, _| mc.handle(node(mc, 1)));
    engine.collect();
    let report = engine.close();
    assert!(
        report.to_json().starts_with(r#"{"name":"test","bytes":32,"externalBytes":0,"#),
        "{}",
        report.to_json()
    );
    let report = ctx.close().unwrap();
    assert_eq!(report.handles[0].age, 1);
    let json = report.to_json();
    assert!(json.contains(r#""handlesLive":1,"handles":[{"type":"lifecycle::Node"#), "{json}");
    assert!(report.to_string().contains("1 collections old"), "{report}");
    drop(handle);
}
