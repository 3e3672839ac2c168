//! Overload, ours alone: `cargo run --release --manifest-path pool/bench/Cargo.toml -- overload`.
//!
//! Eight workers, jobs that block for a millisecond. First the peak: a submitter that waits for a place. Then ten times
//! that is offered for three seconds, at an even pace, whatever becomes of it, to a pool that sheds. Goodput is what
//! ran; waits are those of the jobs that ran, after the first half second, in which the overload is found out.

use pool::{Builder, JobCtx, Policy, Pool, Refusal, Shedding};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const WORKERS: usize = 8;
const JOB: Duration = Duration::from_millis(1);

fn builder() -> Builder<()> {
    Builder::<()>::new().max_workers(WORKERS).min_workers(WORKERS).queue(1024)
}

fn goodput(pool: &Pool, since: u64, begun: Instant) -> f64 {
    (pool.metrics().counts.returned - since) as f64 / begun.elapsed().as_secs_f64()
}

fn micros(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at =
        |share: usize| times.get(times.len() * share / 1000).copied().unwrap_or_default().as_secs_f64() * 1e6;
    format!("p50 {:.1}, p99 {:.1}, p99.9 {:.1} µs of {}", at(500), at(990), at(999), times.len())
}

pub fn run() {
    let peak = {
        let pool = builder().policy(Policy::Block(Duration::MAX)).build().expect("valid");
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(3) {
            pool.execute(|_, _| std::thread::sleep(JOB)).expect("a place comes free");
        }
        goodput(&pool, 0, begun)
    };
    println!("peak: {peak:.0} jobs/s");

    let pool = builder().shedding(Shedding::default()).build().expect("valid");
    let waits = Arc::new(Mutex::new(Vec::new()));
    let gap = Duration::from_secs_f64(0.1 / peak);
    let (mut refusals, mut offered) = (Vec::new(), 0_u32);
    let (begun, settled) = (Instant::now(), Duration::from_millis(500));
    let (mut since, mut measured) = (None, begun);
    while begun.elapsed() < Duration::from_secs(3) {
        if gap * offered > begun.elapsed() {
            std::hint::spin_loop();
            continue;
        }
        if since.is_none() && begun.elapsed() > settled {
            measured = Instant::now();
            since = Some(pool.metrics().counts.returned);
        }
        offered += 1;
        let log = since.is_some().then(|| waits.clone());
        let job = move |_: &mut (), ctx: &JobCtx<'_>| {
            std::thread::sleep(JOB);
            if let Some(log) = log {
                log.lock().expect("not poisoned").push(ctx.queued_for());
            }
        };
        let asked = Instant::now();
        if let Err(refused) = pool.submit(job).map(pool::Ticket::detach) {
            refusals.push(asked.elapsed());
            assert!(matches!(refused.reason, Refusal::Full), "{refused:?}");
            drop(refused.job);
        }
    }
    let served = goodput(&pool, since.unwrap_or(0), measured);
    let counts = pool.metrics().counts;
    println!("offered: {:.0} jobs/s", f64::from(offered) / begun.elapsed().as_secs_f64());
    println!("goodput: {served:.0} jobs/s, {:.1} % of the peak", 100.0 * served / peak);
    println!("queue wait of what ran: {}", micros(&mut waits.lock().expect("not poisoned")));
    println!("refusals, the job handed back: {}", micros(&mut refusals));
    println!("accepted {}, shed {}, refused {}", counts.accepted, counts.shed, counts.refused);
    let report = pool.close();
    println!("{:?}", report.ledger);
}
