//! What does an idle context cost? Opens a thousand of them with a few cells each and asks Linux for the memory.
#![forbid(unsafe_code)]

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

/// Resident memory in KiB, where `/proc` says.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
}

fn main() -> Result<(), gc::Error> {
    const COUNT: usize = 1000;
    let before = resident();
    let mut contexts = Vec::new();
    for _ in 0..COUNT {
        let ctx = Context::open(Config::default())?;
        let engine = ctx.engine::<R>(EngineConfig::default(), |mc| {
            mc.alloc_tail_fill((), 100, 0u64).map_err(|_| ()).ok();
            let node = mc.alloc(Node { name: String::new(), next: Lock::new(None) });
            assert!(node.name.is_empty() && node.next.get().is_none());
            vec![node]
        })?;
        contexts.push((ctx, engine));
    }
    if let (Some(before), Some(after)) = (before, resident()) {
        println!("{:.1} KiB resident a context", (after - before) as f64 / COUNT as f64);
    }
    println!("{:?}", process_stats());
    drop(contexts);
    println!("{:?}", process_stats());
    println!("{} blocks trimmed", gc::trim_pool());
    Ok(())
}
