//! Threads come, open, use, close, and go: nothing is left, exactly. One test, so that nothing else is counted.

use gc::{Config, Context, EngineConfig, Gc, Lock, Rootable, Trace, process_stats};

#[derive(Trace)]
struct Node<'gc> {
    name: String,
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
}

struct R;
impl Rootable for R {
    type Root<'gc> = Vec<Gc<'gc, Node<'gc>>>;
}

/// A Miri loop iteration costs about 60 µs.
const LARGE: usize = if cfg!(miri) { 2_500 } else { 100_000 };

fn life(thread: usize) {
    let ctx = Context::open(Config::default()).unwrap();
    let mut one = ctx.engine::<R>(EngineConfig::named("one"), |_| Vec::new()).unwrap();
    let mut two = ctx.engine::<R>(EngineConfig::named("two"), |_| Vec::new()).unwrap();
    let handle = one.mutate(|mc, root| {
        for index in 0..if cfg!(miri) { 5 } else { 50 } {
            let node =
                mc.alloc(Node { name: format!("{thread}.{index}"), next: Lock::new(root.last().copied()) });
            root.push(node);
        }
        mc.alloc_tail_fill((), LARGE / 8, 1u64).unwrap();
        mc.handle(root[0])
    });
    two.mutate(|mc, root| {
        mc.alloc_tail_fill((), LARGE, 1u8).unwrap();
        root.push(mc.alloc(Node { name: String::new(), next: Lock::new(None) }));
    });
    if thread.is_multiple_of(3) {
        two.collect();
    }
    match thread % 10 {
        // Forgets to close.
        7 => drop(handle),
        // Dies.
        8 => panic!("thread {thread} dies"),
        _ => {
            one.close();
            two.close();
            let report = ctx.close().unwrap();
            assert_eq!(report.handles.len(), 1);
            drop(handle);
        }
    }
}

#[test]
fn nothing_is_left() {
    std::panic::set_hook(Box::new(|_| ()));
    let threads = if cfg!(miri) { 10 } else { 4000 };
    let before = process_stats();
    for round in 0..threads / 10 {
        std::thread::scope(|scope| {
            let joins: Vec<_> = (0..10).map(|i| scope.spawn(move || life(round * 10 + i))).collect();
            let died = joins.into_iter().filter_map(|join| join.join().err()).count();
            assert_eq!(died, 1);
        });
    }
    let after = process_stats();
    assert_eq!(after.contexts_opened - before.contexts_opened, threads as u64);
    assert_eq!(after.contexts_closed, after.contexts_opened);
    assert_eq!(after.implicit_closes - before.implicit_closes, threads as u64 / 5);
    assert_eq!((after.live_bytes, after.live_blocks, after.live_large_cells), (0, 0, 0));
    assert_eq!(after.live_contexts, 0);
    assert_eq!(gc::live_contexts().len(), 0);
    gc::trim_pool();
    assert_eq!(process_stats().pooled_blocks, 0);
}
