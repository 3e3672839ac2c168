//! Everything at once: panics, cancels, resizes, expiries, recycling, failing spawns; then the books must balance.
//!
//! `POOL_STRESS_JOBS=10000000 cargo test --release -p pool --test stress` runs so many jobs.

use pool::{
    After, Builder, JobCtx, JobEnd, Policy, Spawner, ThreadBody, ThreadHandle, ThreadSpawner, ThreadSpec,
};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

/// A small generator (Marsaglia's xorshift): the same run every time, as far as threads allow.
#[derive(Debug)]
struct Dice(AtomicU64);

impl Dice {
    fn roll(&self, sides: u64) -> u64 {
        let mut bits = self.0.load(SeqCst);
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        self.0.store(bits, SeqCst);
        bits % sides
    }
}

/// Every fourth thread does not start.
#[derive(Debug)]
struct Unreliable(Dice);

impl Spawner for Unreliable {
    fn spawn(&self, spec: ThreadSpec, body: ThreadBody) -> io::Result<Box<dyn ThreadHandle>> {
        if self.0.roll(4) == 0 {
            Err(io::ErrorKind::WouldBlock.into())
        } else {
            ThreadSpawner.spawn(spec, body)
        }
    }
}

/// Fails to start now and then, and answers `after` at random.
struct Moody(Arc<Dice>);

impl pool::Worker for Moody {
    type Config = Arc<Dice>;
    type Error = &'static str;

    fn start(dice: &Arc<Dice>, _: &pool::WorkerCtx) -> Result<Self, &'static str> {
        if dice.roll(8) == 0 { Err("moody") } else { Ok(Moody(dice.clone())) }
    }

    fn after(&mut self, _: &JobCtx<'_>, end: JobEnd) -> After {
        match (end, self.0.roll(100)) {
            (JobEnd::Panicked, _) | (_, 0) => After::Rebuild,
            (_, 1) => After::Retire,
            _ => After::Keep,
        }
    }
}

/// So many jobs: few under Miri; as many as `POOL_STRESS_JOBS` says, where it is set.
fn jobs() -> u64 {
    let asked = std::env::var("POOL_STRESS_JOBS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(if cfg!(miri) { 60 } else { 12_000 })
}

#[test]
fn nothing_is_lost() {
    let jobs = jobs() / 3;
    let dice = Arc::new(Dice(AtomicU64::new(88_172_645_463_325_252)));
    let pool = Builder::<Moody>::with_config(dice.clone())
        .max_workers(3)
        .queue(16)
        .spawner(Unreliable(Dice(AtomicU64::new(4_101_842_887_655_102_017))))
        .back_off(6, Duration::from_micros(1), Duration::from_micros(8))
        .recycle_after_jobs(50)
        .recycle_jitter(50)
        .policy(Policy::Block(Duration::from_secs(3600)))
        .build()
        .expect("nothing is spawned yet");
    let (ran, accepted) = (Arc::new(AtomicU64::new(0)), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..jobs {
                    let counter = ran.clone();
                    let boom = dice.roll(50) == 0;
                    let job = move |_: &mut Moody, _: &JobCtx<'_>| {
                        counter.fetch_add(1, SeqCst);
                        if boom {
                            std::panic::resume_unwind(Box::new("boom")); // without the noise of the panic hook
                        }
                    };
                    if dice.roll(2) == 0 {
                        accepted.fetch_add(pool.execute(job).is_ok().into(), SeqCst);
                        continue;
                    }
                    let Ok(ticket) = pool.submit(job) else { continue };
                    accepted.fetch_add(1, SeqCst);
                    match dice.roll(64) {
                        0..16 => drop(ticket.cancel_on_drop()),
                        16..40 => ticket.detach(),
                        40 => drop(pool.expire_idle()),
                        41 => drop(pool.cancel_running()),
                        // A thread that does not start is one of the events of this test.
                        42 => drop(pool.resize(0, 1 + dice.roll(3) as usize, 1 + dice.roll(16) as usize)),
                        43..46 => drop(ticket.wait()),
                        _ => drop(ticket),
                    }
                }
            });
        }
    });
    let report = pool.drain(Duration::MAX);
    assert!(report.complete, "{report:?}");
    let ledger = pool.close().ledger;
    let metrics = pool.metrics();
    println!("{:?}\n{ledger:?}", metrics.counts);
    assert!(ledger.balanced(), "{ledger:?}");
    let counts = metrics.counts;
    assert_eq!(counts.accepted, counts.ended(), "{counts:?}");
    assert_eq!(counts.accepted, accepted.load(SeqCst));
    assert_eq!(counts.accepted + counts.refused, 3 * jobs);
    assert_eq!(counts.returned + counts.panicked, ran.load(SeqCst));
    assert_eq!(metrics.service_time.count(), ran.load(SeqCst));
    assert!(metrics.peak_live <= 3 && metrics.live == 0);
}
