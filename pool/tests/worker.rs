//! A worker's life: start, before, after, stop; recycling; panics in every hook; back-off; thread-local order.

use pool::{
    After, Builder, Health, JobCtx, JobEnd, JobError, ManualClock, Policy, Pool, Refusal, StopReason, Worker,
    WorkerCtx,
};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Writes down what happens to it, and does what it is told.
struct Diary {
    config: Arc<Script>,
    _not_send: Rc<RefCell<u32>>,
}

#[derive(Default)]
struct Script {
    lines: Mutex<Vec<String>>,
    after: Mutex<Vec<After>>,
    failing_starts: AtomicUsize,
    panic_in: &'static str,
}

impl Script {
    fn write(&self, line: impl Into<String>) {
        self.lines.lock().expect("not poisoned").push(line.into());
    }

    fn read(&self) -> Vec<String> {
        self.lines.lock().expect("not poisoned").clone()
    }
}

thread_local! {
    static TLS: RefCell<Option<LeavesLast>> = const { RefCell::new(None) };
}

struct LeavesLast(Arc<Script>);

impl Drop for LeavesLast {
    fn drop(&mut self) {
        self.0.write("tls");
    }
}

impl Worker for Diary {
    type Config = Arc<Script>;
    type Error = String;

    fn start(config: &Arc<Script>, _: &WorkerCtx) -> Result<Self, String> {
        assert_ne!(config.panic_in, "start", "told to panic");
        if config.failing_starts.load(SeqCst) > 0 {
            config.failing_starts.fetch_sub(1, SeqCst);
            return Err("no licence".into());
        }
        config.write("start");
        TLS.with(|tls| *tls.borrow_mut() = Some(LeavesLast(config.clone())));
        Ok(Diary { config: config.clone(), _not_send: Rc::default() })
    }

    fn before(&mut self, _: &JobCtx<'_>) {
        assert_ne!(self.config.panic_in, "before", "told to panic");
        self.config.write("before");
    }

    fn after(&mut self, _: &JobCtx<'_>, end: JobEnd) -> After {
        assert_ne!(self.config.panic_in, "after", "told to panic");
        self.config.write(format!("after {end:?}"));
        self.config.after.lock().expect("not poisoned").pop().unwrap_or(After::Keep)
    }

    fn stop(self, reason: StopReason, _: &WorkerCtx) {
        self.config.write(format!("stop {reason:?}"));
        assert_ne!(self.config.panic_in, "stop", "told to panic");
    }
}

fn one(script: Script) -> (Arc<Script>, Pool<Diary>, Arc<ManualClock>) {
    let (script, clock) = (Arc::new(script), Arc::new(ManualClock::new()));
    let pool = Builder::<Diary>::with_config(script.clone())
        .max_workers(1)
        .clock(clock.clone())
        .back_off(3, Duration::from_millis(10), Duration::from_secs(1))
        .build()
        .expect("valid");
    (script, pool, clock)
}

#[test]
fn the_whole_life_in_order() {
    let (script, pool, _) = one(Script::default());
    pool.submit(|diary, _| diary.config.write("job")).expect("room").wait().expect("it ran");
    assert!(pool.close().ledger.balanced());
    assert_eq!(script.read(), ["start", "before", "job", "after Returned", "stop Closed", "tls"]);
}

#[test]
fn rebuild_keeps_the_thread_and_retire_does_not() {
    let (script, pool, _) =
        one(Script { after: Mutex::new(vec![After::Retire, After::Rebuild]), ..Script::default() });
    let thread = || {
        pool.submit(|_, ctx| (std::thread::current().id(), ctx.worker()))
            .expect("room")
            .wait()
            .expect("it ran")
    };
    let (first, second, third) = (thread(), thread(), thread());
    assert_eq!(first, second, "rebuilt on the same thread");
    assert_ne!(second, third, "retired with its thread");
    let counts = pool.metrics().counts;
    assert_eq!((counts.rebuilt, counts.retired), (1, 1));
    let ledger = pool.close().ledger;
    assert_eq!((ledger.threads_joined, ledger.states_stopped), (2, 3));
    assert!(ledger.balanced());
    assert!(
        script.read().contains(&"stop Rebuild".to_owned())
            && script.read().contains(&"stop Retire".to_owned())
    );
}

#[test]
fn a_panic_in_each_hook_loses_nothing() {
    for (hook, panicked, hook_panics) in [("before", 2, 0), ("after", 0, 2), ("stop", 0, 1)] {
        let (_, pool, _) = one(Script { panic_in: hook, ..Script::default() });
        for _ in 0..2 {
            let result = pool.submit(|_, _| ()).expect("room").wait();
            assert_eq!(matches!(result, Err(JobError::Panicked(_))), hook == "before", "{hook}: {result:?}");
        }
        assert!(pool.close().ledger.balanced(), "{hook}");
        let counts = pool.metrics().counts;
        assert_eq!((counts.panicked, counts.hook_panics), (panicked, hook_panics), "{hook}");
    }
}

