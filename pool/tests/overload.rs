//! What happens when there is more to do than can be done: policies, priorities, orders, tenants, shedding, deadlines
//! for the start, adaptive limits. The clock stands still unless a test moves it.

use pool::{
    AdaptiveLimit, BuildError, Builder, JobError, JobOptions, ManualClock, Order, Policy, Pool, Refusal,
    Shedding, Tenants, Ticket,
};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

/// Keeps one worker busy until the sender is dropped.
fn occupy(pool: &Pool) -> mpsc::Sender<()> {
    occupy_for(pool, 0)
}

fn occupy_for(pool: &Pool, tenant: u64) -> mpsc::Sender<()> {
    let (release, gate) = mpsc::channel::<()>();
    let (started, running) = mpsc::channel();
    let options = JobOptions::new().tenant(tenant);
    let job = move |_: &mut (), _: &pool::JobCtx<'_>| (started.send(()), gate.recv().is_ok()).1;
    pool.submit_with(options, job).expect("a worker is free").detach();
    running.recv().expect("it runs");
    release
}

/// Submits a job that writes down its name.
fn write(pool: &Pool, log: &Arc<Mutex<Vec<u32>>>, name: u32, options: JobOptions) -> Ticket<()> {
    let log = log.clone();
    pool.submit_with(options, move |_, _| log.lock().expect("not poisoned").push(name)).expect("room")
}

fn one(configure: impl FnOnce(Builder<()>) -> Builder<()>) -> (Pool, Arc<Mutex<Vec<u32>>>) {
    let builder = configure(Builder::<()>::new().max_workers(1).clock(ManualClock::new()));
    (builder.build().expect("valid"), Arc::default())
}

fn read(pool: &Pool, log: &Mutex<Vec<u32>>) -> Vec<u32> {
    assert!(pool.drain(Duration::MAX).complete);
    assert!(pool.close().ledger.balanced());
    let counts = pool.metrics().counts;
    assert_eq!(counts.accepted, counts.ended(), "{counts:?}");
    log.lock().expect("not poisoned").clone()
}

#[test]
fn a_caller_runs_what_a_full_pool_does_not_take() {
    let (pool, log) = one(|builder| builder.queue(0).policy(Policy::CallerRuns));
    let release = occupy(&pool);
    let here = std::thread::current().id();
    let ticket =
        pool.submit(|_, ctx| (std::thread::current().id(), ctx.worker().get())).expect("it runs here");
    assert!(ticket.is_done());
    assert_eq!(ticket.wait().expect("it ran"), (here, 0));
    let inside = log.clone();
    pool.execute(move |_, _| inside.lock().expect("not poisoned").push(1)).expect("it runs here");
    pool.execute(|_, _| std::panic::resume_unwind(Box::new("caught"))).expect("it runs here");
    let panicked = pool.submit(|_, _| std::panic::resume_unwind(Box::new("caught"))).expect("it runs here");
    assert!(matches!(panicked.wait(), Err::<(), _>(JobError::Panicked(_))));
    assert_eq!((pool.metrics().counts.run_by_caller, pool.metrics().counts.refused), (4, 0));
    drop(release);
    assert_eq!(read(&pool, &log), [1]);
}

#[test]
fn a_full_queue_drops_its_oldest_or_its_newest() {
    for (policy, left) in [(Policy::DropOldest, [2, 3]), (Policy::DropNewest, [1, 3])] {
        let (pool, log) = one(|builder| builder.queue(2).policy(policy));
        let release = occupy(&pool);
        let tickets = [1, 2, 3].map(|name| write(&pool, &log, name, JobOptions::new()));
        let dropped = tickets.into_iter().find(Ticket::is_done).expect("one of them");
        assert!(matches!(dropped.wait(), Err(JobError::Dropped)));
        drop(release);
        assert_eq!(read(&pool, &log), left);
        assert_eq!(pool.metrics().counts.dropped, 1);
    }
    let without = Builder::<()>::new().queue(0).policy(Policy::DropOldest).build();
    assert!(matches!(without, Err(BuildError::NoQueue)));
}

#[test]
fn a_job_never_drops_a_more_urgent_one() {
    let (pool, log) = one(|builder| builder.queue(1).policy(Policy::DropOldest).priorities(2));
    let release = occupy(&pool);
    let urgent = write(&pool, &log, 1, JobOptions::new());
    let refused = pool.submit_with(JobOptions::new().priority(1), |_, _| ()).expect_err("less urgent");
    assert!(matches!(refused.reason, Refusal::Full));
    drop(release);
    assert_eq!(read(&pool, &log), [1]);
    urgent.wait().expect("it ran");
}

