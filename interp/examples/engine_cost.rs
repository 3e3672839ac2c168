//! What an engine costs: open, run `1+1`, close; the bytes of an idle one, and its share of the process's resident memory
//! when a thousand are alive on one thread.
//!
//! `cargo run --release -p interp --example engine_cost`

use std::time::Instant;

use interp::{Engine, Script};

const ROUNDS: usize = 2_000;
const ALIVE: usize = 1_000;

/// The process's resident memory in bytes, where the system tells it as Linux does.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok()? << 10)
}

fn main() -> Result<(), interp::Error> {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let script = Script::compile("sum", "1+1")?;
    let mut times = Vec::with_capacity(ROUNDS);
    let mut bytes = 0;
    for _ in 0..ROUNDS {
        #[expect(clippy::disallowed_methods, reason = "this example measures")]
        let start = Instant::now();
        let mut engine = Engine::builder().open(&context)?;
        engine.run(&script)?;
        bytes = engine.heap_bytes();
        engine.close();
        times.push(start.elapsed());
    }
    times.sort();
    println!(
        "open + run 1+1 + close: median {:?}, 99th percentile {:?}",
        times[ROUNDS / 2],
        times[ROUNDS / 100 * 99]
    );
    println!("heap of an idle engine: {bytes} bytes");
    let before = resident();
    let mut alive = Vec::with_capacity(ALIVE);
    for _ in 0..ALIVE {
        let mut engine = Engine::builder().open(&context)?;
        engine.run(&script)?;
        alive.push(engine);
    }
    if let (Some(before), Some(after)) = (before, resident()) {
        println!("resident memory of an idle engine, {ALIVE} alive: {} bytes", (after - before) / ALIVE);
    }
    for engine in alive {
        engine.close();
    }
    context.close().expect("no engine is open");
    Ok(())
}
