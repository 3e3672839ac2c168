//! The peers: each program in the way each library would have it written.

use crate::Run;
use crate::programs::*;
use std::hint::black_box;
use std::time::Instant;

pub const PEERS: &[&str] =
    &["gc", "gc full", "gc-arena", "boa_gc", "rust-gc", "dumpster", "box", "rc", "bumpalo"];

pub fn run(peer: &str, program: &str) -> Option<Run> {
    match peer {
        "gc" => ours_peer::run(program, ours::Config::default().generations(true).slice(8192)),
        "gc full" => ours_peer::run(program, ours::Config::default()),
        "gc-arena" => arena_peer::run(program),
        "boa_gc" => boa_peer::run(program),
        "rust-gc" => rust_gc_peer::run(program),
        // It looks only at what lost a reference: there is no full collection.
        "dumpster" if program.starts_with("collect") => None,
        "dumpster" => dumpster_peer::run(program),
        "box" => box_peer::run(program),
        "rc" => rc_peer::run(program),
        "bumpalo" => bump_peer::run(program),
        _ => panic!("no peer {peer}"),
    }
}

fn timed(units: usize, f: impl FnOnce()) -> Option<Run> {
    let start = Instant::now();
    f();
    Some(Run { time: start.elapsed(), units })
}

/// Units of GCBench: every node of a tree.
fn gcbench_units() -> usize {
    let depths = (MIN..=MAX).step_by(2);
    tree_size(STRETCH)
        + tree_size(LONG_LIVED)
        + depths.map(|d| 2 * iterations(d) * tree_size(d)).sum::<usize>()
}

/// Units of the binary trees: every node.
fn trees_units() -> usize {
    let depths = (4..=DEPTH).step_by(2);
    tree_size(DEPTH + 1)
        + tree_size(DEPTH)
        + depths.map(|d| (1 << (DEPTH - d + 4)) * tree_size(d)).sum::<usize>()
}

/// Peers with one collector a thread, or with none: the pointer to a type, how to make one, the cell a link stands in, how
/// to read and to set it, and how to collect.
macro_rules! thread_wide {
    ($module:ident, { $($types:tt)* }, $gc:ident, $new:path, $cell:ident, $get:ident, $set:expr, $collect:expr) => {
        mod $module {
            use super::*;
            $($types)*

            fn bottom_up(depth: u32) -> $gc<Tree> {
                let (left, right) = match depth {
                    0 => (None, None),
                    _ => (Some(bottom_up(depth - 1)), Some(bottom_up(depth - 1))),
                };
                $new(Tree { left, right })
            }

            fn count(tree: &Tree) -> usize {
                1 + tree.left.as_ref().map_or(0, |t| count(t)) + tree.right.as_ref().map_or(0, |t| count(t))
            }

            fn node(left: Option<$gc<Node>>, right: Option<$gc<Node>>, i: u64) -> $gc<Node> {
                $new(Node { left: $cell::new(left), right: $cell::new(right), i })
            }

            fn make(depth: u32) -> $gc<Node> {
                match depth {
                    0 => node(None, None, 0),
                    _ => node(Some(make(depth - 1)), Some(make(depth - 1)), 0),
                }
            }

            fn populate(depth: u32, at: &$gc<Node>) {
                if depth > 0 {
                    let (left, right) = (node(None, None, 0), node(None, None, 0));
                    populate(depth - 1, &left);
                    populate(depth - 1, &right);
                    let set: fn(&$cell<Option<$gc<Node>>>, $gc<Node>) = $set;
                    set(&at.left, left);
                    set(&at.right, right);
                }
            }

            fn gcbench() {
                black_box(make(STRETCH));
                let long = node(None, None, 0);
                populate(LONG_LIVED, &long);
                let array = vec![1.0f64; ARRAY];
                for depth in (MIN..=MAX).step_by(2) {
                    for _ in 0..iterations(depth) {
                        let top = node(None, None, 0);
                        populate(depth, &top);
                        black_box(top);
                    }
                    for _ in 0..iterations(depth) {
                        black_box(make(depth));
                    }
                }
                black_box((array, long.i, long.left.$get().is_some(), long.right.$get().is_some()));
            }

            pub(super) fn run(program: &str) -> Option<Run> {
                let collect: Option<fn()> = $collect;
                match program {
                    "binary-trees" => timed(trees_units(), || {
                        black_box(count(&bottom_up(DEPTH + 1)));
                        let long = bottom_up(DEPTH);
                        for depth in (4..=DEPTH).step_by(2) {
                            for _ in 0..1 << (DEPTH - depth + 4) {
                                black_box(count(&bottom_up(depth)));
                            }
                        }
                        black_box(count(&long));
                    }),
                    "gcbench" => timed(gcbench_units(), gcbench),
                    "garbage" => timed(GARBAGE, || {
                        for _ in 0..GARBAGE {
                            black_box($new(Tree { left: None, right: None }));
                        }
                    }),
                    "collect-list" | "collect-random" => {
                        let collect = collect?;
                        let mut nodes: Vec<Option<_>> = (0..LIVE).map(|i| Some(node(None, None, i as u64))).collect();
                        let order = if program == "collect-list" { (0..LIVE).collect() } else { shuffled(LIVE) };
                        let sorted: Vec<$gc<Node>> = order.into_iter().map(|i| nodes[i].take().expect("once")).collect();
                        collect();
                        let run = timed(LIVE, collect);
                        black_box(&sorted);
                        std::mem::forget(sorted);
                        run
                    }
                    "free-all" => {
                        let nodes: Vec<_> = (0..LIVE).map(|i| node(None, None, i as u64)).collect();
                        timed(LIVE, move || {
                            drop(nodes);
                            if let Some(collect) = collect {
                                collect();
                            }
                        })
                    }
                    _ => None,
                }
            }
        }
    };
}

