//! What a heap can be asked: paths, retained sizes, snapshots, events.

use gc::{
    Config, Context, Engine, EngineConfig, Error, EventKind, Gc, HeapGraph, Lock, NodeId, NodeKind, RefLock,
    Rootable, Tail, Trace, Weak, WeakMap,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Trace)]
struct Leaf {
    bytes: [u8; 40],
}

#[derive(Trace)]
struct Inner<'gc> {
    left: Option<Gc<'gc, Leaf>>,
}

#[derive(Trace)]
enum Tree<'gc> {
    Fork { left: Gc<'gc, Tree<'gc>>, right: Lock<Option<Gc<'gc, Tree<'gc>>>> },
    Tip(Gc<'gc, Leaf>),
}

#[derive(Trace)]
struct Everything<'gc> {
    inner: Inner<'gc>,
    list: RefLock<Vec<Gc<'gc, Leaf>>>,
    tail: Gc<'gc, Tail<u32, Lock<Option<Gc<'gc, Leaf>>>>>,
    weak: Weak<'gc, Leaf>,
    map: Gc<'gc, WeakMap<'gc, Gc<'gc, Leaf>>>,
    #[trace(skip)]
    _skipped: u32,
}

#[derive(Trace, Default)]
struct Root<'gc> {
    tree: Option<Gc<'gc, Tree<'gc>>>,
    all: BTreeMap<u8, Gc<'gc, Everything<'gc>>>,
}

struct R;
impl Rootable for R {
    type Root<'gc> = Root<'gc>;
}

fn open(config: Config) -> (Context, Engine<R>) {
    let ctx = Context::open(config).unwrap();
    let engine = ctx.engine::<R>(EngineConfig::named("main"), |_| Root::default()).unwrap();
    (ctx, engine)
}

fn leaf<'gc>(mc: &gc::Mutation<'gc>, number: u8) -> Gc<'gc, Leaf> {
    mc.alloc(Leaf { bytes: [number; 40] })
}

/// A context with one of everything; the leaves are numbered.
fn everything(config: Config) -> (Context, Engine<R>) {
    let (ctx, mut engine) = open(config);
    engine.mutate(|mc, root| {
        let left = leaf(mc, 1);
        let map = mc.alloc(WeakMap::new());
        Gc::write(mc, map).insert(left.erase(), leaf(mc, 2));
        let all = mc.alloc(Everything {
            inner: Inner { left: Some(left) },
            list: RefLock::new(vec![leaf(mc, 3), leaf(mc, 4)]),
            tail: mc.alloc_tail(9, 3, |at| Lock::new((at == 2).then(|| leaf(mc, 5)))).unwrap(),
            weak: Weak::new(left),
            map,
            _skipped: 0,
        });
        root.all.insert(7, all);
    });
    (ctx, engine)
}

fn node_of(graph: &HeapGraph, engine: &mut Engine<R>, number: u8) -> NodeId {
    engine.mutate(|mc, root| {
        let all = root.all[&7];
        let leaves = [
            all.inner.left.unwrap(),
            all.map.get(all.inner.left.unwrap().erase()).unwrap(),
            all.list.borrow()[0],
            all.list.borrow()[1],
            all.tail.tail()[2].get().unwrap(),
        ];
        let leaf = *leaves.iter().find(|leaf| leaf.bytes[0] == number).unwrap();
        graph.node_of(mc, leaf).unwrap()
    })
}

#[test]
fn paths_name_fields_elements_and_entries() {
    let (ctx, mut engine) = everything(Config::default());
    let graph = ctx.graph().unwrap();
    let mut path = |number| graph.path(node_of(&graph, &mut engine, number)).to_string();
    let start = "engine main .all[0].value → diagnose::Everything<'_>";
    let end = "diagnose::Leaf";
    let path = |number| path(number).replace("<'_>", "").replace(&start.replace("<'_>", ""), "…");
    let mut path = path;
    assert_eq!(path(1), format!("… .inner.left → {end}"));
    assert_eq!(path(3), format!("… .list[0] → {end}"));
    assert_eq!(path(4), format!("… .list[1] → {end}"));
    assert!(
        path(2).starts_with("… .map → gc::") && path(2).ends_with(&format!(" .value → {end}")),
        "{}",
        path(2)
    );
    assert!(
        path(5).starts_with("… .tail → gc::") && path(5).ends_with(&format!(" [2] → {end}")),
        "{}",
        path(5)
    );
}

