//! A hundred thousand threads open a context, use it, and go: a tenth of them panics, a tenth forgets to close, and both
//! policies for live handles are seen. Then exactly nothing is left.
//!
//! `cargo run --release -p gc --example churn [threads]`

use gc::{
    CloseRefusal, Config, Context, EngineConfig, Gc, HandlePolicy, Lock, Rootable, Trace, process_stats,
};
use std::time::Instant;

#[derive(Trace)]
struct Node<'gc> {
    name: String,
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
}

struct R;
impl Rootable for R {
    type Root<'gc> = Vec<Gc<'gc, Node<'gc>>>;
}

fn life(thread: usize) {
    let policy = if thread.is_multiple_of(2) { HandlePolicy::Report } else { HandlePolicy::Refuse };
    let config = Config::default().handles(policy).generations(thread.is_multiple_of(3));
    let ctx = Context::open(config).expect("memory for a context");
    let mut engine =
        ctx.engine::<R>(EngineConfig::named("one"), |_| Vec::new()).expect("memory for an engine");
    let handle = engine.mutate(|mc, root| {
        for index in 0..20 {
            let next = Lock::new(root.last().copied());
            root.push(mc.alloc(Node { name: format!("{thread}.{index}"), next }));
        }
        mc.alloc_tail_fill((), 5_000, 1u8).expect("no limit is set");
        mc.handle(root[0])
    });
    engine.collect_minor();
    engine.mutate(|_, root| assert_eq!(root[19].next.get().expect("a list").name, format!("{thread}.18")));
    match thread % 10 {
        7 => (), // Forgets to close.
        8 => panic!("a thread dies"),
        _ => {
            engine.close();
            match ctx.close() {
                Ok(report) => assert_eq!(report.handles.len(), 1),
                Err(refused) => {
                    assert_eq!(refused.refusal, CloseRefusal::HandlesLive);
                    drop(handle);
                    refused.ctx.close().expect("nothing is alive now");
                }
            }
        }
    }
}

fn main() {
    let threads = std::env::args().nth(1).map_or(100_000, |text| text.parse().expect("a number of threads"));
    std::panic::set_hook(Box::new(|_| ()));
    let (begun, before) = (Instant::now(), process_stats());
    for first in (0..threads).step_by(20) {
        std::thread::scope(|scope| {
            let joins: Vec<_> =
                (first..threads.min(first + 20)).map(|at| scope.spawn(move || life(at))).collect();
            joins.into_iter().for_each(|join| drop(join.join()));
        });
    }
    let after = process_stats();
    println!("{threads} threads in {:.1?}", begun.elapsed());
    println!("{after:#?}");
    assert_eq!(after.contexts_closed - before.contexts_closed, threads as u64);
    assert_eq!(
        (after.live_contexts, after.live_bytes, after.live_blocks, after.live_large_cells),
        (0, 0, 0, 0)
    );
    assert!(gc::live_contexts().is_empty());
    gc::trim_pool();
    assert_eq!(process_stats().pooled_blocks, 0);
    println!("nothing is left");
}
