//! The set of workers: resizing, prestarting, recycling, jobs for one worker or for all, slow jobs, scopes, and jobs
//! that wait on their own pool.

use pool::{Builder, JobError, JobOptions, ManualClock, Pool, Refusal};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::time::Duration;

fn occupy(pool: &Pool) -> mpsc::Sender<()> {
    let (release, gate) = mpsc::channel::<()>();
    let (started, running) = mpsc::channel();
    pool.submit(move |_, _| (started.send(()), gate.recv().is_ok()).1).expect("a worker is free").detach();
    running.recv().expect("it runs");
    release
}

#[test]
fn a_pool_shrinks_by_its_idle_workers_and_grows_for_what_waits() {
    let pool = Builder::<()>::new().max_workers(4).keep_alive(None).build().expect("valid");
    pool.prestart(9).expect("as many as there may be");
    pool.broadcast(|_, _| ()).into_iter().for_each(|ticket| ticket.wait().expect("it ran"));
    let metrics = pool.metrics();
    assert_eq!((metrics.live, metrics.idle), (4, 4));
    pool.resize(0, 1, 8).expect("valid");
    let release = occupy(&pool);
    let meeting = Arc::new(Barrier::new(2));
    let meet = || {
        let meeting = meeting.clone();
        pool.submit(move |_, _| meeting.wait().is_leader()).expect("room")
    };
    let (one, two) = (meet(), meet());
    assert_eq!(pool.metrics().queued, 2);
    pool.resize(0, 3, 8).expect("valid");
    assert_ne!(one.wait().expect("it ran"), two.wait().expect("two were started for them"));
    drop(release);
    assert!(pool.resize(2, 1, 8).is_err() && pool.resize(0, 0, 8).is_err());
    assert!(pool.close().ledger.balanced());
}

#[test]
fn a_busy_worker_too_many_stops_after_its_job() {
    let pool = Builder::<()>::new().max_workers(2).queue(4).keep_alive(None).build().expect("valid");
    let releases = [occupy(&pool), occupy(&pool)];
    let queued = pool.submit(|_, _| ()).expect("room");
    pool.resize(0, 1, 4).expect("valid");
    drop(releases);
    queued.wait().expect("the other one serves it");
    pool.submit(|_, _| ()).expect("room").wait().expect("it ran");
    assert!(pool.drain(Duration::MAX).complete);
    assert_eq!(pool.close().ledger.threads_started, 2);
}

#[test]
fn workers_are_recycled_by_count_and_age() {
    let clock = Arc::new(ManualClock::new());
    let builder = Builder::<()>::new().max_workers(1).clock(clock.clone()).keep_alive(None);
    let pool = builder.recycle_after_jobs(3).recycle_after(Duration::from_secs(60)).build().expect("valid");
    let run = || pool.submit(|_, ctx| ctx.worker()).expect("room").wait().expect("it ran");
    let first = [run(), run(), run()];
    let second = run();
    assert!(first.iter().all(|&worker| worker == first[0]) && second != first[0]);
    clock.advance(Duration::from_secs(60));
    assert_eq!(run(), second, "it is looked at after a job");
    assert_ne!(run(), second);
    assert_eq!(pool.metrics().counts.recycled, 2);
    assert!(pool.close().ledger.balanced());
}

#[test]
fn workers_are_recycled_in_place() {
    let clock = Arc::new(ManualClock::new());
    let builder =
        Builder::<()>::new().max_workers(1).clock(clock.clone()).keep_alive(None).recycle_in_place(true);
    let pool = builder.recycle_after_jobs(3).recycle_after(Duration::from_secs(60)).build().expect("valid");
    let run = || pool.submit(|_, _| std::thread::current().id()).expect("room").wait().expect("it ran");
    let first = run();
    assert!((0..6).all(|_| run() == first), "the thread is kept");
    assert_eq!(pool.metrics().counts.recycled, 2, "after the third and the sixth job");
    // The new state is as old as itself.
    clock.advance(Duration::from_secs(59));
    assert_eq!((run(), pool.metrics().counts.recycled), (first, 2));
    clock.advance(Duration::from_secs(1));
    assert_eq!((run(), pool.metrics().counts.recycled), (first, 3));
    // Not before this one has run is it certain that the fourth state was started: a close may come first.
    assert_eq!(run(), first);
    let ledger = pool.close().ledger;
    assert!(ledger.balanced() && (ledger.threads_started, ledger.states_started) == (1, 4), "{ledger:?}");
    let counts = pool.metrics().counts;
    assert_eq!((counts.rebuilt, counts.retired), (3, 0));
}