use std::cell::RefCell;
use std::rc::Rc;

mod boa_types {
    pub use boa_gc::{Gc as BoaGc, GcRefCell as BoaCell};
}
use boa_types::*;
thread_wide!(
    boa_peer,
    {
        #[derive(boa_gc::Trace, boa_gc::Finalize)]
        struct Tree {
            left: Option<BoaGc<Tree>>,
            right: Option<BoaGc<Tree>>,
        }

        #[derive(boa_gc::Trace, boa_gc::Finalize)]
        struct Node {
            left: BoaCell<Option<BoaGc<Node>>>,
            right: BoaCell<Option<BoaGc<Node>>>,
            i: u64,
        }
    },
    BoaGc,
    BoaGc::new,
    BoaCell,
    borrow,
    |cell, value| *cell.borrow_mut() = Some(value),
    Some(boa_gc::force_collect)
);

use gc::{Gc as RustGc, GcCell as RustCell};
thread_wide!(
    rust_gc_peer,
    {
        #[derive(gc::Trace, gc::Finalize)]
        struct Tree {
            left: Option<RustGc<Tree>>,
            right: Option<RustGc<Tree>>,
        }

        #[derive(gc::Trace, gc::Finalize)]
        struct Node {
            left: RustCell<Option<RustGc<Node>>>,
            right: RustCell<Option<RustGc<Node>>>,
            i: u64,
        }
    },
    RustGc,
    RustGc::new,
    RustCell,
    borrow,
    |cell, value| *cell.borrow_mut() = Some(value),
    Some(gc::force_collect)
);

use dumpster::unsync::Gc as DumpsterGc;
thread_wide!(
    dumpster_peer,
    {
        #[derive(dumpster::Trace)]
        struct Tree {
            left: Option<DumpsterGc<Tree>>,
            right: Option<DumpsterGc<Tree>>,
        }

        #[derive(dumpster::Trace)]
        struct Node {
            left: RefCell<Option<DumpsterGc<Node>>>,
            right: RefCell<Option<DumpsterGc<Node>>>,
            i: u64,
        }
    },
    DumpsterGc,
    DumpsterGc::new,
    RefCell,
    borrow,
    |cell, value| *cell.borrow_mut() = Some(value),
    Some(dumpster::unsync::collect)
);

