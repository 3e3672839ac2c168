//! The pool's worker: a GC context for its life, and for each request an engine of its own on it.
//!
//! page → engine → the host's functions → prelude → script → response → the engine is closed. Nothing of one request is
//! seen by the next: what they share is the context's collector, and compiled scripts, which nobody can change.

use crate::error::{Fault, FaultKind, ending, interrupt};
use crate::objects::application::LockGuard;
use crate::objects::request::Request;
use crate::objects::response::Response;
use crate::objects::session::{COOKIE, SessionUse};
use crate::objects::{self, Exchange};
use crate::page::Page;
use crate::shared::Shared;
use interp::{Engine, ErrorKind, Termination};
use pool::{After, JobCtx, JobEnd, StopReason, Worker, WorkerCtx};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// What the front and a running request tell each other.
#[derive(Default)]
pub(crate) struct Flags {
    started: OnceLock<Instant>,
    /// Why it is to be interrupted: bits of [`interrupt`]. Written before the cancellation.
    reason: AtomicU32,
}

impl Flags {
    /// When a worker took it, if one did.
    pub(crate) fn started(&self) -> Option<Instant> {
        self.started.get().copied()
    }

    pub(crate) fn set_reason(&self, reason: u32) {
        self.reason.fetch_or(reason, Ordering::Release);
    }

    fn reason(&self) -> u32 {
        self.reason.load(Ordering::Acquire)
    }

    /// Whether it was told to end.
    pub(crate) fn abandoned(&self) -> bool {
        self.reason() != 0
    }
}

/// A worker's state.
pub(crate) struct ScriptWorker {
    context: gc::Context,
    served: u64,
    recycle_at: u64,
    spoiled: bool,
}

/// What came of a request.
pub(crate) struct Outcome {
    pub(crate) answer: http::Response<Vec<u8>>,
    /// What went wrong, if something did; the answer is then the page that says so.
    pub(crate) fault: Option<FaultKind>,
}

impl Worker for ScriptWorker {
    type Config = Arc<Shared>;
    type Error = gc::Error;

    fn start(shared: &Arc<Shared>, ctx: &WorkerCtx) -> Result<Self, gc::Error> {
        let context = gc::Context::open(gc::Config::default())?;
        // Some sooner, some later, so that not all workers are new at once.
        let base = shared.config.pool.recycle_after;
        let jitter = ctx.id().get().wrapping_mul(0x9E37_79B9_7F4A_7C15) % (base / 4).max(1);
        let recycle_at = if base == 0 { u64::MAX } else { base + jitter };
        Ok(ScriptWorker { context, served: 0, recycle_at, spoiled: false })
    }

    fn after(&mut self, _: &JobCtx<'_>, end: JobEnd) -> After {
        self.served += 1;
        match end {
            JobEnd::Panicked => After::Rebuild,
            JobEnd::Returned if self.spoiled => After::Rebuild,
            JobEnd::Returned if self.served >= self.recycle_at => After::Retire,
            JobEnd::Returned => After::Keep,
        }
    }

    fn stop(self, reason: StopReason, ctx: &WorkerCtx) {
        match self.context.close() {
            Ok(report) => tracing::debug!(worker = %ctx.id(), ?reason, "{report}"),
            Err(error) => tracing::error!(worker = %ctx.id(), "the context could not be closed: {error}"),
        }
    }
}

