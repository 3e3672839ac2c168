//! An engine on a context: a typed root, a heap, an account of its own.
#![forbid(unsafe_code)]

use crate::collect::finalize::Finalizers;
use crate::collect::mark::Marker;
use crate::collect::roots::{RootOwner, RootSlot};
use crate::collect::trace::Trace;
use crate::context::ContextInner;
use crate::heap::alloc::Heap;
use crate::heap::counted::Counted;
use crate::lifecycle::registry::Record;
use crate::{EngineReport, EngineStats, FinalizerRun, GcAny, Mutation};
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

/// Names the type of a root, for every brand.
///
/// ```
/// # use gc::{Gc, Rootable, Trace};
/// #[derive(Trace)]
/// struct Globals<'gc> { names: Vec<Gc<'gc, String>> }
/// struct Script;
/// impl Rootable for Script { type Root<'gc> = Globals<'gc>; }
/// ```
pub trait Rootable: 'static {
    /// The root in a mutation of the brand `'gc`.
    type Root<'gc>: Trace + 'gc;
}

/// What the collector knows of an engine, and what a [`Mutation`] is made of.
// The heap comes first: its cursor is at the address of the mutation.
#[repr(C)]
pub(crate) struct EngineCore {
    pub(crate) heap: Heap,
    pub(crate) record: &'static Record,
    pub(crate) root: RootSlot,
    /// In a marking by slices: how far it is in this engine.
    pub(crate) marker: RefCell<Option<Marker>>,
    pub(crate) finalizers: Finalizers,
    pub(crate) ctx: Counted<ContextInner>,
    pub(crate) id: u32,
    pub(crate) name: Arc<str>,
}

impl EngineCore {
    pub(crate) fn stats(&self) -> EngineStats {
        let (finalizers, finalizers_ready) = self.finalizers.counts();
        EngineStats {
            bytes: self.heap.used(),
            external_bytes: self.heap.account.external(),
            allocated_bytes: self.heap.total(),
            blocks: self.heap.blocks(),
            drop_panics: self.heap.drop_panics.get(),
            finalizers,
            finalizers_ready,
        }
    }
}

/// An engine: the root, and the right to mutate. Dropping it closes it.
pub struct Engine<R: Rootable> {
    owner: RootOwner<R>,
}

impl<R: Rootable> Engine<R> {
    pub(crate) fn from_owner(owner: RootOwner<R>) -> Self {
        Engine { owner }
    }

    /// A mutation: the only place where [`Gc`](crate::Gc)s of this engine exist. It never collects.
    ///
    /// The root is handed out mutably and traced anew at each collection: writing to it needs no barrier.
    ///
    /// # Panics
    /// When called inside a collection (from drop glue, or from a hook); and when `f` does.
    #[inline]
    pub fn mutate<T>(
        &mut self,
        f: impl for<'gc> FnOnce(&'gc Mutation<'gc>, &'gc mut R::Root<'gc>) -> T,
    ) -> T {
        self.owner.enter(f)
    }

    /// Collects if a collection is wanted and no mutation of another engine of the context is active: a minor one, a
    /// slice of a full one, or a full one, as the configuration and the limits ask for.
    #[inline]
    pub fn safepoint(&mut self) {
        let core = self.owner.core();
        if core.heap.pressure() || core.record.collect_requested() {
            self.safepoint_slow();
        }
    }

    #[cold]
    fn safepoint_slow(&mut self) {
        let core = self.owner.core();
        if crate::collect::safepoint(&core.ctx).is_err() {
            core.heap.raise_pressure();
        }
    }

    /// A minor collection of the whole context: what was allocated since the last collection and is not reached is
    /// freed. Without generations, and when it is put off, as [`collect`](Self::collect).
    pub fn collect_minor(&mut self) {
        let core = self.owner.core();
        if crate::collect::minor(&core.ctx).is_err() {
            core.heap.raise_pressure();
        }
    }

    /// Collects the whole context, in full. While a mutation of another engine of the context is active, the collection is put
    /// off: it is wanted at the next safepoint.
    #[cold]
    pub fn collect(&mut self) {
        let core = self.owner.core();
        if crate::collect::full(&core.ctx).is_err() {
            core.heap.raise_pressure();
        }
    }

    /// Calls `finalize` for every cell that waits in the finalizer queue (see [`Mutation::on_death`]), each in a mutation
    /// of its own; a panic in it is caught and counted. What a round brings to death is collected and finalized in the
    /// next one; after `rounds` of them the rest waits.
    ///
    /// An engine that closes calls no finalizer: who wants them all drops what the root holds, collects, and calls this
    /// before.
    pub fn run_finalizers(
        &mut self,
        rounds: usize,
        mut finalize: impl for<'gc> FnMut(&'gc Mutation<'gc>, &'gc mut R::Root<'gc>, GcAny<'gc>),
    ) -> FinalizerRun {
        let mut run = FinalizerRun::default();
        let panics = self.owner.core().heap.drop_panics.get();
        for round in 0..rounds {
            if round > 0 {
                self.collect();
            }
            let (_, ready) = self.owner.core().finalizers.counts();
            if ready == 0 {
                break;
            }
            for _ in 0..ready {
                let core = Counted::clone(self.owner.core());
                core.heap.guard_panic(|| {
                    self.mutate(|mc, root| {
                        if let Some(gc) = mc.next_finalizable() {
                            run.called += 1;
                            finalize(mc, root, gc);
                        }
                    });
                });
            }
        }
        let core = self.owner.core();
        run.panics = core.heap.drop_panics.get() - panics;
        run.waiting = core.finalizers.counts().1;
        run
    }

    /// The numbers now.
    pub fn stats(&self) -> EngineStats {
        self.owner.core().stats()
    }

    /// The name it was opened with.
    pub fn name(&self) -> &str {
        &self.owner.core().name
    }

    /// Did a [`Remote`](crate::Remote) ask for something?
    #[inline]
    pub fn interrupted(&self) -> bool {
        self.owner.core().record.interrupted()
    }

    /// Takes the reasons, as bits, of all interrupts of the context since the last time.
    pub fn take_interrupt(&mut self) -> Option<u32> {
        self.owner.core().record.take_interrupt()
    }

    /// Closes the engine: root and cells are dropped, blocks go back to the pool.
    pub fn close(self) -> EngineReport {
        let ctx = Counted::clone(&self.owner.core().ctx);
        drop(self);
        // Without a report it was closed inside a collection, and ends after it.
        ctx.take_last_report().unwrap_or_default()
    }
}

impl<R: Rootable> fmt::Debug for Engine<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("name", &self.name())
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
