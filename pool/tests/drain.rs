//! Draining and closing: reports, undone jobs, the ledger, bad input to the builder, failing spawns.

use pool::{
    Activity, BuildError, Builder, JobError, ManualClock, Phase, Pool, Refusal, Spawner, ThreadBody,
    ThreadHandle, ThreadSpawner, ThreadSpec,
};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::time::Duration;

#[test]
fn a_drain_finishes_what_was_accepted() {
    let pool = Builder::<()>::new().max_workers(2).build().expect("valid");
    let tickets: Vec<_> = (0..20).map(|n| pool.submit(move |_, _| n).expect("room")).collect();
    let report = pool.drain(Duration::MAX);
    assert!(report.complete && report.undone.is_empty() && report.running.is_empty());
    assert!(tickets.iter().all(pool::Ticket::is_done));
    assert_eq!(tickets.into_iter().map(|ticket| ticket.wait().expect("it ran")).sum::<i32>(), 190);
    assert!(matches!(pool.submit(|_, _| ()).expect_err("no more").reason, Refusal::Draining));
    assert_eq!(pool.metrics().phase, Phase::Draining);
    assert!(pool.close().ledger.balanced());
    assert!(matches!(pool.submit(|_, _| ()).expect_err("no more").reason, Refusal::Closed));
}

#[test]
fn a_drain_out_of_time_returns_the_undone_jobs_and_they_run_elsewhere() {
    let pool = Builder::<()>::new().max_workers(1).clock(ManualClock::new()).build().expect("valid");
    let (release, gate) = mpsc::channel::<()>();
    let (started, running) = mpsc::channel();
    let options = pool::JobOptions::new().label("slow");
    let busy =
        pool.submit_with(options, move |_, _| (started.send(()), gate.recv().is_ok()).1).expect("room");
    running.recv().expect("it runs");
    let kept = pool.submit(|_, _| "kept").expect("room");
    let dropped = pool.submit(|_, _| "dropped").expect("room");
    let cancelled = pool.submit(|_, _| "cancelled").expect("room");
    let mut report = pool.drain(Duration::ZERO);
    assert!(!report.complete);
    assert_eq!((report.running.len(), report.running[0].activity), (1, Activity::Busy));
    assert_eq!(report.running[0].label.as_deref(), Some("slow"));
    assert_eq!(report.undone.len(), 3);
    let other = Pool::new();
    other.resubmit(report.undone.remove(0)).expect("room");
    assert_eq!(kept.wait().expect("it ran elsewhere"), "kept");
    cancelled.cancel();
    drop(report);
    assert!(matches!(dropped.wait(), Err(JobError::Abandoned)));
    assert!(matches!(cancelled.wait(), Err(JobError::Cancelled)));
    drop(release);
    let report = pool.close();
    assert!(report.ledger.balanced(), "{report:?}");
    assert!(!busy.wait().expect("it ran"));
    let counts = pool.metrics().counts;
    assert_eq!((counts.accepted, counts.ended(), counts.undone), (4, 4, 3));
}

#[test]
fn a_job_may_close_and_drop_its_own_pool() {
    let pool = Arc::new(Pool::new());
    let inside = pool.clone();
    let ticket =
        pool.submit(move |_, _| (inside.drain(Duration::MAX).complete, inside.close().ledger.live_states()));
    assert_eq!(ticket.expect("room").wait().expect("it does not wait for itself"), (true, 1));
    assert!(pool.close().ledger.balanced());
}

#[test]
fn impossible_numbers_are_errors() {
    assert!(matches!(Builder::<()>::new().max_workers(0).build(), Err(BuildError::NoWorkers)));
    let error = Builder::<()>::new().max_workers(1).min_workers(2).build().expect_err("impossible");
    assert_eq!(error.to_string(), "min_workers (2) is larger than max_workers (1)");
}

/// Starts so many threads and no more.
#[derive(Debug)]
struct Only(AtomicUsize);

impl Spawner for Only {
    fn spawn(&self, spec: ThreadSpec, body: ThreadBody) -> io::Result<Box<dyn ThreadHandle>> {
        if self.0.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_err() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        ThreadSpawner.spawn(spec, body)
    }
}

#[test]
fn a_failing_spawn_hands_the_job_back() {
    let pool =
        Builder::<()>::new().spawner(Only(AtomicUsize::new(0))).build().expect("nothing is spawned yet");
    let refused = pool.submit(|_, _| 9).expect_err("no thread");
    assert!(matches!(refused.reason, Refusal::Spawn(_)), "{refused:?}");
    let other = Pool::new();
    assert_eq!(other.submit(refused.job).expect("room").wait().expect("the very same job"), 9);
    let metrics = pool.metrics();
    assert_eq!((metrics.counts.accepted, metrics.counts.refused, metrics.counts.spawn_failures), (0, 1, 1));
    assert!(pool.close().ledger.balanced());
}

#[test]
fn a_failing_spawn_with_other_workers_queues_the_job() {
    let spawner = Arc::new(Only(AtomicUsize::new(1)));
    let pool = Builder::<()>::new().max_workers(4).queue(4).spawner(spawner).build().expect("valid");
    let (release, gate) = mpsc::channel::<()>();
    let (started, running) = mpsc::channel();
    let busy = pool.submit(move |_, _| (started.send(()), gate.recv().is_ok()).1).expect("the one thread");
    running.recv().expect("it runs");
    let queued = pool.submit(|_, _| 1).expect("served by the one worker there is");
    assert_eq!(pool.metrics().counts.spawn_failures, 1);
    drop(release);
    assert!(!busy.wait().expect("it ran"));
    assert_eq!(queued.wait().expect("it ran"), 1);
}

#[test]
fn a_failing_spawn_at_build_joins_what_was_started() {
    let error = Builder::<()>::new().max_workers(3).min_workers(3).spawner(Only(AtomicUsize::new(2))).build();
    assert!(matches!(error, Err(BuildError::Spawn(_))));
}

#[test]
#[cfg_attr(miri, ignore = "miri does not model stack sizes")]
fn absurd_threads_are_refused_with_the_job() {
    let stack = Builder::<()>::new().stack_size(usize::MAX / 2).build().expect("nothing is spawned yet");
    let name = Builder::<()>::new().name("zero \0 byte").build().expect("nothing is spawned yet");
    for pool in [stack, name] {
        let refused = pool.submit(|_, _| ()).expect_err("no such thread");
        assert!(matches!(refused.reason, Refusal::Spawn(_)), "{refused:?}");
        assert!(pool.close().ledger.balanced());
    }
}
