//! What do an allocation, a live object and a context cost? `cargo bench -p gc`; see `benches/README.md`.

use gc::{Config, Context, Engine, EngineConfig, Gc, Lock, Rootable, Trace};
use std::hint::black_box;
use std::time::Instant;

#[derive(Trace)]
struct Node<'gc> {
    value: u64,
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
}

#[derive(Trace)]
struct Tree<'gc> {
    left: Option<Gc<'gc, Tree<'gc>>>,
    right: Option<Gc<'gc, Tree<'gc>>>,
}

#[derive(Trace, Default)]
struct Root<'gc> {
    nodes: Vec<Gc<'gc, Node<'gc>>>,
    trees: Vec<Gc<'gc, Tree<'gc>>>,
}

struct R;
impl Rootable for R {
    type Root<'gc> = Root<'gc>;
}

fn open() -> (Context, Engine<R>) {
    let ctx = Context::open(Config::default()).expect("a context");
    let engine = ctx.engine::<R>(EngineConfig::default(), |_| Root::default()).expect("an engine");
    (ctx, engine)
}

/// The best of five, in nanoseconds a unit.
fn measure(name: &str, units: usize, mut f: impl FnMut() -> std::time::Duration) {
    let best = (0..5).map(|_| f()).min().expect("five runs");
    println!("{name:<58} {:>9.2} ns", best.as_nanos() as f64 / units as f64);
}

fn main() {
    const N: usize = 1_000_000;
    let (_ctx, mut engine) = open();
    measure("allocate 32 bytes of garbage, collections included", 20 * N, || {
        let start = Instant::now();
        let mut left = 20 * N;
        while left > 0 {
            engine.mutate(|mc, _| {
                while left > 0 && !mc.pressure() {
                    black_box(mc.alloc(Node { value: left as u64, next: Lock::new(None) }));
                    left -= 1;
                }
            });
            engine.safepoint();
        }
        start.elapsed()
    });
    drop(engine);

    let (_ctx, mut engine) = open();
    engine.mutate(|mc, root| {
        root.nodes = (0..N).map(|i| mc.alloc(Node { value: i as u64, next: Lock::new(None) })).collect();
        for pair in root.nodes.windows(2) {
            pair[0].set(mc, |n| &n.next, Some(pair[1]));
        }
        root.nodes.truncate(1);
    });
    measure("collect, per live object: a list in allocation order", N, || {
        let start = Instant::now();
        engine.collect();
        start.elapsed()
    });
    engine.mutate(|mc, root| {
        root.nodes = (0..N).map(|i| mc.alloc(Node { value: i as u64, next: Lock::new(None) })).collect();
    });
    measure("collect, per live object: a vector in allocation order", N, || {
        let start = Instant::now();
        engine.collect();
        start.elapsed()
    });
    engine.mutate(|_, root| {
        let mut seed = 1u64;
        for i in (1..root.nodes.len()).rev() {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1);
            root.nodes.swap(i, (seed >> 33) as usize % (i + 1));
        }
    });
    measure("collect, per live object: a vector in random order", N, || {
        let start = Instant::now();
        engine.collect();
        start.elapsed()
    });
    measure("sum the values through the vector", N, || {
        engine.mutate(|_, root| {
            let start = Instant::now();
            black_box(root.nodes.iter().map(|n| n.value).sum::<u64>());
            start.elapsed()
        })
    });
    engine.mutate(|_, root| root.nodes = Vec::new());
    let start = Instant::now();
    engine.close();
    println!("{:<58} {:>9.3} ns", "free all, per object", start.elapsed().as_nanos() as f64 / N as f64);

    measure("open and close a context with an engine and a cell", 10_000, || {
        let start = Instant::now();
        for _ in 0..10_000 {
            let (ctx, mut engine) = open();
            engine.mutate(|mc, root| root.nodes.push(mc.alloc(Node { value: 1, next: Lock::new(None) })));
            engine.close();
            black_box(ctx.close().expect("no engine is open"));
        }
        start.elapsed()
    });

    fn bottom_up<'gc>(mc: &gc::Mutation<'gc>, depth: u32) -> Gc<'gc, Tree<'gc>> {
        let (left, right) = match depth {
            0 => (None, None),
            _ => (Some(bottom_up(mc, depth - 1)), Some(bottom_up(mc, depth - 1))),
        };
        mc.alloc(Tree { left, right })
    }
    fn count(tree: Gc<'_, Tree<'_>>) -> usize {
        1 + tree.left.map_or(0, count) + tree.right.map_or(0, count)
    }
    let (_ctx, mut engine) = open();
    let depth = 18;
    let start = Instant::now();
    let mut nodes = 0;
    engine.mutate(|mc, root| root.trees.push(bottom_up(mc, depth)));
    for d in (4..=depth).step_by(4) {
        for _ in 0..1 << (depth - d + 4) {
            nodes += engine.mutate(|mc, _| count(bottom_up(mc, d)));
            engine.safepoint();
        }
    }
    println!(
        "{:<58} {:>9.2} ns   ({} collections)",
        "binary trees of depth 18, per node, all in",
        start.elapsed().as_nanos() as f64 / nodes as f64,
        _ctx.stats().collections
    );
}
