//! Panics whose payload panics when it is dropped, in every place where the pool calls foreign code: none may get out of
//! the pool, end a worker, or lose a job.

use pool::{After, Builder, JobCtx, JobEnd, StopReason, Worker, WorkerCtx};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// A payload, or a capture, or a result, whose drop panics, with a payload of the same kind.
struct Spite(u32);

impl Drop for Spite {
    fn drop(&mut self) {
        if self.0 > 0 {
            spite(self.0 - 1);
        }
    }
}

/// Panics without the noise of the panic hook.
fn spite(depth: u32) -> ! {
    resume_unwind(Box::new(Spite(depth)))
}

/// Whether that panics, as often as it takes to be rid of the payloads.
fn panics(act: impl FnOnce()) -> bool {
    let mut result = catch_unwind(AssertUnwindSafe(act));
    let panicked = result.is_err();
    while let Err(payload) = result {
        result = catch_unwind(AssertUnwindSafe(move || drop(payload)));
    }
    panicked
}

/// Panics in the hook of that name.
struct Spiteful(&'static str);

impl Spiteful {
    fn act(&self, hook: &str) {
        if self.0 == hook {
            spite(2);
        }
    }
}

impl Worker for Spiteful {
    type Config = &'static str;
    type Error = std::convert::Infallible;

    fn start(hook: &&'static str, ctx: &WorkerCtx) -> Result<Self, Self::Error> {
        // The first worker's first start only, or nothing would ever run.
        if *hook == "start" && ctx.id().get() == 1 && FIRST.with(|first| first.replace(false)) {
            spite(2);
        }
        Ok(Spiteful(hook))
    }

    fn before(&mut self, _: &JobCtx<'_>) {
        self.act("before");
    }

    fn after(&mut self, _: &JobCtx<'_>, _: JobEnd) -> After {
        self.act("after");
        After::Keep
    }

    fn stop(self, _: StopReason, _: &WorkerCtx) {
        self.act("stop");
    }
}

thread_local! {
    static FIRST: std::cell::Cell<bool> = const { std::cell::Cell::new(true) };
}

#[test]
fn in_every_hook() {
    for hook in ["start", "before", "after", "stop", "none"] {
        let builder = Builder::<Spiteful>::with_config(hook).max_workers(1);
        let pool =
            builder.back_off(5, std::time::Duration::ZERO, std::time::Duration::ZERO).build().expect("valid");
        for _ in 0..3 {
            pool.execute(|_, _| ()).expect("room");
            let result = pool.submit(|_, _| 7).expect("room").wait();
            match result {
                Ok(seven) => assert_eq!((seven, hook == "before"), (7, false)),
                // Its payload is ours to drop, and panics.
                Err(error) => {
                    assert_eq!(hook, "before");
                    assert!(panics(|| drop(error)), "it is spiteful");
                }
            }
        }
        let ledger = pool.close().ledger;
        assert!(ledger.balanced(), "{hook}: {ledger:?}");
        assert_eq!(ledger.threads_started, 1, "{hook}: no panic ended the worker's thread");
        let counts = pool.metrics().counts;
        assert_eq!((counts.accepted, counts.ended()), (6, 6), "{hook}: {counts:?}");
    }
}

#[test]
fn in_jobs_captures_and_results() {
    let pool = Builder::<()>::new().max_workers(1).queue(64).build().expect("valid");
    let (release, gate) = std::sync::mpsc::channel::<()>();
    pool.execute(move |_, _| gate.recv().is_ok()).expect("room");
    let capture = Spite(2);
    pool.submit(move |_, _| drop(capture)).expect("room").detach();
    let (one, two) = (Spite(2), Spite(2));
    pool.execute(move |_, _| _ = &one).expect("room");
    pool.submit(|_, _| Spite(2)).expect("room").detach();
    pool.execute(|_, _| Spite(2)).expect("room");
    pool.submit(|_, _| -> () { spite(2) }).expect("room").detach();
    pool.execute(|_, _| -> () { spite(2) }).expect("room");
    let cancelled = pool.submit(move |_, ctx| (&two, ctx.cancelled()).1).expect("room");
    // Its capture is dropped here, and panics here.
    assert!(panics(|| _ = cancelled.cancel()));
    drop(cancelled);
    drop(release);
    assert!(pool.drain(std::time::Duration::MAX).complete);
    let ledger = pool.close().ledger;
    assert!(ledger.balanced() && ledger.threads_started == 1, "{ledger:?}");
    let counts = pool.metrics().counts;
    assert_eq!((counts.accepted, counts.ended(), counts.cancelled), (8, 8, 1), "{counts:?}");
}

#[test]
fn in_a_scope() {
    let pool = Builder::<()>::new().max_workers(1).build().expect("valid");
    let text = String::from("borrowed");
    let lengths = pool.scope(|scope| {
        // The tickets are dropped first: what comes of the jobs is the pool's to drop.
        let (release, gate) = std::sync::mpsc::channel::<()>();
        drop(scope.submit(move |_, _| gate.recv().is_ok()).expect("room"));
        let capture = Spite(2);
        drop(scope.submit(|_, _| (&text, drop(capture))).expect("room"));
        drop(scope.submit(|_, _| Spite(2)).expect("room"));
        drop(scope.submit(|_, _| -> () { spite(2) }).expect("room"));
        let last = scope.submit(|_, _| text.len()).expect("room");
        drop(release);
        last.wait().expect("it ran")
    });
    assert_eq!(lengths, text.len());
    let ledger = pool.close().ledger;
    assert!(ledger.balanced() && ledger.threads_started == 1, "{ledger:?}");
}