thread_wide!(
    box_peer,
    {
        struct Tree {
            left: Option<Box<Tree>>,
            right: Option<Box<Tree>>,
        }

        struct Node {
            left: RefCell<Option<Box<Node>>>,
            right: RefCell<Option<Box<Node>>>,
            i: u64,
        }
    },
    Box,
    Box::new,
    RefCell,
    borrow,
    |cell, value| *cell.borrow_mut() = Some(value),
    None
);
thread_wide!(
    rc_peer,
    {
        struct Tree {
            left: Option<Rc<Tree>>,
            right: Option<Rc<Tree>>,
        }

        struct Node {
            left: RefCell<Option<Rc<Node>>>,
            right: RefCell<Option<Rc<Node>>>,
            i: u64,
        }
    },
    Rc,
    Rc::new,
    RefCell,
    borrow,
    |cell, value| *cell.borrow_mut() = Some(value),
    None
);

/// Bump allocation without a collector: the bound.
mod bump_peer {
    use super::*;
    use bumpalo::Bump;

    struct Tree<'a> {
        left: Option<&'a Tree<'a>>,
        right: Option<&'a Tree<'a>>,
    }

    fn bottom_up(bump: &Bump, depth: u32) -> &Tree<'_> {
        let (left, right) = match depth {
            0 => (None, None),
            _ => (Some(bottom_up(bump, depth - 1)), Some(bottom_up(bump, depth - 1))),
        };
        bump.alloc(Tree { left, right })
    }

    fn count(tree: &Tree<'_>) -> usize {
        1 + tree.left.map_or(0, count) + tree.right.map_or(0, count)
    }

    pub(super) fn run(program: &str) -> Option<Run> {
        match program {
            "binary-trees" => timed(trees_units(), || {
                black_box(count(bottom_up(&Bump::new(), DEPTH + 1)));
                let bump = Bump::new();
                let long = bottom_up(&bump, DEPTH);
                for depth in (4..=DEPTH).step_by(2) {
                    let mut bump = Bump::new();
                    for _ in 0..1 << (DEPTH - depth + 4) {
                        black_box(count(bottom_up(&bump, depth)));
                        bump.reset();
                    }
                }
                black_box(count(long));
            }),
            "garbage" => timed(GARBAGE, || {
                let mut bump = Bump::new();
                for i in 0..GARBAGE {
                    black_box(bump.alloc([i as u64; 4]));
                    if i % 32_768 == 0 {
                        bump.reset();
                    }
                }
            }),
            "free-all" => {
                let bump = Bump::new();
                (0..LIVE).for_each(|i| {
                    bump.alloc([i as u64; 4]);
                });
                timed(LIVE, move || drop(bump))
            }
            _ => None,
        }
    }
}

