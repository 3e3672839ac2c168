//! What an engine costs: open, run `1+1`, close; and the bytes of an idle one.
//!
//! `cargo run --release -p interp --example engine_cost`

use std::time::Instant;

use interp::{Engine, Script};

const ROUNDS: usize = 2_000;

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
    context.close().expect("no engine is open");
    Ok(())
}