impl ScriptWorker {
    /// One request.
    pub(crate) fn serve(&mut self, shared: &Arc<Shared>, request: Request, job: &JobCtx<'_>) -> Outcome {
        let started = Instant::now();
        let flags = request.flags.clone();
        let _ = flags.started.set(started);
        // Whoever interrupts from now on means this request: an interrupt that came too late for the one before is
        // forgotten, and the pool guarantees that the hook is not called any more once this job is over.
        let _ = self.context.take_interrupt();
        let remote = self.context.remote();
        let server = shared.clone();
        let hook_flags = flags.clone();
        job.on_cancel(move || {
            let default =
                if server.hurrying.load(Ordering::Acquire) { interrupt::DRAIN } else { interrupt::GONE };
            if !hook_flags.abandoned() {
                hook_flags.set_reason(default);
            }
            remote.interrupt(hook_flags.reason());
        });
        let path = request.path.clone();
        let page = match shared.cache.get(&shared.site, &path) {
            Ok(page) => page,
            Err(fault) => return failed(shared, &fault),
        };
        let session = match (page.session, request.cookie(COOKIE)) {
            (false, _) => SessionUse::Off,
            (true, id) => SessionUse::Closed(id.map(str::to_owned)),
        };
        let exchange = Rc::new(RefCell::new(Exchange {
            response: Response::new(shared.config.limits.output_bytes),
            session,
            lock: LockGuard::default(),
            deadline: started + shared.config.limits.time(),
            shared: shared.clone(),
            request,
        }));
        let mut result = self.run(shared, &path, &page, &exchange);
        if let Err(fault) = &mut result
            && matches!(fault.kind, FaultKind::Time | FaultKind::Gone | FaultKind::Drain)
        {
            // Several may have asked for the end; what counts is what the front said first.
            fault.kind = Fault::of_interrupt(flags.reason(), fault.kind);
        }
        let took = started.elapsed();
        shared.cache.took(&path, took);
        if took.as_millis() as u64 >= shared.config.pages.slow_ms {
            let place = result.as_ref().err().and_then(|fault| fault.place.as_ref());
            let at = place.map(|place| format!("{}:{}:{}", place.file, place.line, place.column));
            tracing::warn!(page = path, ?took, at = at.unwrap_or_default(), "slow script");
        }
        let response = &mut exchange.borrow_mut().response;
        match result {
            Ok(()) => Outcome { answer: response.finish(), fault: None },
            Err(fault) => {
                self.spoiled |= fault.kind.spoils();
                let mut outcome = failed(shared, &fault);
                response.append_cookies(outcome.answer.headers_mut());
                outcome
            }
        }
    }

    fn run(
        &self,
        shared: &Arc<Shared>,
        path: &str,
        page: &Arc<Page>,
        exchange: &Rc<RefCell<Exchange>>,
    ) -> Result<(), Fault> {
        let limits = &shared.config.limits;
        let internal = |error: interp::Error| match Fault::of_script(&error, None) {
            fault if fault.kind == FaultKind::Script || fault.kind == FaultKind::Page => {
                Fault::new(FaultKind::Internal, format!("the server's own script failed: {fault}"))
            }
            fault => fault,
        };
        let mut engine = Engine::builder()
            .name(path)
            .fuel(limits.fuel)
            .heap_limit(limits.heap_bytes)
            .native_stack(limits.script_stack_bytes())
            .open(&self.context)
            .map_err(internal)?;
        objects::install(&mut engine, exchange, page).map_err(internal)?;
        engine.run(objects::prelude()).map_err(internal)?;
        let result = engine.run(&page.script).map(drop).and_then(|()| engine.run_jobs());
        engine.close();
        match result {
            Err(error) if error.kind() == ErrorKind::Terminated(Termination::Host(ending::END)) => Ok(()),
            Err(error) => Err(Fault::of_script(&error, Some(&page.map)).in_page(path)),
            Ok(()) => Ok(()),
        }
    }
}

/// The answer that says what went wrong.
fn failed(shared: &Shared, fault: &Fault) -> Outcome {
    if fault.kind != FaultKind::NotFound {
        tracing::debug!("{}: {fault}", fault.kind.word());
    }
    Outcome { answer: fault_answer(fault, shared.config.details()), fault: Some(fault.kind) }
}

/// The same for the front.
pub(crate) fn fault_answer(fault: &Fault, details: bool) -> http::Response<Vec<u8>> {
    let status = fault.kind.status();
    let mut answer = http::Response::new(fault.html(details).into_bytes());
    *answer.status_mut() = http::StatusCode::from_u16(status).expect("every fault has a valid status");
    let headers = answer.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(http::header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    answer
}