/// The programs for collectors whose pointers are branded by a mutation.
macro_rules! branded {
    ($gc:ident, $mc:ident, $link:ident, $alloc:ident, $set:ident) => {
        fn bottom_up<'gc>(mc: &$mc<'gc>, depth: u32) -> $gc<'gc, Tree<'gc>> {
            let (left, right) = match depth {
                0 => (None, None),
                _ => (Some(bottom_up(mc, depth - 1)), Some(bottom_up(mc, depth - 1))),
            };
            $alloc(mc, Tree { left, right })
        }

        fn count(tree: $gc<'_, Tree<'_>>) -> usize {
            1 + tree.left.map_or(0, count) + tree.right.map_or(0, count)
        }

        fn node<'gc>(
            mc: &$mc<'gc>,
            left: Option<$gc<'gc, Node<'gc>>>,
            right: Option<$gc<'gc, Node<'gc>>>,
            i: u64,
        ) -> $gc<'gc, Node<'gc>> {
            $alloc(mc, Node { left: $link::new(left), right: $link::new(right), i })
        }

        fn make<'gc>(mc: &$mc<'gc>, depth: u32) -> $gc<'gc, Node<'gc>> {
            match depth {
                0 => node(mc, None, None, 0),
                _ => node(mc, Some(make(mc, depth - 1)), Some(make(mc, depth - 1)), 0),
            }
        }

        fn populate<'gc>(mc: &$mc<'gc>, depth: u32, at: $gc<'gc, Node<'gc>>) {
            if depth > 0 {
                let (left, right) = (node(mc, None, None, 0), node(mc, None, None, 0));
                populate(mc, depth - 1, left);
                populate(mc, depth - 1, right);
                $set(mc, at, left, right);
            }
        }

        fn binary_trees(heap: &mut Heap) {
            heap.mutate(|mc, _| {
                black_box(count(bottom_up(mc, DEPTH + 1)));
            });
            heap.safepoint();
            heap.mutate(|mc, root| root.tree = Some(bottom_up(mc, DEPTH)));
            heap.safepoint();
            for depth in (4..=DEPTH).step_by(2) {
                for _ in 0..1 << (DEPTH - depth + 4) {
                    heap.mutate(|mc, _| {
                        black_box(count(bottom_up(mc, depth)));
                    });
                    heap.safepoint();
                }
            }
            heap.mutate(|_, root| {
                black_box(count(root.tree.expect("the long-lived tree")));
            });
        }

        fn gcbench(heap: &mut Heap) {
            heap.mutate(|mc, _| {
                black_box(make(mc, STRETCH));
            });
            heap.safepoint();
            heap.mutate(|mc, root| {
                let long = node(mc, None, None, 0);
                root.nodes.push(long);
                populate(mc, LONG_LIVED, long);
                root.array = vec![1.0; ARRAY];
            });
            heap.safepoint();
            for depth in (MIN..=MAX).step_by(2) {
                for _ in 0..iterations(depth) {
                    heap.mutate(|mc, _| {
                        let top = node(mc, None, None, 0);
                        populate(mc, depth, top);
                        black_box(top.i);
                    });
                    heap.safepoint();
                }
                for _ in 0..iterations(depth) {
                    heap.mutate(|mc, _| {
                        black_box(make(mc, depth));
                    });
                    heap.safepoint();
                }
            }
            heap.mutate(|_, root| {
                black_box((&root.array, root.nodes[0].i));
            });
        }

        fn garbage(heap: &mut Heap) {
            let mut left = GARBAGE;
            while left > 0 {
                heap.mutate(|mc, _| {
                    for _ in 0..4096.min(left) {
                        black_box($alloc(mc, Tree { left: None, right: None }));
                        left -= 1;
                    }
                });
                heap.safepoint();
            }
        }

        fn fill(heap: &mut Heap, order: Vec<usize>) {
            heap.mutate(|mc, root| {
                let nodes: Vec<_> = (0..LIVE).map(|i| node(mc, None, None, i as u64)).collect();
                root.nodes = order.into_iter().map(|i| nodes[i]).collect();
            });
        }

        fn collected(heap: &mut Heap, program: &str) -> Option<Run> {
            let order = if program == "collect-list" { (0..LIVE).collect() } else { shuffled(LIVE) };
            fill(heap, order);
            heap.collect();
            timed(LIVE, || heap.collect())
        }
    };
}

mod ours_peer {
    use super::*;
    use ours::{Config, Context, Engine, EngineConfig, Gc, Lock, Mutation, Rootable, Trace};

    #[derive(Trace)]
    #[trace(crate = ours)]
    struct Tree<'gc> {
        left: Option<Gc<'gc, Tree<'gc>>>,
        right: Option<Gc<'gc, Tree<'gc>>>,
    }

    #[derive(Trace)]
    #[trace(crate = ours)]
    struct Node<'gc> {
        left: Lock<Option<Gc<'gc, Node<'gc>>>>,
        right: Lock<Option<Gc<'gc, Node<'gc>>>>,
        i: u64,
    }

    #[derive(Trace, Default)]
    #[trace(crate = ours)]
    struct Root<'gc> {
        tree: Option<Gc<'gc, Tree<'gc>>>,
        nodes: Vec<Gc<'gc, Node<'gc>>>,
        array: Vec<f64>,
    }

    struct R;
    impl Rootable for R {
        type Root<'gc> = Root<'gc>;
    }
    type Heap = Engine<R>;

    fn alloc<'gc, T: ours::Branded<'gc> + 'gc>(mc: &Mutation<'gc>, value: T) -> Gc<'gc, T> {
        mc.alloc(value)
    }

    type Link<'gc> = Gc<'gc, Node<'gc>>;
    fn link<'gc>(mc: &Mutation<'gc>, at: Link<'gc>, left: Link<'gc>, right: Link<'gc>) {
        let write = Gc::write(mc, at);
        write.project(|node| &node.left).set(Some(left));
        write.project(|node| &node.right).set(Some(right));
    }

    branded!(Gc, Mutation, Lock, alloc, link);

    pub(super) fn run(program: &str, config: Config) -> Option<Run> {
        if program == "open-close" {
            const CONTEXTS: usize = 100_000;
            return timed(CONTEXTS, || {
                for _ in 0..CONTEXTS {
                    let ctx = Context::open(config.clone()).expect("a context");
                    let mut engine =
                        ctx.engine::<R>(EngineConfig::default(), |_| Root::default()).expect("an engine");
                    engine.mutate(|mc, root| root.tree = Some(bottom_up(mc, 0)));
                    engine.close();
                    black_box(ctx.close().expect("no engine is open"));
                }
            });
        }
        let ctx = Context::open(config).expect("a context");
        let mut engine = ctx.engine::<R>(EngineConfig::default(), |_| Root::default()).expect("an engine");
        match program {
            "binary-trees" => timed(trees_units(), move || {
                binary_trees(&mut engine);
                engine.close();
            }),
            "gcbench" => timed(gcbench_units(), move || {
                gcbench(&mut engine);
                engine.close();
            }),
            "garbage" => timed(GARBAGE, || garbage(&mut engine)),
            "collect-list" | "collect-random" => collected(&mut engine, program),
            "free-all" => {
                fill(&mut engine, (0..LIVE).collect());
                // Not the list of the root: its pages are the system's business.
                engine.mutate(|_, root| root.nodes = Vec::new());
                timed(LIVE, move || {
                    engine.close();
                })
            }
            _ => None,
        }
    }
}