#[test]
fn a_job_for_one_worker() {
    let pool = Builder::<()>::new().max_workers(2).queue(1).keep_alive(None).build().expect("valid");
    pool.prestart(2).expect("threads");
    let ids = pool.broadcast(|_, ctx| ctx.worker()).into_iter().map(|ticket| ticket.wait().expect("it ran"));
    let ids: Vec<_> = ids.collect();
    for &id in &ids {
        assert_eq!(pool.submit_to(id, |_, ctx| ctx.worker()).expect("idle").wait().expect("it ran"), id);
    }
    let (started, running) = mpsc::channel();
    let (release, gate) = mpsc::channel::<()>();
    let busy = pool.submit_to(ids[0], move |_, _| (started.send(()), gate.recv().is_ok()).1).expect("idle");
    running.recv().expect("it runs");
    let waits = pool.submit_to(ids[0], |_, ctx| ctx.worker()).expect("a place of its own");
    let cancelled = pool.submit_to(ids[0], |_, _| ()).expect_err("one place");
    assert!(matches!(cancelled.reason, Refusal::Full));
    pool.submit(|_, _| ()).expect("the other is idle").wait().expect("it ran");
    drop(release);
    assert_eq!(waits.wait().expect("it ran"), ids[0]);
    assert!(!busy.wait().expect("it ran"));
    assert_eq!(pool.expire_idle(), 2);
    let refused = pool.submit_to(ids[1], |_, _| ()).expect_err("it is gone, or about to go");
    assert!(matches!(refused.reason, Refusal::NoSuchWorker), "{refused:?}");
    assert!(pool.close().ledger.balanced());
    let counts = pool.metrics().counts;
    assert_eq!(counts.accepted, counts.ended());
}

#[test]
fn what_waits_for_one_worker_is_returned_by_close() {
    let pool = Builder::<()>::new().max_workers(1).build().expect("valid");
    let release = occupy(&pool);
    let id = pool.metrics().workers[0].id;
    let ticket = pool.submit_to(id, |_, _| 5).expect("a place of its own");
    let report = pool.drain(Duration::ZERO);
    assert_eq!(report.undone.len(), 1);
    drop(release);
    drop(report);
    assert!(matches!(ticket.wait(), Err(JobError::Abandoned)));
    assert!(pool.close().ledger.balanced());
}

#[test]
fn slow_jobs_are_told_of() {
    let clock = Arc::new(ManualClock::new());
    let told = Arc::new(Mutex::new(Vec::new()));
    let (log, inside) = (told.clone(), clock.clone());
    let pool = Builder::<()>::new()
        .max_workers(1)
        .clock(clock.clone())
        .on_slow(Duration::from_secs(1), move |job| {
            log.lock().expect("not poisoned").push((job.label.map(str::to_owned), job.ran_for));
            std::panic::resume_unwind(Box::new("a hook may panic"));
        })
        .build()
        .expect("valid");
    pool.submit(|_, _| ()).expect("room").wait().expect("it ran");
    let options = JobOptions::new().label("slow");
    pool.submit_with(options, move |_, _| inside.advance(Duration::from_secs(3)))
        .expect("room")
        .wait()
        .expect("it ran");
    assert_eq!(*told.lock().expect("not poisoned"), [(Some("slow".to_owned()), Duration::from_secs(3))]);
    assert_eq!(pool.metrics().counts.hook_panics, 1);
    let release = occupy(&pool);
    clock.advance(Duration::from_secs(5));
    let slow = pool.slow(Duration::from_secs(2));
    assert_eq!((slow.len(), slow[0].lasting), (1, Duration::from_secs(5)));
    assert!(pool.slow(Duration::from_secs(6)).is_empty());
    drop(release);
}

#[test]
fn cancelling_everything_reaches_jobs_without_a_ticket() {
    let pool = Pool::new();
    let (started, running) = mpsc::channel();
    let (tell, told) = mpsc::channel();
    pool.execute(move |_, ctx| {
        let (interrupt, interrupted) = mpsc::channel();
        ctx.on_cancel(move || interrupt.send(()).expect("the job waits"));
        started.send(()).expect("the test waits");
        interrupted.recv().expect("the hook is called");
        tell.send(ctx.cancelled()).expect("the test waits");
    })
    .expect("room");
    running.recv().expect("it runs");
    assert_eq!(pool.cancel_running(), 1);
    assert!(told.recv().expect("it ends"));
    assert!(!pool.submit(|_, ctx| ctx.cancelled()).expect("room").wait().expect("it ran"), "only what ran");
}

#[test]
fn scoped_jobs_borrow_and_are_over_when_the_scope_is() {
    let pool = Builder::<()>::new().max_workers(2).build().expect("valid");
    let (ran, mut numbers) = (AtomicUsize::new(0), vec![1, 2, 3, 4]);
    let sum = pool.scope(|scope| {
        for number in &mut numbers {
            let ran = &ran;
            drop(scope.submit(move |_, _| {
                *number *= 2;
                ran.fetch_add(1, SeqCst);
            }));
        }
        let panicked = scope.submit(|_, _| -> i32 { std::panic::resume_unwind(Box::new("to its ticket")) });
        assert!(matches!(panicked.expect("room").wait(), Err(JobError::Panicked(_))));
        scope.submit(|_, _| 5).expect("room").wait().expect("it ran")
    });
    assert_eq!((ran.load(SeqCst), sum, numbers), (4, 5, vec![2, 4, 6, 8]));
    // A refused job comes back, borrow and all, and the scope does not wait for it.
    drop(pool.close());
    let text = String::from("borrowed");
    let length = pool.scope(|scope| {
        let refused = scope.submit(|_, _| text.len()).expect_err("closed");
        assert!(matches!(refused.reason, Refusal::Closed));
        let _ = refused.job;
        text.len()
    });
    assert_eq!(length, 8);
}

