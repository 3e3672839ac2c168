//! Submitting: results, refusals that hand the job back, growth, tickets.

use pool::{Builder, JobError, Policy, Pool, Refusal};
use std::sync::{Arc, Barrier, mpsc};
use std::time::Duration;

#[test]
fn results_come_back() {
    let pool = Pool::new();
    let count = if cfg!(miri) { 8 } else { 200 };
    let tickets: Vec<_> = (0..count).map(|n| pool.submit(move |_, _| n * 2).expect("room")).collect();
    for (n, ticket) in tickets.into_iter().enumerate() {
        assert_eq!(ticket.wait().expect("it ran"), n * 2);
    }
    let report = pool.close();
    assert!(report.undone.is_empty() && report.ledger.balanced(), "{report:?}");
    let counts = pool.metrics().counts;
    assert_eq!((counts.accepted, counts.returned), (count as u64, count as u64));
}

#[test]
fn a_waiting_submitter_reuses_its_worker() {
    let pool = Builder::<()>::new().max_workers(4).build().expect("valid");
    for n in 0..20 {
        assert_eq!(pool.submit(move |_, _| n).expect("room").wait().expect("it ran"), n);
    }
    assert_eq!(pool.metrics().peak_live, 1, "the worker is idle before its ticket resolves");
}

#[test]
fn a_refused_job_comes_back_by_value() {
    let pool = Builder::<()>::new().max_workers(1).queue(0).build().expect("valid");
    let (release, gate) = mpsc::channel::<()>();
    let (started, running) = mpsc::channel();
    let busy = pool.submit(move |_, _| (started.send(()), gate.recv().is_ok()).1).expect("a worker starts");
    running.recv().expect("it runs");
    let treasure = String::from("abc");
    let refused = pool.submit(move |_, _| treasure.len()).expect_err("no room");
    assert!(matches!(refused.reason, Refusal::Full), "{refused:?}");
    release.send(()).expect("it waits");
    assert!(busy.wait().expect("it ran"));
    assert_eq!(pool.submit(refused.job).expect("room now").wait().expect("it ran"), 3);
    assert_eq!(pool.metrics().counts.refused, 1);
}

#[test]
fn blocking_waits_for_a_place() {
    let pool = Builder::<()>::new()
        .max_workers(1)
        .queue(1)
        .policy(Policy::Block(Duration::from_secs(3600)))
        .build()
        .expect("valid");
    let jobs: Vec<_> = (0..10).map(|n| pool.submit(move |_, _| n).expect("a place comes free")).collect();
    let sum: i32 = jobs.into_iter().map(|ticket| ticket.wait().expect("it ran")).sum();
    assert_eq!(sum, 45);
}

#[test]
fn a_block_of_no_time_times_out() {
    let pool = Builder::<()>::new().max_workers(1).queue(0).policy(Policy::Block(Duration::ZERO));
    let pool = pool.build().expect("valid");
    let (release, gate) = mpsc::channel::<()>();
    let (started, running) = mpsc::channel();
    let busy = pool.submit(move |_, _| (started.send(()), gate.recv().is_ok()).1).expect("a worker starts");
    running.recv().expect("it runs");
    assert!(matches!(pool.submit(|_, _| ()).expect_err("no room").reason, Refusal::TimedOut));
    drop(release);
    assert!(!busy.wait().expect("it ran"));
}

#[test]
fn it_grows_before_it_queues() {
    let pool = Builder::<()>::new().max_workers(3).build().expect("valid");
    let barrier = Arc::new(Barrier::new(3));
    let meet = || {
        let barrier = barrier.clone();
        pool.submit(move |_, _| barrier.wait().is_leader()).expect("room")
    };
    let leaders = [meet(), meet(), meet()].map(|ticket| ticket.wait().expect("it ran"));
    assert_eq!(leaders.iter().filter(|&&leader| leader).count(), 1);
}

#[test]
fn a_panic_goes_to_the_ticket() {
    let pool = Builder::<()>::new().max_workers(1).build().expect("valid");
    let error = pool.submit(|_, _| panic!("no such table")).expect("room").wait().expect_err("it panicked");
    match error {
        JobError::Panicked(payload) => assert_eq!(payload.message(), "no such table"),
        other => panic!("{other}"),
    }
    assert_eq!(pool.submit(|_, _| 1).expect("room").wait().expect("it ran"), 1);
    let counts = pool.metrics().counts;
    assert_eq!((counts.panicked, counts.returned, counts.rebuilt), (1, 1, 1));
}

#[test]
fn a_zero_wait_only_looks() {
    let pool = Builder::<()>::new().max_workers(1).build().expect("valid");
    let (release, gate) = mpsc::channel::<()>();
    let ticket = pool.submit(move |_, _| gate.recv().is_ok()).expect("room");
    let ticket = ticket.wait_timeout(Duration::ZERO).expect_err("it is still running");
    release.send(()).expect("it waits");
    assert!(ticket.wait().expect("it ran"));
}