mod arena_peer {
    use super::*;
    use gc_arena::{Arena, Collect, Gc, Mutation, Rootable, lock::Lock, metrics::Pacing};

    #[derive(Collect)]
    #[collect(no_drop)]
    struct Tree<'gc> {
        left: Option<Gc<'gc, Tree<'gc>>>,
        right: Option<Gc<'gc, Tree<'gc>>>,
    }

    #[derive(Collect)]
    #[collect(no_drop)]
    struct Node<'gc> {
        left: Lock<Option<Gc<'gc, Node<'gc>>>>,
        right: Lock<Option<Gc<'gc, Node<'gc>>>>,
        i: u64,
    }

    #[derive(Collect, Default)]
    #[collect(no_drop)]
    struct Root<'gc> {
        tree: Option<Gc<'gc, Tree<'gc>>>,
        nodes: Vec<Gc<'gc, Node<'gc>>>,
        array: Vec<f64>,
    }

    struct Heap(Arena<Rootable![Root<'_>]>);

    impl Heap {
        fn mutate<T>(&mut self, f: impl for<'gc> FnOnce(&'gc Mutation<'gc>, &'gc mut Root<'gc>) -> T) -> T {
            self.0.mutate_root(f)
        }

        fn safepoint(&mut self) {
            self.0.collect_debt();
        }

        fn collect(&mut self) {
            self.0.finish_cycle();
        }
    }

    fn alloc<'gc, T: Collect<'gc> + 'gc>(mc: &Mutation<'gc>, value: T) -> Gc<'gc, T> {
        Gc::new(mc, value)
    }

    type Link<'gc> = Gc<'gc, Node<'gc>>;
    fn link<'gc>(mc: &Mutation<'gc>, at: Link<'gc>, left: Link<'gc>, right: Link<'gc>) {
        let write = Gc::write(mc, at);
        gc_arena::barrier::field!(write, Node, left).unlock().set(Some(left));
        gc_arena::barrier::field!(write, Node, right).unlock().set(Some(right));
    }

    branded!(Gc, Mutation, Lock, alloc, link);

    pub(super) fn run(program: &str) -> Option<Run> {
        let mut heap = Heap(Arena::new(|_| Root::default()));
        // The faster of its pacings in these programs, by far.
        heap.0.metrics().set_pacing(Pacing::STOP_THE_WORLD);
        match program {
            "binary-trees" => timed(trees_units(), move || binary_trees(&mut heap)),
            "gcbench" => timed(gcbench_units(), move || gcbench(&mut heap)),
            "garbage" => timed(GARBAGE, || garbage(&mut heap)),
            "collect-list" | "collect-random" => collected(&mut heap, program),
            "free-all" => {
                fill(&mut heap, (0..LIVE).collect());
                heap.mutate(|_, root| root.nodes = Vec::new());
                timed(LIVE, move || drop(heap))
            }
            _ => None,
        }
    }
}