#[test]
fn retained_sizes_follow_dominators_and_weak_edges_do_not_count() {
    let (ctx, mut engine) = open(Config::default());
    engine.mutate(|mc, root| {
        let shared = mc.alloc(Tree::Tip(leaf(mc, 1)));
        let left = mc.alloc(Tree::Fork { left: shared, right: Lock::new(None) });
        let right = mc.alloc(Tree::Tip(leaf(mc, 2)));
        let top = mc.alloc(Tree::Fork { left, right: Lock::new(Some(right)) });
        // A second way to what is shared, and a cycle.
        let other = mc.alloc(Tree::Fork { left: shared, right: Lock::new(Some(top)) });
        root.tree = Some(other);
    });
    let graph = ctx.graph().unwrap();
    let (tree, leaf) = (32, 48);
    let mut by_retained: Vec<_> = graph
        .nodes()
        .filter(|&node| graph.kind(node) == NodeKind::Cell)
        .map(|node| graph.retained(node))
        .collect();
    by_retained.sort_unstable();
    // Leaves; the fork to what is shared; tips with their leaf; the top without what is shared; everything.
    let top = 3 * tree + leaf;
    assert_eq!(by_retained, [tree, leaf, leaf, tree + leaf, tree + leaf, top, 5 * tree + 2 * leaf]);
    let engine_node = graph.nodes().find(|&node| graph.kind(node) == NodeKind::Engine).unwrap();
    assert_eq!(graph.retained(engine_node), engine.stats().bytes);
    assert_eq!(graph.types()[0].name.replace("<'_>", ""), "diagnose::Tree");
    assert_eq!((graph.types()[0].count, graph.types()[0].bytes), (5, 5 * tree));
    assert_eq!(graph.largest(1).len(), 1);
    assert_eq!(graph.retained(graph.largest(1)[0]), 5 * tree + 2 * leaf);
}

#[test]
fn a_handle_is_a_root_with_its_place() {
    let (ctx, mut engine) = open(Config::default());
    let handle = engine.mutate(|mc, _| mc.handle(leaf(mc, 1)));
    let graph = ctx.graph().unwrap();
    let node = graph.nodes().find(|&node| graph.kind(node) == NodeKind::Cell).unwrap();
    let path = graph.path(node).to_string();
    assert!(path.starts_with("handle made at gc/tests/diagnose.rs:"), "{path}");
    drop(handle);
}

/// A reader of its own of what a snapshot says: all numbers of one list, all strings of another.
fn numbers<'a>(text: &'a str, key: &str) -> impl Iterator<Item = usize> + 'a {
    let from = text.find(&format!("\"{key}\":[")).unwrap() + key.len() + 4;
    let to = from + text[from..].find(']').unwrap();
    text[from..to].split(',').filter_map(|word| word.trim().parse().ok())
}

#[test]
fn a_snapshot_is_consistent_with_the_graph() {
    let (ctx, _engine) = everything(Config::default());
    let graph = ctx.graph().unwrap();
    let mut bytes = Vec::new();
    graph.write_heapsnapshot(&mut bytes).unwrap();
    if let Some(path) = std::env::var_os("GC_TEST_SNAPSHOT") {
        std::fs::write(path, &bytes).unwrap();
    }
    let text = String::from_utf8(bytes).unwrap();
    let nodes: Vec<_> = numbers(&text, "nodes").collect();
    let edges: Vec<_> = numbers(&text, "edges").collect();
    assert_eq!(nodes.len(), graph.nodes().count() * 7);
    assert_eq!(nodes.chunks(7).map(|node| node[4]).sum::<usize>(), edges.len() / 3);
    assert!(edges.chunks(3).all(|edge| edge[2] % 7 == 0 && edge[2] < nodes.len()));
    let size: usize = graph.nodes().map(|node| graph.size(node)).sum();
    assert_eq!(nodes.chunks(7).map(|node| node[3]).sum::<usize>(), size);
    for name in ["inner.left", "tail", "list[1]"] {
        assert!(text.contains(&format!("\"{name}\"")), "{name}");
    }
    assert_eq!(edges.chunks(3).filter(|edge| edge[0] == 6).count(), 2, "the weak pointer and the key");
}

