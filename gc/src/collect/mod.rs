//! A collection: roots → mark → weak → sweep. See `DESIGN.md` for the invariants.

pub(crate) mod mark;
pub(crate) mod roots;
pub(crate) mod trace;
pub(crate) mod trace_impls;
pub(crate) mod verify;

use crate::Error;
use crate::context::{ContextInner, Phase};
use mark::Marker;
use trace::{Liveness, Tracer};
use verify::HeapCensus;

/// Collects every engine of the context.
pub(crate) fn run(ctx: &ContextInner) -> Result<(), Error> {
    ctx.may_collect()?;
    let engines = ctx.engine_cores();
    let mut live = Vec::new();
    live.try_reserve_exact(engines.len()).map_err(|_| Error::OutOfMemory)?;
    let epoch = ctx.next_epoch();
    let mut marker = Marker::new(epoch).ok_or(Error::OutOfMemory)?;
    ctx.reclaim_handles();
    ctx.phase.set(Phase::Marking);
    // If a `trace` method panics, the guard leaves the context poisoned: half of the marks are worth nothing.
    let poison = PoisonOnDrop(ctx);
    for core in &engines {
        core.heap.retire();
        loop {
            let mut tracer = Tracer { marker: &mut marker };
            // SAFETY: `may_collect` says that no mutation is active.
            unsafe { core.root.trace(&mut tracer) };
            ctx.handles.trace(core.id, &mut tracer);
            // SAFETY: 1. roots point to what is alive. 2. as above.
            unsafe { marker.drain() };
            if !marker.take_overflow() {
                break;
            }
            // SAFETY: 1. what is marked is alive. 2. as above.
            core.heap.for_each_marked(epoch, |cell| unsafe { marker.trace_again(cell) });
        }
        live.push(marker.take_live());
    }
    // SAFETY: 1. nothing ran since but tracing. 2. nothing is freed yet.
    unsafe { marker.clear_weak() };
    std::mem::forget(poison);

    let alive = Liveness::new(epoch);
    for core in &engines {
        // SAFETY: no mutation is active, and the pointers into the root that marking held are gone.
        core.heap.guard_panic(|| unsafe { core.root.after_mark(&alive) });
    }
    ctx.phase.set(Phase::Sweeping);
    for (core, live) in engines.iter().zip(live) {
        core.heap.sweep(epoch, live);
    }
    ctx.settle(&engines);
    ctx.phase.set(Phase::Idle);
    drop(engines);
    ctx.end_pending();
    ctx.publish();
    Ok(())
}

struct PoisonOnDrop<'a>(&'a ContextInner);

impl Drop for PoisonOnDrop<'_> {
    fn drop(&mut self) {
        for core in self.0.engine_cores() {
            core.heap.abandon();
        }
        self.0.phase.set(Phase::Poisoned);
        self.0.end_pending();
    }
}

/// Walks every heap of the context.
pub(crate) fn verify(ctx: &ContextInner) -> Result<HeapCensus, String> {
    ctx.may_collect().map_err(|error| error.to_string())?;
    let mut all = HeapCensus::default();
    for core in ctx.engine_cores() {
        let roots = |tracer: &mut Tracer<'_>| {
            // SAFETY: `may_collect` says that no mutation is active.
            unsafe { core.root.trace(tracer) };
            ctx.handles.trace(core.id, tracer);
        };
        // SAFETY: 1. as above. 2. these are the roots of this engine.
        let census = unsafe { verify::verify(&core.heap, roots)? };
        all.cells += census.cells;
        all.bytes += census.bytes;
        all.reachable += census.reachable;
    }
    Ok(all)
}
