//! Two engines on one context: separate roots and accounts, one collector; a limit that one of them hits.
#![forbid(unsafe_code)]

use gc::{Config, Context, Engine, EngineConfig, Gc, Rootable, Tail, process_stats};

struct Documents;
impl Rootable for Documents {
    type Root<'gc> = Vec<Gc<'gc, Tail<u32, u8>>>;
}

/// Stores documents until there is no room.
fn fill(engine: &mut Engine<Documents>, text: &[u8], count: u32) -> u32 {
    for number in 0..count {
        let stored = engine.mutate(|mc, root| match mc.alloc_tail_copy(number, text) {
            Ok(document) => {
                root.push(document);
                true
            }
            Err(gc::OutOfMemory) => false,
        });
        if !stored {
            return number;
        }
        engine.safepoint();
    }
    count
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ctx = Context::open(Config::default())?;
    let mut small =
        ctx.engine::<Documents>(EngineConfig::named("small").hard_limit(100_000), |_| Vec::new())?;
    let mut large = ctx.engine::<Documents>(EngineConfig::named("large"), |_| Vec::new())?;
    println!("small stored {}", fill(&mut small, &[b'x'; 1000], 1000));
    println!("large stored {}", fill(&mut large, &[b'x'; 1000], 1000));
    // The engine that is full goes on when there is room.
    small.mutate(|_, root| root.truncate(10));
    ctx.collect()?;
    println!("small stored {} more", fill(&mut small, &[b'y'; 1000], 20));
    println!("{:?}\n{:?}", small.stats(), large.stats());
    small.close();
    large.close();
    println!("{}", ctx.close()?);
    println!("{:?}", process_stats());
    Ok(())
}