#[test]
fn orders() {
    for (order, expected) in [
        (Order::Fifo, vec![1, 2, 3, 4]),
        (Order::Lifo, vec![4, 3, 2, 1]),
        // More than half of four places: the newest first; then again the oldest.
        (Order::AdaptiveLifo, vec![4, 3, 1, 2]),
    ] {
        let (pool, log) = one(|builder| builder.queue(4).order(order));
        let release = occupy(&pool);
        (1..=4).for_each(|name| write(&pool, &log, name, JobOptions::new()).detach());
        drop(release);
        assert_eq!(read(&pool, &log), expected, "{order:?}");
    }
}

#[test]
fn the_more_urgent_first_and_none_starves() {
    let (pool, log) = one(|builder| builder.priorities(3));
    let release = occupy(&pool);
    write(&pool, &log, 2, JobOptions::new().priority(2)).detach();
    write(&pool, &log, 1, JobOptions::new().priority(1)).detach();
    (100..140).for_each(|name| write(&pool, &log, name, JobOptions::new()).detach());
    let cancelled = write(&pool, &log, 0, JobOptions::new().priority(200));
    assert_eq!(cancelled.cancel(), pool::CancelOutcome::Cancelled);
    drop(release);
    let log = read(&pool, &log);
    let at = |name| log.iter().position(|&other| other == name).expect("it ran");
    assert_eq!(log.len(), 42);
    assert!((20..40).contains(&at(2)), "the least urgent got a turn of mercy: {log:?}");
    assert_eq!(at(1), 41, "{log:?}");
}

#[test]
fn tenants_share_by_weight_and_cost() {
    let (pool, log) = one(|builder| builder.tenants(Tenants::new().weight(3, 2)));
    let release = occupy(&pool);
    for _ in 0..12 {
        for tenant in [1, 2, 3] {
            let cost = if tenant == 2 { 3 } else { 1 };
            write(&pool, &log, tenant, JobOptions::new().tenant(tenant.into()).cost(cost)).detach();
        }
    }
    drop(release);
    let log = read(&pool, &log);
    let first: Vec<_> = log[..20].to_vec();
    let count = |tenant| first.iter().filter(|&&other| other == tenant).count();
    // A round of three serves 3 + 1 + 6.
    assert_eq!((count(1), count(2), count(3)), (6, 2, 12), "{first:?}");
    assert_eq!(log.len(), 36);
}

#[test]
fn a_bulkhead_holds_even_beside_idle_workers() {
    let tenants = Tenants::new().running(1).waiting(1);
    let pool = Builder::<()>::new().max_workers(2).min_workers(2).tenants(tenants).build().expect("valid");
    let release = occupy_for(&pool, 1);
    let waits = pool.submit_with(JobOptions::new().tenant(1), |_, _| ()).expect("a place");
    let refused = pool.submit_with(JobOptions::new().tenant(1), |_, _| ()).expect_err("its places are taken");
    assert!(matches!(refused.reason, Refusal::TenantFull), "{refused:?}");
    pool.submit_with(JobOptions::new().tenant(2), |_, _| ()).expect("another one's").wait().expect("it ran");
    assert!(!waits.is_done());
    assert_eq!(pool.metrics().queued, 1);
    drop(release);
    waits.wait().expect("it ran");
    assert!(pool.close().ledger.balanced());
}

#[test]
fn an_overloaded_pool_sheds_what_waited_too_long() {
    let clock = Arc::new(ManualClock::new());
    let builder = Builder::<()>::new().max_workers(1).clock(clock.clone());
    let pool = builder.shedding(Shedding::default()).build().expect("valid");
    let submit = |millis| {
        let clock = clock.clone();
        pool.submit(move |_, _| clock.advance(Duration::from_millis(millis))).expect("room")
    };
    let release = occupy(&pool);
    // Two of 70 ms: the second has waited for 70 ms, which may be a burst; then the interval is over.
    let served = [submit(6), submit(110), submit(0)];
    let shed = [submit(0), submit(0)];
    drop(release);
    let outcomes = served.map(|ticket| ticket.wait().is_ok());
    for ticket in shed {
        assert!(matches!(ticket.wait(), Err(JobError::Shed)));
    }
    assert_eq!(outcomes, [true, true, false]);
    submit(0).wait().expect("what does not wait is served");
    assert_eq!(pool.metrics().counts.shed, 3);
    assert!(pool.close().ledger.balanced());
    let counts = pool.metrics().counts;
    assert_eq!(counts.accepted, counts.ended());
}

