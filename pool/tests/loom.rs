//! The loom models: one for each invariant of `src/core/README.md`, on the real code.
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p pool --target-dir target/loom --test loom` explores every
//! interleaving up to preemption bound 3; each model prints how many it saw, in how much processor time, and fails when it did not
//! run to its end. Without `--cfg loom` the same models run with real threads, many times.

use pool::{
    After, Builder, CancelOutcome, JobCtx, JobEnd, JobError, Pool, Refusal, Spawner, StopReason, ThreadBody,
    ThreadHandle, ThreadSpawner, ThreadSpec, Worker, WorkerCtx,
};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

#[cfg(loom)]
use loom::thread;
#[cfg(not(loom))]
use std::thread;

/// Runs a model through every interleaving. Loom returns early *and content* when a permutation or time limit is
/// reached; none is set here, and the model must have been entered at least once more than it was left.
#[cfg(loom)]
fn model(name: &str, body: impl Fn() + Send + Sync + 'static) {
    let (entered, left) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound =
        Some(std::env::var("LOOM_MAX_PREEMPTIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(3));
    builder.max_permutations = None;
    builder.max_duration = None;
    builder.max_branches = 20_000;
    let (begun, worked) = (std::time::Instant::now(), processor_time());
    let counts = (entered.clone(), left.clone());
    builder.check(move || {
        counts.0.fetch_add(1, SeqCst);
        body();
        counts.1.fetch_add(1, SeqCst);
    });
    let (entered, left) = (entered.load(SeqCst), left.load(SeqCst));
    // What it would take on a machine with nothing else to do; where the system does not tell, what it took here.
    let worked = processor_time().zip(worked).map(|(now, then)| now - then).filter(|time| !time.is_zero());
    let took = worked.unwrap_or_else(|| begun.elapsed());
    println!("loom model {name}: {left} iterations in {:.1} s", took.as_secs_f64());
    assert!(entered > 0 && entered == left, "{name} did not run to its end: {left} of {entered}");
}

/// The processor time of this thread, where the system tells it. All threads of a model are this one.
#[cfg(loom)]
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
}

#[cfg(not(loom))]
fn model(name: &str, body: impl Fn() + Send + Sync + 'static) {
    let rounds = if cfg!(miri) { 2 } else { 200 };
    (0..rounds).for_each(|_| body());
    println!("model {name}: {rounds} rounds with real threads");
}

fn pool(max: usize, queue: usize) -> Builder<()> {
    // Time plays no part in the models: no keep-alive, no spinning.
    Builder::new().max_workers(max).queue(queue).keep_alive(None).spin_turns(0)
}

fn count(counter: &Arc<AtomicUsize>) -> impl FnOnce(&mut (), &JobCtx<'_>) + Send + use<> {
    let counter = counter.clone();
    move |_, _| {
        counter.fetch_add(1, SeqCst);
    }
}

fn check_books<W: Worker>(pool: &Pool<W>) {
    let report = pool.close();
    assert!(report.ledger.balanced(), "{:?}", report.ledger);
    let metrics = pool.metrics();
    assert_eq!(metrics.counts.accepted, metrics.counts.ended(), "{:?}", metrics.counts);
    assert_eq!((metrics.queued, metrics.live, metrics.idle, metrics.busy), (0, 0, 0, 0));
}

/// 1: every accepted job runs, is cancelled, or is returned: exactly once.
#[test]
fn model_01_exactly_once() {
    model("1 exactly once", || {
        let pool = Arc::new(pool(1, 1).build().expect("valid"));
        let ran = Arc::new(AtomicUsize::new(0));
        let first = pool.submit(count(&ran)).expect("a worker starts");
        let other = {
            let (pool, ran) = (pool.clone(), ran.clone());
            thread::spawn(move || match pool.submit(count(&ran)) {
                Ok(ticket) => {
                    let cancelled = ticket.cancel() == CancelOutcome::Cancelled;
                    let result = ticket.wait();
                    assert_eq!(cancelled, result.is_err());
                    usize::from(!cancelled)
                }
                Err(refused) => {
                    assert!(matches!(refused.reason, Refusal::Full | Refusal::Closed));
                    0
                }
            })
        };
        first.wait().expect("it ran");
        let expected = 1 + other.join().expect("no panic");
        check_books(&pool);
        assert_eq!(ran.load(SeqCst), expected);
    });
}

/// 2: no wake-up is lost between a submit and a worker that goes idle.
#[test]
fn model_02_no_lost_wake_up() {
    model("2 no lost wake-up", || {
        let pool = pool(1, 1).build().expect("valid");
        let first = pool.submit(|_, _| 1).expect("a worker starts");
        let second = pool.submit(|_, _| 2).expect("a place in the queue");
        assert_eq!(first.wait().expect("it ran") + second.wait().expect("it ran"), 3);
        // The worker is idle, or about to be: the third finds it either way.
        assert_eq!(pool.submit(|_, _| 3).expect("the worker is idle").wait().expect("it ran"), 3);
        check_books(&pool);
    });
}

/// 2, with the spinner on: a spinning worker is never missed either.
#[test]
fn model_02_spinner() {
    model("2 spinner", || {
        let pool = pool(1, 1).spin_turns(2).build().expect("valid");
        pool.submit(|_, _| ()).expect("a worker starts").wait().expect("it ran");
        pool.submit(|_, _| ()).expect("the worker is idle").wait().expect("it ran");
        check_books(&pool);
    });
}

/// 2, with two idle workers: a job wakes the worker that it is given to, and nobody else.
#[test]
fn model_02_one_is_woken() {
    model("2 one is woken", || {
        let pool = pool(2, 0).min_workers(2).build().expect("valid");
        pool.submit(|_, _| ()).expect("a worker is there, or coming").wait().expect("it ran");
        check_books(&pool);
        // A condition variable of the machine may wake by itself; loom's never does.
        assert!(pool.metrics().counts.woken_idle == 0 || !cfg!(loom), "a herd was woken");
    });
}

/// A one-shot event made of a pool-independent lock, for jobs that wait for each other.
struct Gate(GateLock, GateBell);
#[cfg(loom)]
type GateLock = loom::sync::Mutex<usize>;
#[cfg(loom)]
type GateBell = loom::sync::Condvar;
#[cfg(not(loom))]
type GateLock = std::sync::Mutex<usize>;
#[cfg(not(loom))]
type GateBell = std::sync::Condvar;

impl Gate {
    fn new() -> Arc<Self> {
        Arc::new(Gate(GateLock::new(0), GateBell::new()))
    }

    /// Returns when `parties` have arrived.
    fn meet(&self, parties: usize) {
        let mut here = self.0.lock().expect("not poisoned");
        *here += 1;
        if *here >= parties {
            self.1.notify_all();
        }
        while *here < parties {
            here = self.1.wait(here).expect("not poisoned");
        }
    }
}

/// 3: two jobs that wait for each other, one idle worker, at most two: both finish.
#[test]
fn model_03_two_that_meet() {
    model("3 two that meet", || {
        let pool = pool(2, 1).build().expect("valid");
        pool.submit(|_, _| ()).expect("a worker starts").wait().expect("it ran");
        let gate = Gate::new();
        let meet = |gate: &Arc<Gate>| {
            let gate = gate.clone();
            pool.submit(move |_, _| gate.meet(2)).expect("room")
        };
        let (one, two) = (meet(&gate), meet(&gate));
        // A drain instead of two waits: a third of the interleavings, and it does not return before both are over.
        assert!(pool.drain(Duration::MAX).complete);
        one.wait().expect("it ran");
        two.wait().expect("it ran");
        check_books(&pool);
    });
}

/// 3, in one hand: a worker whose job waits for the next job in its own hand is relieved of that.
#[test]
fn model_03_two_that_meet_in_a_hand() {
    model("3 two that meet in a hand", || {
        let pool = pool(2, 4).express(2).batch(2).build().expect("valid");
        let gates = [Gate::new(), Gate::new(), Gate::new()];
        let [start, half, whole] = &gates;
        let put = |gates: Vec<&Arc<Gate>>| {
            let gates: Vec<_> = gates.into_iter().cloned().collect();
            pool.execute(move |_, _| gates.iter().for_each(|gate| gate.meet(2))).expect("room");
        };
        // Two that keep the workers busy, until these are in the lane; then two that meet.
        put(vec![start]);
        put(vec![half]);
        put(vec![half, whole]);
        put(vec![whole]);
        start.meet(2);
        assert!(pool.drain(Duration::MAX).complete);
        check_books(&pool);
        assert_eq!(pool.metrics().counts.returned, 4);
    });
}

/// 4: at the maximum, a submit races the last worker that goes idle.
#[test]
fn model_04_submit_against_going_idle() {
    model("4 submit against going idle", || {
        let pool = Arc::new(pool(1, 0).build().expect("valid"));
        let first = pool.submit(|_, _| ()).expect("a worker starts");
        let other = {
            let pool = pool.clone();
            thread::spawn(move || match pool.submit(|_, _| ()) {
                Ok(ticket) => ticket.wait().expect("what is accepted runs"),
                Err(refused) => assert!(matches!(refused.reason, Refusal::Full)),
            })
        };
        first.wait().expect("it ran");
        other.join().expect("no panic");
        assert!(pool.metrics().peak_live <= 1);
        check_books(&pool);
    });
}

/// 5: expire, at any moment, against submit.
#[test]
fn model_05_expire_against_submit() {
    model("5 expire against submit", || {
        let pool = Arc::new(pool(1, 0).build().expect("valid"));
        pool.submit(|_, _| ()).expect("a worker starts").wait().expect("it ran");
        let worker = pool.metrics().workers[0].id;
        let other = {
            let pool = pool.clone();
            thread::spawn(move || pool.expire(worker))
        };
        // The queue has no place, and yet nobody is refused: a worker that stops makes room for one.
        pool.submit(|_, _| ()).expect("the worker, or its successor").wait().expect("it ran");
        other.join().expect("no panic");
        assert!(pool.metrics().peak_live <= 1);
        check_books(&pool);
    });
}

/// 6: submit against close: the ticket always resolves, and nothing runs after the stop.
#[test]
fn model_06_submit_against_close() {
    model("6 submit against close", || {
        let pool = Arc::new(pool(1, 1).build().expect("valid"));
        let closed = Arc::new(AtomicBool::new(false));
        let other = {
            let (pool, closed) = (pool.clone(), closed.clone());
            thread::spawn(move || {
                match pool.submit(move |_, _| assert!(!closed.load(SeqCst), "it ran after the close")) {
                    Ok(ticket) => match ticket.wait() {
                        Ok(()) | Err(JobError::Abandoned) => {}
                        Err(error) => panic!("{error}"),
                    },
                    Err(refused) => assert!(matches!(refused.reason, Refusal::Closed)),
                }
            })
        };
        let report = pool.close();
        closed.store(true, SeqCst);
        assert!(report.ledger.balanced(), "{report:?}");
        drop(report);
        other.join().expect("no panic");
        check_books(&pool);
    });
}

/// 6, in the express lane: a job that is on its way to its cell when the pool is closed is returned, or was refused.
#[test]
fn model_06_lane_against_close() {
    model("6 lane against close", || {
        let pool = Arc::new(pool(1, 8).express(1).build().expect("valid"));
        let (started, gate) = (Gate::new(), Gate::new());
        let (starts, inside) = (started.clone(), gate.clone());
        pool.execute(move |_, _| (starts.meet(2), inside.meet(2))).expect("a worker starts");
        started.meet(2);
        let ran = Arc::new(AtomicUsize::new(0));
        pool.execute(count(&ran)).expect("a place, and the lane opens");
        let other = {
            let (pool, ran) = (pool.clone(), ran.clone());
            thread::spawn(move || {
                let accepted = pool.execute(count(&ran)).is_ok();
                gate.meet(2);
                accepted
            })
        };
        let undone = pool.close().undone.len();
        assert_eq!(ran.load(SeqCst) + undone, 1 + usize::from(other.join().expect("no panic")));
        check_books(&pool);
    });
}

/// 7: never more than the bound waits, never more than the maximum lives, and a cancelled entry frees its place.
#[test]
fn model_07_bounds() {
    model("7 bounds", || {
        let pool = Arc::new(pool(1, 1).build().expect("valid"));
        let gate = Gate::new();
        let (inside, running) = (gate.clone(), Gate::new());
        let started = running.clone();
        let busy = pool.submit(move |_, _| (started.meet(2), inside.meet(2))).expect("a worker starts");
        running.meet(2);
        let waiting = pool.submit(|_, _| ()).expect("one place");
        assert!(matches!(pool.submit(|_, _| ()).expect_err("no more").reason, Refusal::Full));
        let other = {
            let pool = pool.clone();
            thread::spawn(move || pool.submit(|_, _| ()).map(|ticket| ticket.wait().expect("it ran")).is_ok())
        };
        assert_eq!(waiting.cancel(), CancelOutcome::Cancelled);
        assert!(pool.metrics().queued <= 1);
        gate.meet(2);
        busy.wait().expect("it ran");
        other.join().expect("no panic");
        assert!(pool.metrics().peak_live <= 1);
        check_books(&pool);
    });
}

/// Counts its drops: captures must be dropped exactly once.
struct Capture(Arc<AtomicUsize>);

impl Drop for Capture {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// 8: cancel against start: one of the two, and the captures are dropped once. A hook is called while the job
/// runs or not at all.
#[test]
fn model_08_cancel_against_start() {
    model("8 cancel against start", || {
        let pool = pool(1, 1).build().expect("valid");
        let (ran, dropped) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (capture, runs) = (Capture(dropped.clone()), ran.clone());
        let (over, late) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let hook = (over.clone(), late.clone());
        let ticket = pool
            .submit(move |_, ctx| {
                let _capture = capture;
                runs.fetch_add(1, SeqCst);
                ctx.on_cancel(move || hook.1.store(hook.0.load(SeqCst), SeqCst));
            })
            .expect("a worker starts");
        let canceller = ticket.canceller();
        let other = thread::spawn(move || canceller.cancel());
        let result = ticket.wait();
        over.store(true, SeqCst);
        let outcome = other.join().expect("no panic");
        match outcome {
            CancelOutcome::Cancelled => assert!(matches!(result, Err(JobError::Cancelled))),
            CancelOutcome::Requested | CancelOutcome::TooLate => result.expect("it ran"),
        }
        assert!(!late.load(SeqCst), "a hook was called after its job");
        check_books(&pool);
        assert_eq!(ran.load(SeqCst), usize::from(outcome != CancelOutcome::Cancelled));
        assert_eq!(dropped.load(SeqCst), 1);
    });
}

/// A state that retires or rebuilds after each job and knows that it was started and stopped once, where it lives.
struct Lively {
    thread: std::thread::ThreadId,
    here: thread::ThreadId,
    book: Arc<Book>,
}

#[derive(Default)]
struct Book {
    after: Option<After>,
    started: AtomicUsize,
    stopped: AtomicUsize,
}

impl Worker for Lively {
    type Config = Arc<Book>;
    type Error = String;

    fn start(book: &Arc<Book>, _: &WorkerCtx) -> Result<Self, String> {
        book.started.fetch_add(1, SeqCst);
        Ok(Lively { thread: std::thread::current().id(), here: thread::current().id(), book: book.clone() })
    }

    fn after(&mut self, _: &JobCtx<'_>, _: JobEnd) -> After {
        self.book.after.unwrap_or(After::Keep)
    }

    fn stop(self, _: StopReason, _: &WorkerCtx) {
        assert_eq!(self.here, thread::current().id());
        assert_eq!(self.thread, std::thread::current().id());
        self.book.stopped.fetch_add(1, SeqCst);
    }
}

fn lively(after: After) -> (Arc<Book>, Pool<Lively>) {
    let book = Arc::new(Book { after: Some(after), ..Book::default() });
    let builder =
        Builder::<Lively>::with_config(book.clone()).max_workers(1).queue(1).keep_alive(None).spin_turns(0);
    (book, builder.build().expect("valid"))
}

/// 9: a worker is recycled while jobs wait: no gap, whichever way it is recycled.
#[test]
fn model_09_recycle_with_a_queue() {
    for after in [After::Rebuild, After::Retire] {
        model(&format!("9 recycle: {after:?}"), move || {
            let (book, pool) = lively(after);
            let one = pool.submit(|_, _| ()).expect("a worker starts");
            let two = pool.submit(|_, _| ()).expect("a place");
            one.wait().expect("it ran");
            two.wait().expect("it ran");
            check_books(&pool);
            assert_eq!(book.started.load(SeqCst), book.stopped.load(SeqCst));
            assert_eq!(pool.metrics().counts.hook_panics, 0);
        });
    }
}

/// 10: start and stop exactly once, on the same thread, and the stop before the shutdown returns.
#[test]
fn model_10_start_and_stop() {
    model("10 start and stop", || {
        let (book, pool) = lively(After::Keep);
        let pool = Arc::new(pool);
        let ticket = pool.submit(|_, _| ()).expect("a worker starts");
        let other = {
            let pool = pool.clone();
            thread::spawn(move || drop(pool.close()))
        };
        let report = pool.close();
        assert_eq!(report.ledger.live_states(), 0);
        assert_eq!(book.started.load(SeqCst), book.stopped.load(SeqCst));
        assert!(report.ledger.balanced(), "{report:?}");
        drop(report);
        other.join().expect("no panic");
        let _ = ticket.wait();
        assert_eq!(pool.metrics().counts.hook_panics, 0);
        check_books(&pool);
    });
}

/// Fails at the spawns whose bit is set.
#[derive(Debug)]
struct Flaky {
    fails: usize,
    spawns: AtomicUsize,
}

impl Spawner for Flaky {
    fn spawn(&self, spec: ThreadSpec, body: ThreadBody) -> io::Result<Box<dyn ThreadHandle>> {
        match self.fails >> self.spawns.fetch_add(1, SeqCst) & 1 {
            0 => ThreadSpawner.spawn(spec, body),
            _ => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

/// 11: a spawn fails, at each spawn: every job is served or handed back.
#[test]
fn model_11_spawn_failure() {
    for fails in 1..4 {
        model(&format!("11 spawn failure {fails:02b}"), move || {
            let spawner = Flaky { fails, spawns: AtomicUsize::new(0) };
            let pool = Arc::new(pool(2, 0).spawner(spawner).build().expect("valid"));
            let attempt = |pool: &Pool| match pool.submit(|_, _| ()) {
                Ok(ticket) => match ticket.wait() {
                    Ok(()) => 1,
                    // It relied on a worker that another submit could not spawn.
                    Err(JobError::Unserved(_)) => 0,
                    Err(error) => panic!("{error}"),
                },
                Err(refused) => {
                    assert!(matches!(refused.reason, Refusal::Spawn(_) | Refusal::Full), "{refused:?}");
                    0
                }
            };
            let other = {
                let pool = pool.clone();
                thread::spawn(move || attempt(&pool))
            };
            let served = attempt(&pool) + other.join().expect("no panic");
            assert_eq!(pool.metrics().counts.returned, served);
            check_books(&pool);
        });
    }
}

/// 11, a retiring worker whose successor cannot be spawned goes on itself.
#[test]
fn model_11_successor() {
    model("11 successor", || {
        let book = Arc::new(Book { after: Some(After::Retire), ..Book::default() });
        let pool = Builder::<Lively>::with_config(book)
            .max_workers(1)
            .queue(1)
            .keep_alive(None)
            .spin_turns(0)
            .spawner(Flaky { fails: 2, spawns: AtomicUsize::new(0) })
            .build()
            .expect("valid");
        let one = pool.submit(|_, _| ()).expect("a worker starts");
        let two = pool.submit(|_, _| ());
        one.wait().expect("it ran");
        match two {
            Ok(ticket) => ticket.wait().expect("served by the old thread"),
            Err(refused) => assert!(matches!(refused.reason, Refusal::Spawn(_)), "{refused:?}"),
        }
        check_books(&pool);
    });
}

struct Bell(Gate);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.meet(1);
    }
}

/// 12: a ticket's completion against wait, drop, and poll.
#[test]
fn model_12_ticket_poll() {
    model("12 ticket: poll", || {
        let pool = pool(1, 1).build().expect("valid");
        let mut ticket = pool.submit(|_, _| 7).expect("a worker starts");
        let bell = Arc::new(Bell(Gate(GateLock::new(0), GateBell::new())));
        let waker = Waker::from(bell.clone());
        let mut context = Context::from_waker(&waker);
        let result = match Pin::new(&mut ticket).poll(&mut context) {
            Poll::Ready(result) => result,
            Poll::Pending => {
                bell.0.meet(2);
                match Pin::new(&mut ticket).poll(&mut context) {
                    Poll::Ready(result) => result,
                    Poll::Pending => panic!("woken without a result"),
                }
            }
        };
        assert_eq!(result.expect("it ran"), 7);
        check_books(&pool);
    });
}

/// 12: a ticket dropped, and one that cancels when dropped.
#[test]
fn model_12_ticket_drop() {
    model("12 ticket: drop", || {
        let pool = pool(1, 1).build().expect("valid");
        let dropped = Arc::new(AtomicUsize::new(0));
        let (one, two) = (Capture(dropped.clone()), Capture(dropped.clone()));
        drop(pool.submit(move |_, _| one).expect("a worker starts"));
        drop(pool.submit(move |_, _| two).expect("room").cancel_on_drop());
        assert!(pool.drain(Duration::MAX).complete);
        check_books(&pool);
        assert_eq!(dropped.load(SeqCst), 2);
    });
}

/// The express lane: it opens with the first job that waits, is pushed to, taken from, and closed, all at once; no
/// job is lost in it or runs twice.
#[test]
fn model_01_express_lane() {
    model("1 express lane", || {
        let pool = Arc::new(pool(1, 2).express(1).build().expect("valid"));
        let ran = Arc::new(AtomicUsize::new(0));
        pool.execute(count(&ran)).expect("a worker starts");
        let other = {
            let (pool, ran) = (pool.clone(), ran.clone());
            thread::spawn(move || usize::from(pool.execute(count(&ran)).is_ok()))
        };
        let taken = 1 + usize::from(pool.execute(count(&ran)).is_ok()) + other.join().expect("no panic");
        assert!(pool.drain(Duration::MAX).complete);
        check_books(&pool);
        assert_eq!(ran.load(SeqCst), taken);
    });
}

/// The express lane, when the worker takes several jobs into its hand, closed at any moment: none is lost there.
#[test]
fn model_01_hand() {
    model("1 hand", || {
        let pool = Arc::new(pool(1, 3).express(1).batch(3).build().expect("valid"));
        let ran = Arc::new(AtomicUsize::new(0));
        let gate = Gate::new();
        let inside = gate.clone();
        pool.execute(move |_, _| inside.meet(2)).expect("a worker starts");
        for _ in 0..3 {
            pool.execute(count(&ran)).expect("a place");
        }
        let other = {
            let pool = pool.clone();
            thread::spawn(move || pool.metrics().queued)
        };
        gate.meet(2);
        // The first may still wait for its worker, which makes room for one.
        assert!(other.join().expect("no panic") <= 4);
        assert!(pool.drain(Duration::MAX).complete);
        check_books(&pool);
        assert_eq!(ran.load(SeqCst), 3);
    });
}

/// The belt of the express lane: two put jobs on it, over the end of a segment, while it is stopped and started again;
/// what was on its way to a cell then is not left there.
#[test]
fn model_01_belt() {
    model("1 belt", || {
        let pool = Arc::new(pool(1, 8).express(1).build().expect("valid"));
        let ran = Arc::new(AtomicUsize::new(0));
        let (started, gate) = (Gate::new(), Gate::new());
        let (starts, inside) = (started.clone(), gate.clone());
        pool.execute(move |_, _| (starts.meet(2), inside.meet(2))).expect("a worker starts");
        started.meet(2);
        pool.execute(count(&ran)).expect("a place");
        let other = {
            let (pool, ran) = (pool.clone(), ran.clone());
            thread::spawn(move || (0..2).for_each(|_| pool.execute(count(&ran)).expect("a place")))
        };
        pool.execute(count(&ran)).expect("a place");
        assert!((2..=4).contains(&pool.metrics().queued));
        other.join().expect("no panic");
        assert_eq!(pool.metrics().queued, 4);
        gate.meet(2);
        assert!(pool.drain(Duration::MAX).complete);
        check_books(&pool);
        assert_eq!(ran.load(SeqCst), 4);
    });
}

/// 7, in the express lane: who looked for room before it was closed and opened again does not find it after.
#[test]
fn model_07_bounds_in_the_lane() {
    model("7 bounds in the lane", || {
        let pool = Arc::new(pool(1, 3).express(1).build().expect("valid"));
        let (started, gate) = (Gate::new(), Gate::new());
        let (starts, inside) = (started.clone(), gate.clone());
        pool.execute(move |_, _| (starts.meet(2), inside.meet(2))).expect("a worker starts");
        started.meet(2);
        pool.execute(|_, _| ()).expect("a place, and the lane opens");
        let other = {
            let pool = pool.clone();
            thread::spawn(move || pool.execute(|_, _| ()).is_ok())
        };
        pool.resize(1, 1, 2).expect("valid");
        // One more fits, and the lane opens again: unless the other took the place.
        let fits = pool.execute(|_, _| ()).is_ok();
        let other = other.join().expect("no panic");
        assert!(fits != other, "there was one place, for one of the two");
        assert_eq!(pool.metrics().queued, 2);
        gate.meet(2);
        check_books(&pool);
    });
}

/// The express lane against cancel: a job in the lane is found there, or runs.
#[test]
fn model_08_cancel_in_the_lane() {
    model("8 cancel in the lane", || {
        let pool = Arc::new(pool(1, 2).express(1).build().expect("valid"));
        let ran = Arc::new(AtomicUsize::new(0));
        pool.execute(count(&ran)).expect("a worker starts");
        let queued = pool.submit(count(&ran)).expect("room");
        let last = pool.submit(count(&ran)).expect("room");
        let cancelled = queued.cancel() == CancelOutcome::Cancelled;
        last.wait().expect("it ran");
        assert_eq!(queued.wait().is_err(), cancelled);
        check_books(&pool);
        assert_eq!(ran.load(SeqCst), 3 - usize::from(cancelled));
    });
}

/// 8: everything that runs is cancelled, while a job is on its way from the claim to its start: a job that was
/// accepted before is told, whether it has a ticket or not.
#[test]
fn model_08_cancel_everything() {
    for ticketed in [true, false] {
        model(&format!("8 cancel everything, ticket: {ticketed}"), move || {
            let pool = pool(1, 1).build().expect("valid");
            pool.submit(|_, _| ()).expect("a worker starts").wait().expect("it ran");
            let (asked, told) = (Gate::new(), Arc::new(AtomicUsize::new(0)));
            let hooked = Arc::new(AtomicUsize::new(0));
            let (gate, tell, hook) = (asked.clone(), told.clone(), hooked.clone());
            let job = move |_: &mut (), ctx: &JobCtx<'_>| {
                ctx.on_cancel(move || _ = hook.fetch_add(1, SeqCst));
                gate.meet(2);
                tell.fetch_add(usize::from(ctx.cancelled()), SeqCst);
            };
            if ticketed {
                pool.submit(job).expect("the worker is idle").detach();
            } else {
                pool.execute(job).expect("the worker is idle");
            }
            // The job has been given to its worker, which may have come as far as it likes. A ticketed one that has
            // not started never will.
            pool.cancel_running();
            asked.meet(1);
            asked.meet(2);
            check_books(&pool);
            let cancelled = pool.metrics().counts.cancelled as usize;
            assert_eq!(told.load(SeqCst) + cancelled, 1);
            assert_eq!(hooked.load(SeqCst), told.load(SeqCst), "a hook is called once");
        });
    }
}

/// 13: the pool shrinks and grows again while jobs are submitted: every accepted job runs, and in the end there are no
/// more workers than may be.
#[test]
fn model_13_resize_against_submit() {
    model("13 resize against submit", || {
        let pool = Arc::new(pool(2, 1).build().expect("valid"));
        pool.submit(|_, _| ()).expect("a worker starts").wait().expect("it ran");
        let other = {
            let pool = pool.clone();
            thread::spawn(move || pool.resize(0, 1, 1).expect("valid"))
        };
        let ticket = pool.submit(|_, _| ()).expect("idle, or starting, or a place");
        other.join().expect("no panic");
        ticket.wait().expect("it ran");
        pool.submit(|_, _| ()).expect("one is left").wait().expect("it ran");
        assert!(
            pool.metrics().workers.iter().filter(|row| row.activity == pool::Activity::Idle).count() <= 1
        );
        check_books(&pool);
    });
}

/// 14: whenever one looks, the counts make sense: nothing went below zero, and no more ended than was accepted.
#[test]
fn model_14_counts() {
    model("14 counts", || {
        let pool = Arc::new(pool(2, 1).build().expect("valid"));
        let first = pool.submit(|_, _| ()).expect("a worker starts");
        let other = {
            let pool = pool.clone();
            thread::spawn(move || pool.metrics())
        };
        first.cancel();
        let seen = [other.join().expect("no panic"), pool.metrics()];
        for metrics in seen {
            let counts = metrics.counts;
            assert!(counts.ended() <= counts.accepted, "{counts:?}");
            assert!(metrics.idle + metrics.busy <= metrics.live && metrics.live <= 2, "{metrics:?}");
            assert!(metrics.queued <= 2 && metrics.peak_live <= 2, "{metrics:?}");
            assert!(metrics.ledger.live_states() <= 2, "{metrics:?}");
        }
        drop(first);
        check_books(&pool);
    });
}

/// A job behind its tenant's bulkhead waits beside an idle worker, and is handed over when the bulkhead opens.
#[test]
fn model_02_bulkhead() {
    model("2 bulkhead", || {
        let tenants = pool::Tenants::new().running(1);
        let pool = pool(1, 2).tenants(tenants).build().expect("valid");
        let one = pool.submit(|_, _| ()).expect("a worker starts");
        let two = pool.submit(|_, _| ()).expect("a place");
        one.wait().expect("it ran");
        two.wait().expect("it ran");
        check_books(&pool);
    });
}

/// A job that waits for its own pool, with nobody left to get on, is told so in every interleaving; and never when
/// somebody could.
#[test]
fn model_03_waiting_for_oneself() {
    for max in [1, 2] {
        model(&format!("3 waiting for oneself, of {max}"), move || {
            let pool = Arc::new(pool(max, 1).build().expect("valid"));
            let same = pool.clone();
            let outer = pool.submit(move |_, _| same.submit(|_, _| ()).expect("room").wait().is_ok());
            assert_eq!(outer.expect("a worker starts").wait().expect("it ran"), max == 2);
            assert_eq!(pool.metrics().counts.deadlocks, 2 - max as u64);
            check_books(&pool);
        });
    }
}

// Loom's: it orders only what it sees to depend on each other.
#[cfg(loom)]
type Flag = loom::sync::atomic::AtomicBool;
#[cfg(not(loom))]
type Flag = AtomicBool;

/// Notices when it is dropped after its scope is over.
struct Lent {
    over: Arc<Flag>,
    late: Arc<AtomicBool>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        if self.over.load(SeqCst) {
            self.late.store(true, SeqCst);
        }
    }
}

/// 15: a scope does not return before its jobs are gone, captures and all: whether they ran, were cancelled, or came
/// back from a close.
#[test]
fn model_15_scope() {
    for close in [false, true] {
        model(&format!("15 scope, closed meanwhile: {close}"), move || {
            let pool = Arc::new(pool(1, 1).build().expect("valid"));
            let (over, late) = (Arc::new(Flag::new(false)), Arc::new(AtomicBool::new(false)));
            let lend = || Lent { over: over.clone(), late: late.clone() };
            let other = close.then(|| {
                let pool = pool.clone();
                thread::spawn(move || drop(pool.close()))
            });
            let ran = AtomicUsize::new(0);
            let sure = pool.scope(|scope| {
                let job = |lent: Lent| {
                    let ran = &ran;
                    scope.submit(move |_: &mut (), _: &JobCtx<'_>| {
                        let _lent = lent;
                        ran.fetch_add(1, SeqCst);
                    })
                };
                let (first, second) = (job(lend()), job(lend()));
                if close {
                    return 0;
                }
                first.expect("a worker starts").wait().expect("it ran");
                // It may run at this moment, or wait, or be over.
                usize::from(second.expect("a place").cancel() != CancelOutcome::Cancelled) + 1
            });
            over.store(true, SeqCst);
            if let Some(other) = other {
                other.join().expect("no panic");
            }
            check_books(&pool);
            assert!(ran.load(SeqCst) >= sure && ran.load(SeqCst) <= 2);
            assert!(!late.load(SeqCst), "a capture outlived its scope");
        });
    }
}

/// 15, when a job panics: the scope still waits for what the job captured, and for the job behind it, which gets a new
/// state.
#[test]
fn model_15_scope_panic() {
    model("15 scope, a job panics", || {
        let pool = pool(1, 1).build().expect("valid");
        let (over, late) = (Arc::new(Flag::new(false)), Arc::new(AtomicBool::new(false)));
        let lend = || Lent { over: over.clone(), late: late.clone() };
        let ran = AtomicUsize::new(0);
        pool.scope(|scope| {
            let (first, second) = (lend(), lend());
            let panics = scope.submit(|_, _| {
                let _lent = first;
                // Without the hook, which would print in every interleaving.
                if ran.fetch_add(1, SeqCst) == 0 {
                    std::panic::resume_unwind(Box::new("to its ticket"));
                }
            });
            drop(panics.expect("a worker starts"));
            let behind = scope.submit(|_, _| {
                let _lent = second;
                ran.fetch_add(1, SeqCst);
            });
            drop(behind.expect("a place"));
        });
        over.store(true, SeqCst);
        assert_eq!(ran.load(SeqCst), 2);
        check_books(&pool);
        let counts = pool.metrics().counts;
        assert_eq!((counts.panicked, counts.returned), (1, 1));
        assert!(!late.load(SeqCst), "a capture outlived its scope");
    });
}
