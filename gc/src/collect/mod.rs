//! A collection: roots → mark → weak → sweep. See `DESIGN.md` for the invariants.
//!
//! ```text
//!  full    all of it at once
//!  minor   marks stay, so old cells stay; what is young is reached from the roots and from what was written to
//!  slices  a full marking in parts, with mutations between them; what they write to is traced again at the end
//! ```

pub(crate) mod finalize;
pub(crate) mod mark;
pub(crate) mod roots;
pub(crate) mod trace;
pub(crate) mod trace_impls;
pub(crate) mod verify;

use crate::Error;
use crate::context::{ContextInner, Cycle, Phase};
use crate::diagnose::events::EventKind;
use crate::engine::EngineCore;
use crate::heap::counted::Counted;
use mark::Marker;
use trace::{Liveness, Tracer};
use verify::{HeapCensus, VerifyError};

/// How often a marking in slices catches up with the mutator before it ends in one go.
const ROUNDS: u32 = 16;
/// What a slice sweeps: blocks that are only looked at.
const SWEEP_BUDGET: usize = 1024;

type Engines = Vec<Counted<EngineCore>>;

/// What is to be done at a safepoint where a collection is wanted.
pub(crate) fn safepoint(ctx: &ContextInner) -> Result<(), Error> {
    ctx.may_collect()?;
    if ctx.wants_full() {
        if ctx.config().stress && ctx.config().generations {
            minor(ctx)?;
        }
        return full(ctx);
    }
    match ctx.cycle() {
        Cycle::None if ctx.config().generations && !ctx.is_full_due() => minor(ctx),
        Cycle::None if ctx.config().slice > 0 => begin(ctx),
        Cycle::None => full(ctx),
        Cycle::Marking { rounds } => slice(ctx, rounds, ctx.slice_scale()),
        Cycle::Sweeping => {
            let scale = ctx.slice_scale();
            sweep_slice(ctx, SWEEP_BUDGET.saturating_mul(scale));
            if ctx.is_minor_due() { minor(ctx) } else { Ok(()) }
        }
    }
}

/// A full collection of every engine of the context. One in slices that is going on is given up, or ended.
pub(crate) fn full(ctx: &ContextInner) -> Result<(), Error> {
    ctx.note(EventKind::Full, || full_now(ctx))
}

fn full_now(ctx: &ContextInner) -> Result<(), Error> {
    ctx.may_collect()?;
    let engines = ctx.engine_cores()?;
    sweep_all(ctx, &engines);
    let log = ctx.config().remembers();
    // The epoch is the next one only when nothing can fail any more.
    set_markers(&engines, || Marker::new(ctx.epoch() + 1, log))?;
    let epoch = ctx.next_epoch();
    // If a `trace` method panics, the guard leaves the context poisoned: half of the marks are worth nothing.
    let poison = enter_marking(ctx);
    for core in &engines {
        core.heap.begin_marking();
        mark_from_roots(ctx, core, epoch, |_| ());
    }
    finish_marking(ctx, &engines, false);
    std::mem::forget(poison);
    begin_sweep(ctx, &engines, epoch);
    sweep_engines(ctx, &engines, &mut { usize::MAX });
    ctx.settle_full(&engines);
    end(ctx, engines);
    Ok(())
}

/// A minor collection of every engine of the context; a full one where that cannot be done.
pub(crate) fn minor(ctx: &ContextInner) -> Result<(), Error> {
    ctx.note(EventKind::Minor, || minor_now(ctx))
}

fn minor_now(ctx: &ContextInner) -> Result<(), Error> {
    ctx.may_collect()?;
    let engines = ctx.engine_cores()?;
    let marking = matches!(ctx.cycle(), Cycle::Marking { .. });
    if !ctx.config().generations || marking || engines.iter().any(|core| core.heap.is_forgotten()) {
        return full(ctx);
    }
    let epoch = ctx.epoch();
    set_markers(&engines, || Marker::new(epoch, true))?;
    let poison = enter_marking(ctx);
    for core in &engines {
        core.heap.retire();
        mark_from_roots(ctx, core, epoch, |marker| trace_written(core, marker));
    }
    finish_marking(ctx, &engines, true);
    std::mem::forget(poison);
    after_mark(ctx, &engines, epoch);
    let keep = crate::heap::sweep::blocks_for(ctx.config().min_debt);
    for core in &engines {
        let live = take_marker(core).take_live();
        core.heap.sweep_minor(epoch, live, keep);
    }
    ctx.settle_minor(&engines);
    end(ctx, engines);
    Ok(())
}

/// The end of a full marking: what was not reached is to be swept.
fn begin_sweep(ctx: &ContextInner, engines: &Engines, epoch: u32) {
    after_mark(ctx, engines, epoch);
    for core in engines {
        let live = take_marker(core).take_live();
        core.heap.begin_sweep(epoch, live);
    }
    ctx.set_cycle(Cycle::Sweeping);
}

