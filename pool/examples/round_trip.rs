//! How long a job takes there and back, and how many empty jobs go through: `cargo run --release -p pool --example round_trip`.

use pool::{Builder, Pool};
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("round trip, p50 / p99:");
    for (name, spin, pause) in
        [("hot, spinning", 500, 0), ("hot, no spinning", 0, 0), ("after 300 us idle", 500, 300)]
    {
        let pool = Builder::<()>::new().max_workers(2).spin(Duration::from_micros(spin)).build()?;
        let (p50, p99) = round_trips(&pool, if pause == 0 { 100_000 } else { 3_000 }, pause);
        println!("  {name:18} {p50:>8.1?} / {p99:.1?}");
    }
    let pool = Builder::<()>::new().max_workers(2).queue(1 << 20).build()?;
    const JOBS: u32 = 1_000_000;
    let begun = Instant::now();
    for _ in 0..JOBS {
        pool.execute(|_, _| ())?;
    }
    assert!(pool.drain(Duration::MAX).complete);
    println!(
        "throughput, one producer: {:.2} million jobs/s",
        f64::from(JOBS) / 1e6 / begun.elapsed().as_secs_f64()
    );
    println!("{:?}", pool.close().ledger);
    Ok(())
}

/// Submits and waits, so many times, with a pause in between; median and 99th percentile.
fn round_trips(pool: &Pool, count: usize, pause_us: u64) -> (Duration, Duration) {
    let mut times: Vec<_> = (0..count)
        .map(|_| {
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_micros(pause_us) {
                std::hint::spin_loop();
            }
            let begun = Instant::now();
            pool.submit(|_, _| ()).expect("the worker is idle").wait().expect("it cannot fail");
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    (times[count / 2], times[count * 99 / 100])
}
