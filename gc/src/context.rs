//! A context: one collector, owned by the thread that opened it.
#![forbid(unsafe_code)]

use crate::collect::finalize::Finalizers;
use crate::collect::roots::{HandleSlots, RootOwner};
use crate::collect::verify::{HeapCensus, VerifyError};
use crate::diagnose::events::{Event, EventKind, Events};
use crate::diagnose::graph::{HeapGraph, TypeSummary};
use crate::diagnose::sites::{AllocationSite, Sampler};
use crate::engine::{EngineCore, Rootable};
use crate::error::CloseRefusal;
use crate::heap::account::Pacing;
use crate::heap::alloc::Heap;
use crate::heap::counted::Counted;
use crate::lifecycle::process::Process;
use crate::lifecycle::registry::{ContextKey, HandleKey, Record};
use crate::{
    CloseError, CloseReport, Config, ContextStats, Engine, EngineConfig, EngineReport, Error, HandlePolicy,
    Mutation, OutOfMemory, Remote,
};
use std::cell::{Cell, RefCell};
use std::fmt;

/// How many closed engines a context remembers for its report.
const KEPT_REPORTS: usize = 64;

/// A collector with its engines, on the thread that opened it (it is neither `Send` nor `Sync`).
///
/// Several engines may share it; one collection collects them all. Nothing outlives [`close`](Context::close).
pub struct Context {
    inner: Counted<ContextInner>,
}

/// What a context is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing, or mutations.
    Idle,
    /// Marking: user code that runs is `trace` and `after_mark`.
    Marking,
    /// Sweeping: user code that runs is drop glue.
    Sweeping,
    /// A `trace` method panicked: there are no collections any more.
    Poisoned,
}

/// How far a full collection in slices is, between its slices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cycle {
    /// There is none.
    None,
    /// Marking, and how often it caught up with the mutations.
    Marking {
        /// How often everything known was marked.
        rounds: u32,
    },
    /// Sweeping.
    Sweeping,
}

/// Bytes allocated between two slices.
const SLICE_STEP: usize = 64 << 10;
/// How many times the least debt the constant of the growth rule is; see [`ContextInner::growth`].
const GROWTH: usize = 64;

/// The part of a context that its engines share.
pub(crate) struct ContextInner {
    phase: Cell<Phase>,
    cycle: Cell<Cycle>,
    /// Mutations active, nested ones counted.
    depth: Cell<u32>,
    epoch: Cell<u32>,
    collections: Cell<u64>,
    minor_collections: Cell<u64>,
    /// Bytes allocated since the last collection, without the current debt, while slices are made.
    since_minor: Cell<usize>,
    slices: Cell<u64>,
    key: ContextKey,
    record: &'static Record,
    config: Config,
    pacing: Counted<Pacing>,
    engines: RefCell<Vec<Counted<EngineCore>>>,
    /// Engines that were closed by drop glue in a collection, to be ended after it.
    pending: RefCell<Vec<Counted<EngineCore>>>,
    next_engine: Cell<u32>,
    pub(crate) handles: HandleSlots,
    reports: RefCell<Vec<EngineReport>>,
    /// For [`Engine::close`], which is to return it.
    last_report: RefCell<Option<EngineReport>>,
    /// Engines closed before those.
    reports_dropped: Cell<u64>,
    drop_panics: Cell<u64>,
    explicit: Cell<bool>,
    events: Events,
}

impl Context {
    /// Opens a context on this thread.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] when the process has no place for another context.
    #[track_caller]
    pub fn open(config: Config) -> Result<Context, Error> {
        let process = Process::get();
        let pacing = Counted::try_new(Pacing {
            debt: Cell::new(0),
            threshold: Cell::new(config.min_debt),
            used: Cell::new(0),
            full_at: Cell::new(config.min_debt),
            urgent: Cell::new(false),
            soft_limit: config.soft_limit,
            hard_limit: config.hard_limit,
            stress: config.stress,
            // Their first touch is a pause.
            huge_pages: config.slice == 0,
            sampler: Sampler::new(config.sample),
            fail_in: Cell::new(config.fail_allocation),
        })?;
        let key = process.registry.open().ok_or(Error::OutOfMemory)?;
        let record = process.registry.record(key.record).ok_or(Error::OutOfMemory)?;
        process.counters.context_opened();
        let events = Events::new(config.events);
        // From here on its drop closes the record.
        let inner = Counted::try_new(ContextInner {
            phase: Cell::new(Phase::Idle),
            cycle: Cell::new(Cycle::None),
            depth: Cell::new(0),
            // Blocks and large cells begin with the epoch zero: not marked.
            epoch: Cell::new(1),
            collections: Cell::new(0),
            minor_collections: Cell::new(0),
            since_minor: Cell::new(0),
            slices: Cell::new(0),
            key,
            record,
            config,
            pacing,
            engines: RefCell::default(),
            pending: RefCell::default(),
            next_engine: Cell::new(0),
            handles: HandleSlots::default(),
            reports: RefCell::default(),
            last_report: RefCell::default(),
            reports_dropped: Cell::new(0),
            drop_panics: Cell::new(0),
            explicit: Cell::new(false),
            events,
        })?;
        Ok(Context { inner })
    }