/// Begins a full collection in slices, with a first slice.
fn begin(ctx: &ContextInner) -> Result<(), Error> {
    let engines = ctx.engine_cores()?;
    debug_assert!(ctx.cycle() == Cycle::None);
    set_markers(&engines, || Marker::sliced(ctx.epoch() + 1))?;
    ctx.next_epoch();
    for core in &engines {
        core.heap.begin_marking();
    }
    ctx.set_cycle(Cycle::Marking { rounds: 0 });
    // What was allocated before the marking began is not to be made up for.
    slice(ctx, 0, 1)
}

/// Marks a part of the heap; at the end of marking, begins the sweep.
fn slice(ctx: &ContextInner, rounds: u32, scale: usize) -> Result<(), Error> {
    ctx.note(EventKind::Mark, || slice_now(ctx, rounds, scale))
}

fn slice_now(ctx: &ContextInner, rounds: u32, scale: usize) -> Result<(), Error> {
    let engines = ctx.engine_cores()?;
    if engines.iter().any(|core| core.heap.is_forgotten()) {
        // A write to a marked cell could not be remembered: what is marked so far is worth nothing.
        return full(ctx);
    }
    let epoch = ctx.epoch();
    for core in &engines {
        let mut marker = core.marker.borrow_mut();
        if marker.is_none() {
            // An engine that was opened meanwhile: all of it is young.
            *marker = Some(Marker::sliced(epoch).ok_or(Error::OutOfMemory)?);
        }
    }
    let mut budget = ctx.config().slice.saturating_mul(scale);
    let poison = enter_marking(ctx);
    let mut done = drain(&engines, &mut budget);
    if done && rounds > 0 && rounds < ROUNDS && budget == 0 {
        done = false;
    }
    let mut next = rounds;
    if done {
        // Everything known is marked: see what the mutations did meanwhile.
        next += 1;
        for core in &engines {
            let mut marker = core.marker.borrow_mut();
            let Some(marker) = &mut *marker else { continue };
            trace_roots(ctx, core, marker);
            trace_written(core, marker);
        }
        if next >= ROUNDS {
            budget = usize::MAX;
        }
        done = drain(&engines, &mut budget);
    }
    if !done {
        std::mem::forget(poison);
        ctx.set_cycle(Cycle::Marking { rounds: next });
        ctx.settle_slice(&engines);
        end(ctx, engines);
        return Ok(());
    }
    for core in &engines {
        let deferred = match &mut *core.marker.borrow_mut() {
            Some(marker) => marker.become_atomic(),
            None => Vec::new(),
        };
        core.heap.retire();
        mark_from_roots(ctx, core, epoch, |marker| {
            for &cell in &deferred {
                // SAFETY: 1. what was met while tracing is alive, and nothing was freed since. 2. none is active.
                unsafe { marker.trace_written(cell) };
            }
        });
    }
    finish_marking(ctx, &engines, false);
    std::mem::forget(poison);
    begin_sweep(ctx, &engines, epoch);
    ctx.settle_full(&engines);
    end(ctx, engines);
    Ok(())
}

/// Sweeps a part of what the last full collection left.
fn sweep_slice(ctx: &ContextInner, budget: usize) {
    ctx.note(EventKind::Sweep, || sweep_slice_now(ctx, budget))
}

fn sweep_slice_now(ctx: &ContextInner, budget: usize) {
    let Ok(engines) = ctx.engine_cores() else { return };
    sweep_engines(ctx, &engines, &mut { budget });
    ctx.settle_slice(&engines);
    end(ctx, engines);
}

/// Ends the sweep of the last full collection, and gives up a marking that is not at its end.
fn sweep_all(ctx: &ContextInner, engines: &Engines) {
    if ctx.cycle() == Cycle::Sweeping {
        sweep_engines(ctx, engines, &mut { usize::MAX });
    }
    engines.iter().for_each(|core| drop(core.marker.take()));
    ctx.set_cycle(Cycle::None);
    ctx.set_phase(Phase::Idle);
}

/// A marker for each engine, or none for any.
fn set_markers(engines: &Engines, mut make: impl FnMut() -> Option<Marker>) -> Result<(), Error> {
    for core in engines {
        let Some(marker) = make() else {
            engines.iter().for_each(|core| drop(core.marker.take()));
            return Err(Error::OutOfMemory);
        };
        core.marker.replace(Some(marker));
    }
    Ok(())
}

fn sweep_engines(ctx: &ContextInner, engines: &Engines, budget: &mut usize) {
    ctx.set_phase(Phase::Sweeping);
    if engines.iter().all(|core| core.heap.sweep_some(budget)) {
        ctx.set_cycle(Cycle::None);
    }
}

