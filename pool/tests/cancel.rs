//! Cancelling: queued, running, too late, on drop, through a hook; and tickets as futures.

use pool::{Builder, CancelOutcome, JobError, JobOptions, ManualClock, Pool};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// A pool with one worker that is busy until the sender is dropped.
fn busy() -> (Pool, mpsc::Sender<()>) {
    let pool = Builder::<()>::new().max_workers(1).queue(2).build().expect("valid");
    let (release, gate) = mpsc::channel::<()>();
    let (started, running) = mpsc::channel();
    pool.submit(move |_, _| (started.send(()), gate.recv()).1.is_ok()).expect("a worker starts").detach();
    running.recv().expect("it runs");
    (pool, release)
}

#[test]
fn a_cancelled_queued_job_frees_its_place_and_drops_its_captures() {
    let (pool, release) = busy();
    let capture = Arc::new(());
    let inside = capture.clone();
    let first = pool.submit(move |_, _| drop(inside)).expect("room");
    let second = pool.submit(|_, _| 2).expect("room");
    assert!(pool.submit(|_, _| ()).is_err());
    assert_eq!(first.cancel(), CancelOutcome::Cancelled);
    assert_eq!(first.cancel(), CancelOutcome::TooLate);
    assert_eq!(Arc::strong_count(&capture), 1);
    let third = pool.submit(|_, _| 3).expect("its place is free");
    drop(release);
    assert!(matches!(first.wait(), Err(JobError::Cancelled)));
    assert_eq!((second.wait().expect("it ran"), third.wait().expect("it ran")), (2, 3));
    assert_eq!(pool.metrics().counts.cancelled, 1);
}

#[test]
fn a_running_job_is_told() {
    let pool = Pool::new();
    let (started, running) = mpsc::channel();
    let ticket = pool
        .submit(move |_, ctx| {
            let (interrupt, interrupted) = mpsc::channel();
            ctx.on_cancel(move || interrupt.send("stop").expect("the job waits"));
            started.send(()).expect("the test waits");
            (interrupted.recv().expect("the hook is called"), ctx.cancelled())
        })
        .expect("room");
    running.recv().expect("it runs");
    assert_eq!(ticket.canceller().cancel(), CancelOutcome::Requested);
    assert_eq!(ticket.wait().expect("it ends"), ("stop", true));
}

#[test]
fn a_hook_set_after_the_cancellation_is_called_at_once() {
    let pool = Pool::new();
    let (started, running) = mpsc::channel();
    let (go, gate) = mpsc::channel::<()>();
    let ticket = pool
        .submit(move |_, ctx| {
            started.send(()).expect("the test waits");
            gate.recv().expect("the test sends");
            let (sender, receiver) = mpsc::channel();
            ctx.on_cancel(move || sender.send(1).expect("it is there"));
            receiver.try_recv().is_ok()
        })
        .expect("room");
    running.recv().expect("it runs");
    assert_eq!(pool.cancel_running(), 1);
    go.send(()).expect("it waits");
    assert!(ticket.wait().expect("it ran"));
}

#[test]
fn cancel_on_drop() {
    let (pool, release) = busy();
    drop(pool.submit(|_, _| panic!("it must not run")).expect("room").cancel_on_drop());
    drop(release);
    assert!(pool.drain(Duration::MAX).complete);
    let counts = pool.metrics().counts;
    assert_eq!((counts.cancelled, counts.panicked), (1, 0));
}

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[test]
fn a_ticket_is_a_future() {
    let (pool, release) = busy();
    let mut ticket = pool.submit(|_, _| 7).expect("room");
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    assert!(Pin::new(&mut ticket).poll(&mut context).is_pending());
    drop(release);
    loop {
        match Pin::new(&mut ticket).poll(&mut context) {
            Poll::Ready(result) => break assert_eq!(result.expect("it ran"), 7),
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn the_context_tells_time_and_label() {
    let clock = Arc::new(ManualClock::new());
    let pool = Builder::<()>::new().clock(clock.clone()).build().expect("valid");
    let options = JobOptions::new().label("page.asp").within(Duration::from_secs(5));
    let inside = clock.clone();
    let told = pool.submit_with(options, move |_, ctx| {
        let before = ctx.remaining();
        inside.advance(Duration::from_secs(9));
        (ctx.label().map(str::to_owned), ctx.queued_for(), before, ctx.remaining())
    });
    let told = told.expect("room").wait().expect("it ran");
    let expected =
        (Some("page.asp".to_owned()), Duration::ZERO, Some(Duration::from_secs(5)), Some(Duration::ZERO));
    assert_eq!(told, expected);
}

#[test]
fn a_hook_that_panics_harms_nobody() {
    let (pool, running) = (Pool::new(), mpsc::channel());
    let started = running.0;
    let ticket = pool
        .submit(move |_, ctx| {
            ctx.on_cancel(|| std::panic::resume_unwind(Box::new("a hook may panic")));
            started.send(()).expect("the test waits");
            while !ctx.cancelled() {
                std::thread::yield_now();
            }
            6
        })
        .expect("room");
    running.1.recv().expect("it runs");
    assert_eq!(ticket.cancel(), CancelOutcome::Requested);
    assert_eq!(ticket.wait().expect("the job itself did not panic"), 6);
    assert_eq!(pool.submit(|_, _| 7).expect("room").wait().expect("it ran"), 7);
    assert!(pool.close().ledger.balanced());
}

/// A capture, or a result, whose drop panics.
struct Spiteful;

impl Drop for Spiteful {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new("a drop may panic"));
    }
}

#[test]
fn a_result_nobody_wants_may_panic_when_it_is_dropped() {
    let (pool, release) = busy();
    pool.submit(|_, _| Spiteful).expect("room").detach();
    pool.execute(|_, _| Spiteful).expect("room");
    drop(release);
    assert!(pool.drain(Duration::MAX).complete);
    assert!(pool.close().ledger.balanced());
    let counts = pool.metrics().counts;
    assert_eq!((counts.accepted, counts.ended()), (3, 3));
}