    /// Opens an engine whose root `f` makes in a first mutation.
    ///
    /// # Errors
    /// [`Error::CollectionActive`] when called from drop glue in a collection; [`Error::OutOfMemory`] when the system has
    /// no memory for it, or not for its root.
    pub fn engine<R: Rootable>(
        &self,
        config: EngineConfig,
        f: impl for<'gc> FnOnce(&'gc Mutation<'gc>) -> R::Root<'gc>,
    ) -> Result<Engine<R>, Error> {
        if matches!(self.inner.phase.get(), Phase::Marking | Phase::Sweeping) {
            return Err(Error::CollectionActive);
        }
        let id = self.inner.next_engine.get();
        self.inner.next_engine.set(id.checked_add(1).ok_or(Error::OutOfMemory)?);
        // Room for everything that its end may need.
        let mut engines = self.inner.engines.borrow_mut();
        engines.try_reserve(1).map_err(|_| OutOfMemory)?;
        let open = engines.len() + 1;
        let mut pending = self.inner.pending.borrow_mut();
        let more = open.saturating_sub(pending.len());
        pending.try_reserve(more).map_err(|_| OutOfMemory)?;
        let mut reports = self.inner.reports.borrow_mut();
        let more = open.min(KEPT_REPORTS.saturating_sub(reports.len()));
        reports.try_reserve(more).map_err(|_| OutOfMemory)?;
        drop((pending, reports));
        let heap = Heap::new(Counted::clone(&self.inner.pacing), config.soft_limit, config.hard_limit)?;
        let core = Counted::try_new(EngineCore {
            heap,
            record: self.inner.record,
            root: Default::default(),
            marker: RefCell::default(),
            finalizers: Finalizers::default(),
            ctx: Counted::clone(&self.inner),
            id,
            name: config.name,
        })?;
        engines.push(Counted::clone(&core));
        drop(engines);
        Ok(Engine::from_owner(RootOwner::new(core, f)?))
    }

    /// Collects every engine of the context, in full and at once.
    ///
    /// # Errors
    /// [`Error::MutationActive`] in a mutation, [`Error::CollectionActive`] in a collection,
    /// [`Error::CollectorPoisoned`] after a panic in a `trace` method.
    pub fn collect(&self) -> Result<(), Error> {
        crate::collect::full(&self.inner)
    }

    /// The numbers now.
    pub fn stats(&self) -> ContextStats {
        self.inner.stats()
    }

    /// A name of this context for other threads.
    pub fn remote(&self) -> Remote {
        Remote::new(self.inner.key)
    }

    /// Did a [`Remote`] ask for something?
    pub fn interrupted(&self) -> bool {
        self.inner.record.interrupted()
    }

    /// Takes the reasons, as bits, of all interrupts since the last time.
    pub fn take_interrupt(&mut self) -> Option<u32> {
        self.inner.record.take_interrupt()
    }

    /// Does the collector have to hear of every write to a cell, weak pointers included: is it configured for generations,
    /// or to mark in slices? Who keeps a promise of [`Trace`](crate::Trace) by hand asks before it relies on less.
    pub fn needs_barrier(&self) -> bool {
        self.inner.config.remembers()
    }

    /// Walks every heap and checks it: every edge leads to a cell of its heap, bitmaps and accounts agree. It takes memory in
    /// proportion to the cells: a function for tests.
    ///
    /// # Errors
    /// The first thing that is wrong, or why it could not look.
    pub fn verify(&self) -> Result<HeapCensus, VerifyError> {
        crate::collect::verify(&self.inner)
    }

    /// Collects in full, then takes the graph of what is left: retaining paths, retained sizes, a snapshot for DevTools. It
    /// takes memory in proportion to cells and edges (about a hundred bytes for each).
    ///
    /// # Errors
    /// As [`collect`](Self::collect), and [`Error::OutOfMemory`] when there is no memory for it.
    pub fn graph(&self) -> Result<HeapGraph, Error> {
        crate::diagnose::take::graph(&self.inner)
    }