#[test]
fn a_panicking_start_is_a_failing_start() {
    let script = Arc::new(Script { panic_in: "start", ..Script::default() });
    let builder = Builder::<Diary>::with_config(script).back_off(1, Duration::ZERO, Duration::ZERO);
    let pool = builder.max_workers(1).build().expect("valid");
    match pool.submit(|_, _| ()).expect("it is tried").wait() {
        Err(JobError::Unserved(cause)) => assert!(cause.contains("told to panic"), "{cause}"),
        other => panic!("{other:?}"),
    }
}

/// Advances the clock until the pool has counted so many failed starts; it yields, and never sleeps.
fn fail_starts(pool: &Pool<Diary>, clock: &ManualClock, failures: u64) {
    while pool.metrics().counts.start_failures < failures {
        clock.advance(Duration::from_millis(1));
        pool.tick();
        std::thread::yield_now();
    }
}

#[test]
fn failing_starts_back_off_and_recover() {
    let (_, pool, clock) = one(Script { failing_starts: AtomicUsize::new(2), ..Script::default() });
    let ticket = pool.submit(|_, _| 5).expect("a worker starts");
    fail_starts(&pool, &clock, 1);
    assert!(matches!(pool.metrics().health, Health::Failing { .. }));
    fail_starts(&pool, &clock, 2);
    clock.advance(Duration::from_secs(2));
    pool.tick();
    assert_eq!(ticket.wait().expect("the third start succeeds"), 5);
    assert_eq!(pool.metrics().health, Health::Healthy);
}

#[test]
fn after_too_many_failures_the_pool_refuses_with_the_cause() {
    let (_, pool, clock) = one(Script { failing_starts: AtomicUsize::new(4), ..Script::default() });
    let ticket = pool.submit(|_, _| ()).expect("a worker starts");
    fail_starts(&pool, &clock, 3);
    match ticket.wait() {
        Err(JobError::Unserved(cause)) => assert_eq!(&*cause, "no licence"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(pool.metrics().health, Health::Unhealthy { .. }));
    let refused = pool.submit_with(pool::JobOptions::new().policy(Policy::Block(Duration::MAX)), |_, _| 1);
    let refused = refused.expect_err("unhealthy, and no use waiting");
    assert!(matches!(&refused.reason, Refusal::Unhealthy(cause) if &**cause == "no licence"), "{refused:?}");
    // After the pause one job is let through to try; it fails at once, and the next one succeeds.
    clock.advance(Duration::from_secs(2));
    let probe = pool.submit(refused.job).expect("the probe");
    assert!(matches!(probe.wait(), Err(JobError::Unserved(_))));
    clock.advance(Duration::from_secs(2));
    assert_eq!(pool.submit(|_, _| 2).expect("the next probe").wait().expect("it starts"), 2);
    assert_eq!(pool.metrics().health, Health::Healthy);
    assert!(pool.close().ledger.balanced());
}

#[test]
fn idle_workers_expire_by_the_clock_but_not_below_the_minimum() {
    let clock = Arc::new(ManualClock::new());
    let pool = Builder::<()>::new()
        .max_workers(3)
        .min_workers(1)
        .keep_alive(Some(Duration::from_secs(10)))
        .clock(clock.clone())
        .build()
        .expect("valid");
    let barrier = Arc::new(std::sync::Barrier::new(3));
    let meet = || {
        let barrier = barrier.clone();
        pool.submit(move |_, _| barrier.wait().is_leader()).expect("room")
    };
    for ticket in [meet(), meet(), meet()] {
        ticket.wait().expect("it ran");
    }
    clock.advance(Duration::from_secs(9));
    pool.tick();
    assert_eq!(pool.metrics().counts.expired, 0);
    clock.advance(Duration::from_secs(1));
    pool.tick();
    assert_eq!(pool.metrics().counts.expired, 2, "one stays");
    assert_eq!(pool.submit(|_, _| 1).expect("room").wait().expect("it ran"), 1);
    assert!(pool.close().ledger.balanced());
}

#[test]
fn expire_by_hand() {
    let pool = Pool::new();
    pool.submit(|_, _| ()).expect("room").wait().expect("it ran");
    let worker = pool.metrics().workers[0].id;
    assert!(pool.expire(worker));
    assert!(!pool.expire(worker), "once");
    assert_eq!(pool.expire_idle(), 0);
    assert_eq!(pool.close().ledger.threads_joined, 1);
}

#[test]
fn a_pool_of_states_that_cannot_move_can_be_shared() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Pool<Diary>>();
    shared::<pool::Ticket<u32>>();
    fn sent<T: Send + 'static>() {}
    sent::<pool::Undone<Diary>>();
    shared::<pool::Canceller>();
}
