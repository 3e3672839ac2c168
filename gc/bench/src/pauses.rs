//! The message ring: 200,000 live messages of a KiB, each new one replaces the oldest. How long does the mutator wait?
//!
//! The ring is made of segments, as a queue of this size is: the write barrier works by cells, so what is written to is a
//! small cell. A message is timed whole: its allocation, its writing, the safepoint behind it.
//!
//! Each configuration runs in three processes, one after the other. The collector reads no clock, so the same message pays
//! for the same work in each of them; what is shown is the least of the three times of each message, without what other
//! programs of the machine took. The longest of each run is printed too.

mod picture;

use ours::{Config, Context, EngineConfig, EventKind, Gc, Lock, Rootable, Tail, Trace};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const MESSAGES: usize = 200_000;
const SEGMENT: usize = 256;
const BYTES: usize = 1024 - 16;
const STEPS: usize = 2_000_000;
const RUNS: usize = 3;
const NAMES: [&str; 3] = ["generations and slices", "slices", "all at once"];

fn config(name: &str) -> Config {
    match name {
        "generations and slices" => Config::default().generations(true).slice(8192),
        "slices" => Config::default().slice(8192),
        _ => Config::default(),
    }
}

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

/// One run, in a process of its own: what it did goes to the error output, how long each message took to the output, as
/// nanoseconds in four bytes.
pub fn one(name: &str) {
    let ctx = Context::open(config(name).events(100_000)).expect("a context");
    let mut engine = ctx
        .engine::<R>(EngineConfig::default(), |mc| {
            let segment = |_| mc.alloc_tail((), SEGMENT, |_| Lock::new(None)).expect("no limit is set");
            Ring { segments: (0..MESSAGES.div_ceil(SEGMENT)).map(segment).collect() }
        })
        .expect("an engine");
    let mut times = vec![0_u32; STEPS];
    (0..3 * MESSAGES).for_each(|at| step(&mut engine, at));
    let before = ctx.stats();
    let begun = Instant::now();
    for (at, time) in times.iter_mut().enumerate() {
        let start = Instant::now();
        step(&mut engine, at);
        *time = u32::try_from(start.elapsed().as_nanos()).unwrap_or(u32::MAX);
    }
    let all = begun.elapsed();
    let stats = ctx.stats();
    eprint!(
        "  {:.0} ns a message; {} full and {} minor collections, {} slices; {} MiB in use; longest message {:.1?}",
        all.as_nanos() as f64 / STEPS as f64,
        stats.collections - before.collections,
        stats.minor_collections - before.minor_collections,
        stats.slices - before.slices,
        stats.bytes >> 20,
        nanos(*times.iter().max().expect("messages")),
    );
    for kind in [EventKind::Full, EventKind::Minor, EventKind::Mark, EventKind::Sweep] {
        let longest =
            ctx.events().iter().filter(|event| event.kind == kind).map(|event| event.duration).max();
        if let Some(longest) = longest {
            eprint!(", {kind:?} {longest:.1?}");
        }
    }
    eprintln!();
    let bytes: Vec<u8> = times.iter().flat_map(|time| time.to_le_bytes()).collect();
    std::io::stdout().write_all(&bytes).expect("somebody reads");
}

fn nanos(time: u32) -> Duration {
    Duration::from_nanos(time.into())
}

/// How many messages took less than each power of two of nanoseconds, and not less than the one before.
type Histogram = Vec<usize>;

fn measured(name: &str) -> Vec<u32> {
    let exe = std::env::current_exe().expect("the path of this program");
    let mut least: Vec<u32> = Vec::new();
    for _ in 0..RUNS {
        let output =
            Command::new(&exe).args(["--ring", name]).stderr(Stdio::inherit()).output().expect("a run");
        let times = output
            .stdout
            .chunks_exact(4)
            .map(|bytes| u32::from_le_bytes(bytes.try_into().expect("four bytes")));
        if least.is_empty() {
            least = times.collect();
        } else {
            least.iter_mut().zip(times).for_each(|(least, time)| *least = time.min(*least));
        }
    }
    assert_eq!(least.len(), STEPS, "a run that ended early");
    least
}

fn show(times: &mut [u32]) -> Histogram {
    times.sort_unstable();
    let mut counts: Histogram = vec![0; 32];
    for &time in times.iter() {
        counts[(time.max(1).ilog2() as usize + 1).min(31)] += 1;
    }
    for (bucket, &count) in counts.iter().enumerate().filter(|&(_, &count)| count > 0) {
        let bar = "#".repeat(1 + 2 * count.ilog2() as usize);
        println!("  < {:>9} {count:>9}  {bar}", format!("{:.1?}", Duration::from_nanos(1 << bucket)));
    }
    let at = |share: f64| nanos(times[((times.len() - 1) as f64 * share) as usize]);
    println!(
        "  median {:.1?}, 99 % {:.1?}, 99.9 % {:.1?}, 99.99 % {:.1?}, longest {:.1?}",
        at(0.5),
        at(0.99),
        at(0.999),
        at(0.9999),
        at(1.0)
    );
    counts
}

/// Prints a histogram for each configuration, and draws them if there is a file to draw them into.
pub fn run(svg: Option<&str>) {
    let mut panels = Vec::new();
    for name in NAMES {
        println!("\n{name}: {STEPS} messages, {MESSAGES} of them alive; the least of {RUNS} runs for each");
        let mut times = measured(name);
        let counts = show(&mut times);
        panels.push((name, counts, nanos(*times.last().expect("messages"))));
    }
    if let Some(file) = svg {
        std::fs::write(file, picture::draw(&panels)).expect("the picture is written");
        println!("\n{file} is written");
    }
}