#[test]
fn events_are_noted_with_their_bytes() {
    let (ctx, mut engine) = everything(Config::default().events(3).generations(true));
    for _ in 0..3 {
        engine.mutate(|mc, _| leaf(mc, 1).bytes[0]);
        engine.collect_minor();
    }
    engine.collect();
    let events = ctx.events();
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Minor, EventKind::Minor, EventKind::Full]);
    assert!(events[0].start <= events[1].start);
    assert!(events[1].bytes_after < events[1].bytes_before);
    let mut trace = String::new();
    ctx.write_trace(&mut trace).unwrap();
    assert!(trace.starts_with(
        r#"{"displayTimeUnit":"ns","traceEvents":[{"name":"minor collection","cat":"gc","ph":"X""#
    ));
    let (ctx, mut engine) = open(Config::default());
    engine.collect();
    assert!(ctx.events().is_empty());
}

#[test]
fn a_report_lists_what_was_alive_where_it_is_asked_for() {
    for config in [Config::default(), Config::default().generations(true).slice(3)] {
        let (ctx, mut engine) = everything(config.clone().census(true));
        engine.mutate(|mc, root| {
            (0..10).for_each(|number| _ = leaf(mc, number));
            root.all.get_mut(&7).unwrap().list.borrow().len();
            mc.alloc_tail_fill((), 5000, 0u8).unwrap();
        });
        let report = engine.close();
        let leaves = report.types.iter().find(|summary| summary.name == "diagnose::Leaf").unwrap();
        assert_eq!((leaves.count, leaves.bytes), (5, 5 * 48));
        assert_eq!(report.types.iter().map(|summary| summary.bytes).sum::<usize>(), report.stats.bytes);
        assert!(report.to_json().contains(r#"{"name":"diagnose::Leaf","count":5,"bytes":240}"#));
        ctx.close().unwrap();
        let (_ctx, engine) = everything(config);
        assert!(engine.close().types.is_empty());
    }
}

/// Collects whenever somebody looks at it.
struct Meddler(Rc<Meddled>);

struct Meddled {
    ctx: Context,
    results: RefCell<Vec<Result<(), Error>>>,
}

impl Meddler {
    fn meddle(&self) {
        let result = self.0.ctx.collect();
        self.0.results.borrow_mut().push(result);
    }
}

// SAFETY: 1. nothing to visit. 2. so. 3. drop glue of the library. 4. itself. 5. nothing.
unsafe impl Trace for Meddler {
    type Static = Meddler;
    fn trace(&self, _: &mut gc::Tracer<'_>) {
        self.meddle();
    }
    fn inspect(&self, _: &mut gc::Inspector<'_>) {
        self.meddle();
    }
}
// SAFETY: 1. no lifetime.
unsafe impl gc::Branded<'_> for Meddler {}

#[test]
fn who_is_looked_at_cannot_collect_what_is_walked() {
    struct M;
    impl Rootable for M {
        type Root<'gc> = Vec<Gc<'gc, Meddler>>;
    }
    let ctx = Context::open(Config::default()).unwrap();
    let ctx = Rc::new(Meddled { ctx, results: RefCell::default() });
    let mut engine = ctx
        .ctx
        .engine::<M>(EngineConfig::default(), |mc| {
            (0..3).map(|_| mc.alloc(Meddler(Rc::clone(&ctx)))).collect()
        })
        .unwrap();
    for walk in [|ctx: &Context| assert!(ctx.graph().is_ok()), |ctx: &Context| assert!(ctx.verify().is_ok())]
    {
        ctx.results.borrow_mut().clear();
        walk(&ctx.ctx);
        let results = ctx.results.take();
        assert!(
            results.len() >= 3 && results.iter().all(|result| matches!(result, Err(Error::CollectionActive)))
        );
        // Afterwards all is as before.
        engine.collect();
        engine.mutate(|_, root| assert_eq!(root.len(), 3));
    }
    engine.close();
    Rc::into_inner(ctx).expect("the engine was the last").ctx.close().unwrap();
}

#[test]
fn who_takes_the_text_of_events_may_collect() {
    struct Collects<'a>(&'a Context, usize);
    impl std::fmt::Write for Collects<'_> {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            // Once for each event, which makes one more.
            if text == "dur" {
                self.1 += 1;
                if self.1 < 5 {
                    self.0.collect().unwrap();
                }
            }
            Ok(())
        }
    }
    let (ctx, mut engine) = open(Config::default().events(8));
    engine.collect();
    engine.collect();
    let mut out = Collects(&ctx, 0);
    ctx.write_trace(&mut out).unwrap();
    assert!(out.1 >= 5, "those that were noted meanwhile are written too");
}

