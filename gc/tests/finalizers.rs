//! The finalizer queue: once for each registration, rules of resurrection, bounded rounds.

use gc::{Config, Context, Engine, EngineConfig, Gc, Lock, Rootable, Trace, Weak, WeakMap};

#[derive(Trace)]
struct File<'gc> {
    number: u32,
    next: Lock<Option<Gc<'gc, File<'gc>>>>,
}

#[derive(Trace, Default)]
struct Root<'gc> {
    files: Vec<Gc<'gc, File<'gc>>>,
    weak: Vec<Weak<'gc, File<'gc>>>,
    map: WeakMap<'gc, u32>,
}

struct R;
impl Rootable for R {
    type Root<'gc> = Root<'gc>;
}

fn configs() -> [Config; 4] {
    let config = || Config::default().min_debt(4 << 10);
    [config(), config().generations(true), config().slice(3), config().generations(true).slice(3)]
}

fn open(config: Config) -> (Context, Engine<R>) {
    let ctx = Context::open(config).unwrap();
    let engine = ctx.engine::<R>(EngineConfig::default(), |_| Root::default()).unwrap();
    (ctx, engine)
}

fn file<'gc>(mc: &gc::Mutation<'gc>, number: u32) -> Gc<'gc, File<'gc>> {
    mc.alloc(File { number, next: Lock::new(None) })
}

#[test]
fn a_dead_cell_is_queued_once_with_all_it_reaches() {
    for config in configs() {
        let (ctx, mut engine) = open(config);
        engine.mutate(|mc, root| {
            let inner = file(mc, 1);
            let outer = file(mc, 2);
            outer.set(mc, |file| &file.next, Some(inner));
            mc.on_death(outer.erase()).unwrap();
            let kept = file(mc, 3);
            mc.on_death(kept.erase()).unwrap();
            root.files.push(kept);
            root.weak.push(Weak::new(outer));
            root.weak.push(Weak::new(inner));
            root.map.clear();
            gc::Write::from_mut(&mut root.map).insert(outer.erase(), 2);
        });
        assert_eq!(engine.stats().finalizers, 2);
        engine.collect();
        engine.collect();
        ctx.verify().unwrap();
        assert_eq!((engine.stats().finalizers, engine.stats().finalizers_ready), (1, 1));
        engine.mutate(|mc, root| {
            assert!(root.weak.iter().all(Weak::is_cleared), "cleared before it came back");
            assert!(root.map.is_empty());
            let outer = mc.next_finalizable().unwrap().downcast::<File>().unwrap();
            assert_eq!((outer.number, outer.next.get().unwrap().number), (2, 1));
            assert!(mc.next_finalizable().is_none());
        });
        engine.collect();
        assert_eq!(ctx.verify().unwrap().cells, 1, "popped and not kept: it is gone, once and for all");
        engine.close();
        ctx.close().unwrap();
    }
}

#[test]
fn a_minor_collection_queues_the_young_and_keeps_the_old() {
    let (ctx, mut engine) = open(Config::default().generations(true));
    engine.mutate(|mc, root| {
        root.files.push(file(mc, 1));
        mc.on_death(root.files[0].erase()).unwrap();
    });
    engine.collect_minor();
    engine.mutate(|mc, root| {
        root.files.clear();
        mc.on_death(file(mc, 2).erase()).unwrap();
    });
    engine.collect_minor();
    engine.mutate(|mc, _| {
        assert_eq!(mc.next_finalizable().unwrap().downcast::<File>().unwrap().number, 2);
        assert!(mc.next_finalizable().is_none(), "the old one is found dead by a full collection");
    });
    engine.collect();
    ctx.verify().unwrap();
    engine.mutate(|mc, _| {
        assert_eq!(mc.next_finalizable().unwrap().downcast::<File>().unwrap().number, 1);
    });
}

#[test]
fn rounds_are_bounded_and_panics_are_counted() {
    for config in configs() {
        let (ctx, mut engine) = open(config);
        engine.mutate(|mc, _| mc.on_death(file(mc, 0).erase()).unwrap());
        engine.collect();
        // Each dies again, for ever.
        let run = engine.run_finalizers(5, |mc, _, gc| mc.on_death(gc).unwrap());
        assert_eq!((run.called, run.panics, run.waiting), (5, 0, 0));
        engine.collect();
        let mut seen = 0;
        let run = engine.run_finalizers(3, |mc, root, gc| {
            seen += 1;
            if seen == 1 {
                // Kept, and not registered again.
                root.files.push(gc.downcast().unwrap());
                mc.on_death(file(mc, 9).erase()).unwrap();
            }
            panic!("in a finalizer");
        });
        assert_eq!((run.called, run.panics, run.waiting), (2, 2, 0));
        engine.mutate(|_, root| assert_eq!(root.files[0].number, 0));
        ctx.verify().unwrap();
        assert_eq!(engine.stats().drop_panics, 2);
    }
}

#[test]
fn close_calls_none_and_says_how_many() {
    let (ctx, mut engine) = open(Config::default());
    engine.mutate(|mc, root| {
        root.files.push(file(mc, 1));
        mc.on_death(root.files[0].erase()).unwrap();
        mc.on_death(file(mc, 2).erase()).unwrap();
    });
    engine.collect();
    let report = engine.close();
    assert_eq!((report.stats.finalizers, report.stats.finalizers_ready), (1, 1));
    assert!(report.to_json().contains(r#""finalizersDropped":2"#));
    ctx.close().unwrap();
}
