//! The message ring: 200,000 live messages of a KiB, each new one replaces the oldest. How long does the mutator wait?
//!
//! The ring is made of segments, as a queue of this size is: the write barrier works by cells, so what is written to is a
//! small cell. A message is timed whole: its allocation, its writing, the safepoint behind it.

use ours::{Config, Context, EngineConfig, EventKind, Gc, Lock, Rootable, Tail, Trace};
use std::time::{Duration, Instant};

const MESSAGES: usize = 200_000;
const SEGMENT: usize = 256;
const BYTES: usize = 1024 - 16;
const STEPS: usize = 2_000_000;

type Message<'gc> = Gc<'gc, Tail<u32, u8>>;
type Slots<'gc> = Gc<'gc, Tail<(), Lock<Option<Message<'gc>>>>>;

#[derive(Trace, Default)]
#[trace(crate = ours)]
struct Ring<'gc> {
    segments: Vec<Slots<'gc>>,
}

struct R;
impl Rootable for R {
    type Root<'gc> = Ring<'gc>;
}

fn step(engine: &mut ours::Engine<R>, at: usize) {
    engine.mutate(|mc, ring| {
        let message = mc.alloc_tail_fill(at as u32, BYTES, at as u8).expect("no limit is set");
        let at = at % MESSAGES;
        Gc::write_tail(mc, ring.segments[at / SEGMENT])[at % SEGMENT].set(Some(message));
    });
    engine.safepoint();
}

/// Runs the ring under a configuration and prints how long messages took.
fn ring(name: &str, config: Config) {
    let ctx = Context::open(config.events(100_000)).expect("a context");
    let mut engine = ctx
        .engine::<R>(EngineConfig::default(), |mc| {
            let segment = |_| mc.alloc_tail((), SEGMENT, |_| Lock::new(None)).expect("no limit is set");
            Ring { segments: (0..MESSAGES.div_ceil(SEGMENT)).map(segment).collect() }
        })
        .expect("an engine");
    (0..3 * MESSAGES).for_each(|at| step(&mut engine, at));
    let before = ctx.stats();
    let mut times = Vec::with_capacity(STEPS);
    let begun = Instant::now();
    for at in 0..STEPS {
        let start = Instant::now();
        step(&mut engine, at);
        times.push(start.elapsed());
    }
    let all = begun.elapsed();
    let stats = ctx.stats();
    println!(
        "\n{name}: {STEPS} messages, {:.0} ns each; {} full and {} minor collections, {} slices; {} MiB in use",
        all.as_nanos() as f64 / STEPS as f64,
        stats.collections - before.collections,
        stats.minor_collections - before.minor_collections,
        stats.slices - before.slices,
        stats.bytes >> 20,
    );
    for kind in [EventKind::Full, EventKind::Minor, EventKind::Mark, EventKind::Sweep] {
        let events = ctx.events();
        if let Some(longest) =
            events.iter().filter(|event| event.kind == kind).map(|event| event.duration).max()
        {
            println!("  longest {kind:?}: {longest:.1?}");
        }
    }
    histogram(&mut times);
}

fn histogram(times: &mut [Duration]) {
    times.sort_unstable();
    let mut from = 0;
    let mut limit = Duration::from_micros(1);
    while from < times.len() {
        let to = from + times[from..].partition_point(|&time| time < limit);
        if to > from {
            let bar = "#".repeat(1 + 4 * (to - from).ilog2() as usize / 2);
            println!("  < {limit:>9.1?} {:>9}  {bar}", to - from);
        }
        (from, limit) = (to, 2 * limit);
    }
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "  median {:.1?}, 99 % {:.1?}, 99.9 % {:.1?}, 99.99 % {:.1?}, longest {:.1?}",
        at(0.5),
        at(0.99),
        at(0.999),
        at(0.9999),
        at(1.0)
    );
}

/// Prints a histogram for each configuration.
pub fn run() {
    ring("generations and slices", Config::default().generations(true).slice(8192));
    ring("slices", Config::default().slice(8192));
    ring("all at once", Config::default());
}
