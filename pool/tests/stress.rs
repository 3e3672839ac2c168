//! Everything at once: panics, cancels, expiries, recycling, failing spawns; then the books must balance.

use pool::{
    After, Builder, JobCtx, JobEnd, Policy, Spawner, ThreadBody, ThreadHandle, ThreadSpawner, ThreadSpec,
};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
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
        match (end, self.0.roll(16)) {
            (JobEnd::Panicked, _) | (_, 0) => After::Rebuild,
            (_, 1) => After::Retire,
            _ => After::Keep,
        }
    }
}

#[test]
fn nothing_is_lost() {
    let jobs = if cfg!(miri) { 20 } else { 4000 };
    let dice = Arc::new(Dice(AtomicU64::new(88_172_645_463_325_252)));
    let pool = Builder::<Moody>::with_config(dice.clone())
        .max_workers(3)
        .queue(4)
        .spawner(Unreliable(Dice(AtomicU64::new(4_101_842_887_655_102_017))))
        .back_off(6, Duration::from_micros(1), Duration::from_micros(8))
        .policy(Policy::Block(Duration::from_secs(3600)))
        .build()
        .expect("nothing is spawned yet");
    let (ran, ended) = (Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..jobs {
                    let counter = ran.clone();
                    let boom = dice.roll(10) == 0;
                    let submitted = pool.submit(move |_, _| {
                        counter.fetch_add(1, SeqCst);
                        if boom {
                            std::panic::resume_unwind(Box::new("boom")); // without the noise of the panic hook
                        }
                    });
                    let Ok(ticket) = submitted else { continue };
                    match dice.roll(8) {
                        0 => drop(ticket.cancel_on_drop()),
                        1 => ticket.detach(),
                        2 => drop(pool.expire_idle()),
                        _ => drop(ticket.wait()),
                    }
                    ended.fetch_add(1, SeqCst);
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
    assert_eq!(counts.accepted, ended.load(SeqCst) as u64);
    assert_eq!(counts.accepted + counts.refused, 3 * jobs as u64);
    assert_eq!(counts.returned + counts.panicked, ran.load(SeqCst) as u64);
    assert!(metrics.peak_live <= 3 && metrics.live == 0);
}