    /// What the collector did of late, oldest first, if [`Config::events`](crate::Config::events) is set.
    pub fn events(&self) -> Vec<Event> {
        self.inner.events.list()
    }

    /// Where cells were allocated so far, most bytes first, if [`Config::sample`](crate::Config::sample) is set.
    pub fn allocation_sites(&self) -> Vec<AllocationSite> {
        self.inner.pacing.sampler.list()
    }

    /// Writes the [`events`](Self::events) as a Chrome trace, for Perfetto or `chrome://tracing`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_trace<W: fmt::Write>(&self, out: &mut W) -> fmt::Result {
        self.inner.events.write_trace(out)
    }

    /// Closes the context: after this nothing of it is left but the report.
    ///
    /// # Errors
    /// The context back, unharmed, when engines are open, or when handles are alive and the policy is
    /// [`HandlePolicy::Refuse`].
    #[expect(clippy::result_large_err, reason = "a box would need memory at a time when there may be none")]
    pub fn close(self) -> Result<CloseReport, CloseError> {
        self.inner.reclaim_handles();
        self.inner.note_retained();
        let mut report = self.inner.report();
        let refusal = if report.engines_open > 0 {
            Some(CloseRefusal::EnginesOpen)
        } else if report.stats.handles > 0 && self.inner.config.handles == HandlePolicy::Refuse {
            Some(CloseRefusal::HandlesLive)
        } else {
            None
        };
        match refusal {
            Some(refusal) => {
                let reports = self.inner.reports.borrow();
                // As many as there is memory for.
                if report.engines.try_reserve_exact(reports.len()).is_ok() {
                    report.engines.extend(reports.iter().map(EngineReport::try_clone));
                }
                drop(reports);
                Err(CloseError { ctx: self, report, refusal })
            }
            None => {
                self.inner.explicit.set(true);
                report.engines = self.inner.reports.take();
                Ok(report)
            }
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

/// A mutation being active.
pub(crate) struct Active<'a>(&'a ContextInner);

impl Drop for Active<'_> {
    fn drop(&mut self) {
        self.0.depth.set(self.0.depth.get() - 1);
    }
}

/// A walk over the heaps: what `trace` and `inspect` methods do meanwhile is refused as in a collection.
pub(crate) struct Walk<'a>(&'a ContextInner);

impl Drop for Walk<'_> {
    fn drop(&mut self) {
        self.0.phase.set(Phase::Idle);
        self.0.end_pending();
    }
}