#[track_caller]
fn make_leaf<'gc>(mc: &gc::Mutation<'gc>) -> Gc<'gc, Leaf> {
    mc.alloc(Leaf { bytes: [0; 40] })
}

#[test]
fn sites_are_sampled_by_bytes_with_type_and_place() {
    const EVERY: usize = 4096;
    let count = if cfg!(miri) { 20 } else { 5000 };
    for config in [Config::default(), Config::default().generations(true).min_debt(8 << 10)] {
        let (ctx, mut engine) = open(config.sample(EVERY));
        let mut lines = [0; 5];
        for _ in 0..count {
            engine.mutate(|mc, _| {
                make_leaf(mc); // 48 bytes
                lines[0] = line!() - 1;
                mc.try_alloc([0_u64; 99]).unwrap(); // 800, `wide`
                lines[1] = line!() - 1;
                mc.alloc_tail_copy(7_u32, &[1_u8; 20]).unwrap(); // 48, with a tail
                lines[2] = line!() - 1;
                mc.alloc_tail((), 3, |_| String::new()).unwrap(); // 96, with drop glue
                lines[3] = line!() - 1;
                mc.alloc_tail_fill(0_u64, 1000, 0_u64).unwrap(); // 8032, large
                lines[4] = line!() - 1;
            });
            engine.safepoint();
        }
        let sites = ctx.allocation_sites();
        let mut all = 0;
        for (line, size) in lines.into_iter().zip([48, 800, 48, 96, 8032]) {
            let expected = (size * count) as u64;
            all += expected;
            let site = sites.iter().find(|site| site.at.line() == line);
            if let Some(site) = site {
                assert!(site.at.file().ends_with("diagnose.rs"), "{site:?}");
                assert_eq!(site.bytes, site.samples * EVERY as u64);
            }
            // Where there are enough of them.
            if !cfg!(miri) {
                let bytes = site.expect("it was seen").bytes;
                assert!((expected / 2..2 * expected).contains(&bytes), "{site:?}, not {expected}");
            }
        }
        let sum: u64 = sites.iter().map(|site| site.bytes).sum();
        assert!(cfg!(miri) || sum.abs_diff(all) <= all / 20, "{sum} for {all}");
        assert!(sites.iter().all(|site| lines.contains(&site.at.line())), "{sites:?}");
        assert!(sites.is_sorted_by_key(|site| std::cmp::Reverse(site.bytes)));
        engine.close();
        let report = ctx.close().unwrap();
        assert_eq!(report.sites, sites);
        assert!(
            report.to_string().contains("allocated: gc::")
                && report.to_json().contains("\"allocationSites\":[{")
        );
    }
}

#[test]
fn a_context_without_samples_has_no_sites() {
    let (ctx, mut engine) = open(Config::default());
    engine.mutate(|mc, _| {
        (0..1000).for_each(|number| assert_eq!(leaf(mc, number as u8).bytes[0], number as u8))
    });
    assert!(ctx.allocation_sites().is_empty());
}

#[test]
fn a_live_handle_is_reported_with_what_it_alone_kept() {
    for census in [false, true] {
        let (ctx, mut engine) = open(Config::default().census(census));
        let (alone, shared) = engine.mutate(|mc, root| {
            let tip = mc.alloc(Tree::Tip(leaf(mc, 1)));
            let alone = mc.alloc(Tree::Fork { left: tip, right: Lock::new(None) });
            let shared = mc.alloc(Tree::Tip(leaf(mc, 2)));
            root.tree = Some(shared);
            (mc.handle(alone), mc.handle(shared))
        });
        let refused = ctx.close().unwrap_err();
        let retained = |report: &gc::CloseReport| -> Vec<_> {
            report.handles.iter().map(|handle| handle.retained).collect()
        };
        let expected = if census { vec![Some(32 + 32 + 48), Some(0)] } else { vec![None, None] };
        assert_eq!(retained(&refused.report), expected, "while the engine is open");
        engine.close();
        let report = refused.ctx.close().unwrap();
        assert_eq!(retained(&report), expected, "as of the end of the engine");
        assert_eq!(report.to_string().contains("collections old, keeps 112 bytes"), census);
        assert_eq!(report.to_json().contains("\"retained\":112"), census);
        drop((alone, shared));
    }
}