#[test]
fn a_job_that_cannot_start_in_time_expires() {
    let clock = Arc::new(ManualClock::new());
    let pool = Builder::<()>::new().max_workers(1).clock(clock.clone()).build().expect("valid");
    let release = occupy(&pool);
    let limit = JobOptions::new().start_within(Duration::from_secs(1));
    let late = pool.submit_with(limit.clone(), |_, _| ()).expect("room");
    pool.execute_with(limit.clone(), |_, _| ()).expect("room");
    clock.advance(Duration::from_secs(2));
    let in_time = pool.submit_with(limit, |_, _| ()).expect("room");
    drop(release);
    assert!(matches!(late.wait(), Err(JobError::Expired)));
    in_time.wait().expect("it ran");
    assert_eq!(pool.metrics().counts.expired_jobs, 2);
}

#[test]
fn an_adaptive_limit_follows_what_jobs_take() {
    let clock = Arc::new(ManualClock::new());
    let rule = AdaptiveLimit { window: 4, ..AdaptiveLimit::default() };
    let pool = Builder::<()>::new().max_workers(4).clock(clock.clone()).adaptive_limit(rule);
    let pool = pool.build().expect("valid");
    assert_eq!(pool.metrics().max_workers, 1);
    let run = |millis, jobs| {
        for _ in 0..jobs {
            let clock = clock.clone();
            let job = move |_: &mut (), _: &pool::JobCtx<'_>| clock.advance(Duration::from_millis(millis));
            pool.submit(job).expect("room").wait().expect("it ran");
        }
        pool.metrics().max_workers
    };
    assert_eq!(run(1, 4), 2, "one worker was all there was, and it was busy");
    assert_eq!(run(1, 8), 2, "one of two is not at its limit");
    assert_eq!(run(50, 4), 1, "jobs take long: it falls");
    assert!(pool.close().ledger.balanced());
}

/// Submits itself again until somebody says that it is enough, or it has run a thousand times.
fn perpetual(pool: Arc<Pool>, enough: Arc<AtomicBool>, ran: Arc<AtomicUsize>) {
    if !enough.load(SeqCst) && ran.fetch_add(1, SeqCst) < 1000 {
        let next = (pool.clone(), enough, ran);
        pool.execute(move |_, _| perpetual(next.0, next.1, next.2)).expect("room");
    }
}

#[test]
fn what_a_blocked_worker_has_in_hand_is_taken_over_while_the_lane_never_runs_dry() {
    // The lane opens with the sixth job that waits, and a worker takes two at once.
    let builder = Builder::<()>::new().max_workers(2).min_workers(2).queue(100);
    let pool = Arc::new(builder.express(6).batch(2).build().expect("valid"));
    let (started, starts) = mpsc::channel();
    let gates = [mpsc::channel::<()>(), mpsc::channel::<()>()].map(|(release, gate)| {
        let started = started.clone();
        pool.execute(move |_, _| (started.send(()).expect("heard"), gate.recv().is_ok()).1).expect("room");
        starts.recv().expect("it starts");
        release
    });
    let (enough, ran) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (second_ran, wait_for_second) = mpsc::channel::<()>();
    // The first waits for the second, which will lie in the same hand.
    pool.execute(move |_, _| (started.send(()).expect("heard"), wait_for_second.recv().is_ok()).1)
        .expect("room");
    let (flag, count) = (enough.clone(), ran.clone());
    let second = pool.submit(move |_, _| {
        flag.store(true, SeqCst);
        second_ran.send(()).expect("the first waits");
        count.load(SeqCst)
    });
    for _ in 0..4 {
        let (again, enough, ran) = (pool.clone(), enough.clone(), ran.clone());
        pool.execute(move |_, _| perpetual(again, enough, ran)).expect("room");
    }
    let [one, other] = gates;
    drop(one);
    starts.recv().expect("the first of the two starts");
    drop(other);
    let before = second.expect("room").wait().expect("it ran");
    assert!(before < 100, "{before} jobs went before it");
    assert!(pool.drain(Duration::MAX).complete);
}