impl ContextInner {
    /// Begins a walk, which its guard ends, also when it panics.
    ///
    /// # Errors
    /// As for a collection.
    pub(crate) fn walk(&self) -> Result<Walk<'_>, Error> {
        self.may_collect()?;
        self.phase.set(Phase::Marking);
        Ok(Walk(self))
    }

    /// Begins a mutation; the guard ends it, also when it panics.
    #[inline]
    pub(crate) fn enter(&self) -> Active<'_> {
        assert!(
            matches!(self.phase.get(), Phase::Idle | Phase::Poisoned),
            "a mutation inside a collection (from drop glue or from a hook)"
        );
        self.depth.set(self.depth.get() + 1);
        Active(self)
    }

    pub(crate) fn may_collect(&self) -> Result<(), Error> {
        if self.depth.get() > 0 {
            return Err(Error::MutationActive);
        }
        match self.phase.get() {
            Phase::Idle => Ok(()),
            Phase::Marking | Phase::Sweeping => Err(Error::CollectionActive),
            Phase::Poisoned => Err(Error::CollectorPoisoned),
        }
    }

    pub(crate) fn next_epoch(&self) -> u32 {
        let epoch = self.epoch.get().checked_add(1).expect("fewer than 2^32 collections in a context");
        self.epoch.set(epoch);
        epoch
    }

    /// The epoch of the marks.
    pub(crate) fn epoch(&self) -> u32 {
        self.epoch.get()
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn set_phase(&self, phase: Phase) {
        self.phase.set(phase);
    }

    pub(crate) fn cycle(&self) -> Cycle {
        self.cycle.get()
    }

    pub(crate) fn set_cycle(&self, cycle: Cycle) {
        self.cycle.set(cycle);
    }

    /// Collections that may have freed something.
    pub(crate) fn collections(&self) -> u64 {
        self.collections.get() + self.minor_collections.get() + self.slices.get()
    }

    pub(crate) fn engine_cores(&self) -> Result<Vec<Counted<EngineCore>>, Error> {
        let engines = self.engines.borrow();
        let mut cores = Vec::new();
        cores.try_reserve_exact(engines.len()).map_err(|_| Error::OutOfMemory)?;
        cores.extend(engines.iter().cloned());
        Ok(cores)
    }

    /// Does `work`, and notes it among the events.
    pub(crate) fn note<T>(&self, kind: EventKind, work: impl FnOnce() -> T) -> T {
        self.events.note(kind, || self.pacing.used.get(), work)
    }

    // Pacing --------------------------------------------------------------------------------------------------------

    /// Must the next collection be a full one, at once?
    pub(crate) fn wants_full(&self) -> bool {
        self.config.stress || self.pacing.urgent.get() || self.record.collect_requested()
    }

    /// Is it time to begin a full collection?
    pub(crate) fn is_full_due(&self) -> bool {
        self.pacing.used.get() >= self.pacing.full_at.get()
    }

    /// Was as much allocated as the young generation may hold?
    pub(crate) fn is_minor_due(&self) -> bool {
        self.config.generations && self.since_minor.get() >= self.config.min_debt
    }

    /// How many slices are to be made up for: a mutation may have allocated more than a step.
    pub(crate) fn slice_scale(&self) -> usize {
        (self.pacing.debt.get() / SLICE_STEP).max(1)
    }

    /// The bytes a heap of `live` bytes may grow by before it is collected in full.
    ///
    /// This is the square-root rule (MemBalancer): with many heaps in a process, the sum of their collection times for a
    /// given sum of their sizes is least when each has room in proportion to the square root of its live bytes. The
    /// constant stands for the rate of allocation, which is not measured: no clock is read here.
    fn growth(&self, live: usize) -> usize {
        let least = self.config.min_debt;
        let root = (live as u128 * (least as u128 * GROWTH as u128)).isqrt();
        usize::try_from(root).unwrap_or(usize::MAX).max(least)
    }

    pub(crate) fn key(&self) -> ContextKey {
        self.key
    }

    pub(crate) fn record(&self) -> &'static Record {
        self.record
    }

    pub(crate) fn owns(&self, key: HandleKey) -> bool {
        key.record == self.key.record && key.record_generation == self.key.generation
    }

    pub(crate) fn reclaim_handles(&self) {
        self.record.reclaim(|slot| self.handles.remove(slot));
    }

    /// After a full marking: the next thresholds.
    pub(crate) fn settle_full(&self, engines: &[Counted<EngineCore>]) {
        let pacing = &self.pacing;
        let used = pacing.used.get();
        let growth = self.growth(used).min(self.room(used));
        pacing.full_at.set(used.saturating_add(growth));
        pacing.urgent.set(false);
        self.collections.set(self.collections.get() + 1);
        self.record.collect_done();
        self.since_minor.set(0);
        self.next_threshold();
        for core in engines {
            core.heap.settle(true);
        }
    }

    /// After a minor collection.
    pub(crate) fn settle_minor(&self, engines: &[Counted<EngineCore>]) {
        self.minor_collections.set(self.minor_collections.get() + 1);
        self.since_minor.set(0);
        self.next_threshold();
        for core in engines {
            core.heap.settle(false);
        }
    }

    /// After a slice.
    pub(crate) fn settle_slice(&self, engines: &[Counted<EngineCore>]) {
        self.slices.set(self.slices.get() + 1);
        self.since_minor.set(self.since_minor.get().saturating_add(self.pacing.debt.get()));
        self.next_threshold();
        for core in engines {
            core.heap.rest();
        }
    }

    /// The bytes left under the hard limit of the context, and a little more.
    fn room(&self, used: usize) -> usize {
        self.pacing.hard_limit.saturating_sub(used).max(self.pacing.hard_limit / 32)
    }

    fn next_threshold(&self) {
        let pacing = &self.pacing;
        let used = pacing.used.get();
        let threshold = match self.cycle.get() {
            Cycle::None if self.config.generations => self.config.min_debt,
            Cycle::None => pacing.full_at.get().saturating_sub(used).max(self.config.min_debt),
            Cycle::Marking { .. } | Cycle::Sweeping => SLICE_STEP.min(self.config.min_debt),
        };
        pacing.debt.set(0);
        pacing.threshold.set(threshold.min(self.room(used)));
    }

    pub(crate) fn stats(&self) -> ContextStats {
        let engines = self.engines.borrow();
        let mut stats = ContextStats {
            engines: engines.len(),
            collections: self.collections.get(),
            minor_collections: self.minor_collections.get(),
            slices: self.slices.get(),
            handles: self.record.live_slots(),
            drop_panics: self.drop_panics.get(),
            ..ContextStats::default()
        };
        for core in engines.iter() {
            let engine = core.stats();
            stats.bytes += engine.bytes;
            stats.external_bytes += engine.external_bytes;
            stats.allocated_bytes += engine.allocated_bytes;
            stats.blocks += engine.blocks;
            stats.drop_panics += engine.drop_panics;
        }
        stats
    }

    pub(crate) fn publish(&self) {
        self.record.publish(self.stats());
    }

    /// What is to be said, but for the engines. Without memory the list of handles is shorter than their number.
    fn report(&self) -> CloseReport {
        let stats = self.stats();
        let mut handles = Vec::new();
        self.record.for_each_live_slot(|slot, count| {
            if let Some(handle) = self.handles.describe(slot, count, self.collections())
                && handles.try_reserve(1).is_ok()
            {
                handles.push(handle);
            }
        });
        CloseReport {
            stats,
            engines: Vec::new(),
            engines_before: self.reports_dropped.get(),
            engines_open: stats.engines,
            handles,
            drop_panics: stats.drop_panics,
            sites: self.pacing.sampler.list(),
        }
    }

    /// Ends an engine, or, in a collection, remembers to.
    pub(crate) fn close_engine(core: &Counted<EngineCore>) {
        let ctx = &core.ctx;
        if matches!(ctx.phase.get(), Phase::Marking | Phase::Sweeping) {
            ctx.pending.borrow_mut().push(Counted::clone(core));
            return;
        }
        ctx.reclaim_handles();
        ctx.note_retained();
        let (types, census_failed) = ctx.census(core);
        let stats = core.stats();
        ctx.reclaim_handles();
        let handles_invalidated = ctx.handles.invalidate(core.id);
        ctx.engines.borrow_mut().retain(|other| !Counted::ptr_eq(other, core));
        ctx.note(EventKind::Close, || core.end());
        let panics = core.heap.drop_panics.get();
        ctx.drop_panics.set(ctx.drop_panics.get() + panics);
        let mut reports = ctx.reports.borrow_mut();
        if reports.len() == KEPT_REPORTS {
            // A context that lives long must not grow by what it remembers.
            reports.remove(0);
            ctx.reports_dropped.set(ctx.reports_dropped.get() + 1);
        }
        let report = EngineReport {
            name: core.name.clone(),
            stats,
            close_panics: panics - stats.drop_panics,
            handles_invalidated,
            types,
            census_failed,
        };
        // There is room: it was made when the engine was opened.
        reports.push(report.try_clone());
        ctx.last_report.replace(Some(report));
        drop(reports);
        ctx.publish();
    }

    /// Notes what handles keep, where it is asked for and can be said.
    fn note_retained(&self) {
        // Not while a panic is on its way: as in `census`.
        if self.config.census
            && !std::thread::panicking()
            && self.handles.any_target()
            && let Ok(bytes) = crate::diagnose::take::retained_by_handles(self)
        {
            self.handles.set_retained(bytes);
        }
    }

    /// What is alive in an engine, where it is asked for; true when that cannot be said.
    fn census(&self, core: &EngineCore) -> (Vec<TypeSummary>, bool) {
        if !self.config.census {
            return (Vec::new(), false);
        }
        // Not while a panic is on its way: user code that runs in a collection may make a second one.
        let known = !std::thread::panicking() && crate::collect::full(self).is_ok();
        match known.then(|| core.types()) {
            Some(Ok(types)) => (types, false),
            _ => (Vec::new(), true),
        }
    }

    pub(crate) fn end_pending(&self) {
        let pending = self.pending.take();
        for core in &pending {
            ContextInner::close_engine(core);
        }
    }

    pub(crate) fn take_last_report(&self) -> Option<EngineReport> {
        self.last_report.take()
    }

    /// Visits the engines. `visit` may not open or close one.
    pub(crate) fn for_each_engine(&self, visit: impl FnMut(&Counted<EngineCore>)) {
        self.engines.borrow().iter().for_each(visit);
    }
}

impl Drop for ContextInner {
    fn drop(&mut self) {
        let process = Process::get();
        process.registry.close(self.key);
        let explicit = self.explicit.get();
        process.counters.context_closed(!explicit, self.drop_panics.get());
        if self.config.must_close && !explicit && !std::thread::panicking() {
            panic!("a context was dropped without `Context::close`, and `Config::must_close` is set");
        }
    }
}