/// Marks what an engine reaches from its roots and from what `more` traces.
fn mark_from_roots(ctx: &ContextInner, core: &EngineCore, epoch: u32, more: impl FnOnce(&mut Marker)) {
    let mut slot = core.marker.borrow_mut();
    let Some(marker) = &mut *slot else { return };
    more(marker);
    loop {
        trace_roots(ctx, core, marker);
        // SAFETY: 1. roots point to what is alive. 2. `may_collect` says that no mutation is active.
        unsafe { marker.drain(&mut { usize::MAX }) };
        if !marker.take_overflow() {
            return;
        }
        // SAFETY: 1. what is marked is alive. 2. as above.
        core.heap.for_each_marked(epoch, |cell| unsafe { marker.trace_again(cell) });
    }
}

fn trace_roots(ctx: &ContextInner, core: &EngineCore, marker: &mut Marker) {
    let tracer = Tracer::of(marker);
    // SAFETY: `may_collect` says that no mutation is active.
    unsafe { core.root.trace(tracer) };
    ctx.handles.trace(core.id, tracer);
    core.finalizers.trace(tracer);
}

/// Traces the cells of an engine that were written to after they were marked.
fn trace_written(core: &EngineCore, marker: &mut Marker) {
    for cell in core.heap.take_remembered() {
        // SAFETY: 1. a remembered cell was marked, and what is marked is freed by no collection but a full one, which
        // forgets the cells remembered. 2. `may_collect` says so.
        unsafe { marker.trace_written(cell) };
    }
}

fn drain(engines: &Engines, budget: &mut usize) -> bool {
    engines.iter().all(|core| match &mut *core.marker.borrow_mut() {
        // SAFETY: 1. roots, and what is reached from them, since nothing is freed while marking goes on. 2. `may_collect`.
        Some(marker) => unsafe { marker.drain(budget) },
        None => true,
    })
}

/// Clears what is weak and was not reached; then what is to be finalized comes back, with all it reaches.
fn finish_marking(ctx: &ContextInner, engines: &Engines, minor: bool) {
    let epoch = ctx.epoch();
    for core in engines {
        clear_weak(core);
        // SAFETY: 1. a registered cell is not freed.
        if core.finalizers.select(minor, |cell| unsafe { mark::is_marked(cell, epoch) }) {
            mark_from_roots(ctx, core, epoch, |_| ());
            clear_weak(core);
        }
    }
}

fn clear_weak(core: &EngineCore) {
    if let Some(marker) = &mut *core.marker.borrow_mut() {
        // SAFETY: 1. nothing ran since but tracing. 2. nothing is freed yet.
        unsafe { marker.clear_weak() };
    }
}

fn take_marker(core: &EngineCore) -> Marker {
    core.marker.take().unwrap_or_default()
}

fn after_mark(ctx: &ContextInner, engines: &Engines, epoch: u32) {
    let alive = Liveness::new(epoch);
    for core in engines {
        // SAFETY: no mutation is active, and the pointers into the root that marking held are gone.
        core.heap.guard_panic(|| unsafe { core.root.after_mark(&alive) });
    }
    ctx.set_phase(Phase::Sweeping);
}

/// The collection, or its part, is at its end: engines that were closed by drop glue are ended.
fn end(ctx: &ContextInner, engines: Engines) {
    ctx.set_phase(Phase::Idle);
    drop(engines);
    ctx.end_pending();
    ctx.publish();
}

fn enter_marking(ctx: &ContextInner) -> PoisonOnDrop<'_> {
    ctx.reclaim_handles();
    ctx.set_phase(Phase::Marking);
    PoisonOnDrop(ctx)
}

struct PoisonOnDrop<'a>(&'a ContextInner);

impl Drop for PoisonOnDrop<'_> {
    fn drop(&mut self) {
        self.0.for_each_engine(|core| {
            core.heap.abandon();
            core.marker.take();
        });
        self.0.set_cycle(Cycle::None);
        self.0.set_phase(Phase::Poisoned);
        self.0.end_pending();
    }
}

/// Walks every heap of the context. A full collection in slices is brought to its end first.
pub(crate) fn verify(ctx: &ContextInner) -> Result<HeapCensus, VerifyError> {
    ctx.may_collect()?;
    let engines = ctx.engine_cores()?;
    match ctx.cycle() {
        Cycle::None => (),
        Cycle::Marking { .. } => full(ctx)?,
        Cycle::Sweeping => sweep_all(ctx, &engines),
    }
    let _walk = ctx.walk()?;
    let mut all = HeapCensus::default();
    for core in engines {
        let roots = |tracer: &mut Tracer<'_>| {
            // SAFETY: `may_collect` says that no mutation is active.
            unsafe { core.root.trace(tracer) };
            ctx.handles.trace(core.id, tracer);
            core.finalizers.trace(tracer);
        };
        let epoch = ctx.config().generations.then(|| ctx.epoch());
        // SAFETY: 1. as above. 2. these are the roots of this engine.
        let census = unsafe { verify::verify(&core.heap, epoch, roots)? };
        all.cells += census.cells;
        all.bytes += census.bytes;
        all.reachable += census.reachable;
    }
    Ok(all)
}