#[test]
fn a_scope_whose_body_panics_still_waits() {
    let pool = Builder::<()>::new().max_workers(1).build().expect("valid");
    let ran = AtomicUsize::new(0);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        pool.scope(|scope| {
            drop(scope.submit(|_, _| ran.fetch_add(1, SeqCst)));
            std::panic::resume_unwind(Box::new("the body's"));
        })
    }));
    assert!(result.is_err());
    assert_eq!(ran.load(SeqCst), 1);
}

#[test]
fn a_scope_on_its_own_full_pool_is_not_a_deadlock() {
    let pool = Arc::new(Builder::<()>::new().max_workers(1).build().expect("valid"));
    let same = pool.clone();
    let ticket = pool.submit(move |_, _| {
        let ran = AtomicUsize::new(0);
        same.scope(|scope| drop(scope.submit(|_, _| ran.fetch_add(1, SeqCst))));
        ran.load(SeqCst)
    });
    assert_eq!(ticket.expect("room").wait().expect("it ran"), 0, "nobody could run it: it was cancelled");
    assert_eq!(pool.metrics().counts.deadlocks, 1);
}

#[test]
fn jobs_may_wait_for_each_other_while_one_can_get_on() {
    let pool = Arc::new(Builder::<()>::new().max_workers(2).build().expect("valid"));
    let same = pool.clone();
    let outer = pool.submit(move |_, _| same.submit(|_, _| 7).expect("room").wait()).expect("room");
    assert_eq!(outer.wait().expect("it ran").expect("another worker runs it"), 7);
    assert_eq!(pool.metrics().counts.deadlocks, 0);
}

#[test]
fn two_jobs_that_wait_on_their_own_full_pool_are_told() {
    let pool = Arc::new(Builder::<()>::new().max_workers(2).build().expect("valid"));
    let meeting = Arc::new(Barrier::new(2));
    let outer = || {
        let (same, meeting) = (pool.clone(), meeting.clone());
        pool.submit(move |_, _| {
            meeting.wait();
            same.submit(|_, _| ()).expect("room").wait()
        })
        .expect("room")
    };
    let (one, two) = (outer(), outer());
    let outcomes = [one.wait().expect("it ran"), two.wait().expect("it ran")];
    let told = outcomes.iter().filter(|outcome| matches!(outcome, Err(JobError::Deadlock))).count();
    assert_eq!(told, 1, "the last to wait is told, and frees its worker for the other: {outcomes:?}");
}

#[test]
fn threads_bear_the_name_they_are_given_and_the_workers_number() {
    let builder = Builder::<()>::new().max_workers(2).name("codec").stack_size(256 << 10);
    let pool = builder.build().expect("valid");
    pool.prestart(2).expect("threads");
    let tickets = pool.broadcast(|_, ctx| (std::thread::current().name().map(str::to_owned), ctx.worker()));
    let names: Vec<_> = tickets.into_iter().map(|ticket| ticket.wait().expect("it ran")).collect();
    assert_eq!(names.len(), 2);
    assert!(names.iter().all(|(name, id)| *name == Some(format!("codec-{id}"))), "{names:?}");
    assert_ne!(names[0], names[1]);
}

#[test]
fn without_timing_everything_is_counted_and_nothing_timed() {
    let clock = Arc::new(ManualClock::new());
    let builder = Builder::<()>::new().max_workers(1).clock(clock.clone());
    let pool = builder.timed(false).build().expect("valid");
    let wait = pool.submit(move |_, ctx| (clock.advance(Duration::from_secs(1)), ctx.queued_for()).1);
    assert_eq!(wait.expect("room").wait().expect("it ran"), Duration::ZERO);
    let panicked = pool.submit(|_, _| -> () { std::panic::resume_unwind(Box::new("counted all the same")) });
    assert!(matches!(panicked.expect("room").wait(), Err(JobError::Panicked(_))));
    let metrics = pool.metrics();
    assert_eq!((metrics.counts.returned, metrics.counts.panicked), (1, 1));
    assert_eq!((metrics.queue_wait.count(), metrics.service_time.count()), (0, 0));
    // What is decided by time is timed, whatever was asked for.
    let pool = Builder::<()>::new().timed(false).on_slow(Duration::MAX, |_| {}).build().expect("valid");
    pool.submit(|_, _| ()).expect("room").wait().expect("it ran");
    assert_eq!(pool.metrics().service_time.count(), 1);
}
