//! A linked list in the heap: allocate, change through the barrier, collect, close.
#![forbid(unsafe_code)]

use gc::{Config, Context, EngineConfig, Gc, Lock, Rootable, Trace};

#[derive(Trace)]
struct Node<'gc> {
    value: u32,
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
}

struct List;
impl Rootable for List {
    type Root<'gc> = Option<Gc<'gc, Node<'gc>>>;
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ctx = Context::open(Config::default())?;
    let mut engine = ctx.engine::<List>(EngineConfig::named("list"), |_| None)?;
    engine.mutate(|mc, head| {
        for value in (0..10).rev() {
            *head = Some(mc.alloc(Node { value, next: Lock::new(*head) }));
        }
    });
    // Reverse it in place: what is in the heap changes through the barrier, the root by plain assignment.
    engine.mutate(|mc, head| {
        let (mut done, mut rest) = (None, head.take());
        while let Some(node) = rest {
            rest = node.next.get();
            node.set(mc, |node| &node.next, done);
            done = Some(node);
        }
        *head = done;
    });
    // Cut it after three nodes; a collection frees the others.
    engine.mutate(|mc, head| {
        let third = head.and_then(|node| node.next.get()).and_then(|node| node.next.get());
        third.expect("ten nodes").set(mc, |node| &node.next, None);
    });
    println!("before: {} bytes", engine.stats().bytes);
    engine.collect();
    println!("after:  {} bytes", engine.stats().bytes);
    engine.mutate(|_, head| {
        let mut at = *head;
        while let Some(node) = at {
            println!("{}", node.value);
            at = node.next.get();
        }
    });
    println!("{:?}", engine.close());
    println!("{}", ctx.close()?);
    Ok(())
}
