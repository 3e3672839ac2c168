//! Roots: the typed root of an engine, and the slots of counted handles.
//!
//! This is the one place where brands are made: [`RootOwner::enter`] gives a closure that is generic in `'gc` the root
//! and the mutation, both branded `'gc`.

use super::trace::{Branded, Liveness, Trace, Tracer};
use crate::diagnose::inspect::Inspector;
use crate::engine::{EngineCore, Rootable};
use crate::heap::cell::CellPtr;
use crate::heap::counted::Counted;
use crate::heap::counted::try_box;
use crate::lifecycle::registry::HandleKey;
use crate::ptr::Gc;
use crate::{LiveHandle, Mutation, OutOfMemory};
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::panic::Location;
use std::ptr::NonNull;

/// A root whose type is forgotten.
trait AnyRoot {
    fn trace(&self, tracer: &mut Tracer<'_>);
    fn inspect(&self, inspector: &mut Inspector<'_>);
    fn after_mark(&mut self, alive: &Liveness<'_>);
}

impl<T: Trace> AnyRoot for T {
    fn trace(&self, tracer: &mut Tracer<'_>) {
        Trace::trace(self, tracer);
    }

    fn inspect(&self, inspector: &mut Inspector<'_>) {
        Trace::inspect(self, inspector);
    }

    fn after_mark(&mut self, alive: &Liveness<'_>) {
        Trace::after_mark(self, alive);
    }
}

/// The place of a root in its engine.
// INVARIANT: `None`, or a leaked box that this slot owns, of the `R::Root<'static>` of the `RootOwner<R>` of the engine.
#[derive(Default)]
pub(crate) struct RootSlot(Cell<Option<NonNull<dyn AnyRoot>>>);

impl RootSlot {
    /// # Safety
    /// 1. No mutation of the engine is active.
    pub(crate) unsafe fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(root) = self.0.get() {
            // SAFETY: the slot owns it; 1. is the caller's.
            unsafe { root.as_ref() }.trace(tracer);
        }
    }

    /// # Safety
    /// 1. No mutation of the engine is active.
    pub(crate) unsafe fn inspect(&self, inspector: &mut Inspector<'_>) {
        if let Some(root) = self.0.get() {
            // SAFETY: the slot owns it; 1. is the caller's.
            unsafe { root.as_ref() }.inspect(inspector);
        }
    }

    /// # Safety
    /// 1. No mutation of the engine is active, and nothing borrowed from the root is in use.
    pub(crate) unsafe fn after_mark(&self, alive: &Liveness<'_>) {
        if let Some(mut root) = self.0.get() {
            // SAFETY: the slot owns it; 1. is the caller's.
            unsafe { root.as_mut() }.after_mark(alive);
        }
    }

    /// # Safety
    /// 1. No mutation of the engine is active.
    pub(crate) unsafe fn drop_root(&self) {
        if let Some(root) = self.0.take() {
            // SAFETY: the slot owned it, a leaked box; 1. is the caller's.
            drop(unsafe { Box::from_raw(root.as_ptr()) });
        }
    }
}

/// The owner of an engine's root, who knows its type.
pub(crate) struct RootOwner<R: Rootable> {
    core: Counted<EngineCore>,
    root: PhantomData<R>,
}

impl<R: Rootable> RootOwner<R> {
    /// Makes the root in a first mutation.
    pub(crate) fn new(
        core: Counted<EngineCore>,
        f: impl for<'gc> FnOnce(&'gc Mutation<'gc>) -> R::Root<'gc>,
    ) -> Result<Self, OutOfMemory> {
        fn make<'gc, R: Rootable>(
            core: &'gc EngineCore,
            f: impl FnOnce(&'gc Mutation<'gc>) -> R::Root<'gc>,
        ) -> Result<NonNull<R::Root<'static>>, OutOfMemory> {
            // SAFETY: 1. called with `f` generic in `'gc`, and an exclusive engine.
            let mc = unsafe { brand(core) };
            match try_box(f(mc)) {
                Ok(root) => Ok(NonNull::from(Box::leak(root)).cast()),
                Err(_) => Err(OutOfMemory),
            }
        }
        // Before the root is made, so that a panic in `f` closes the engine.
        let owner = RootOwner { core, root: PhantomData };
        let active = owner.core.ctx.enter();
        let root = make::<R>(&owner.core, f)?;
        drop(active);
        owner.core.root.0.set(Some(root));
        Ok(owner)
    }

    pub(crate) fn core(&self) -> &Counted<EngineCore> {
        &self.core
    }

    /// A mutation.
    #[inline]
    pub(crate) fn enter<T>(
        &mut self,
        f: impl for<'gc> FnOnce(&'gc Mutation<'gc>, &'gc mut R::Root<'gc>) -> T,
    ) -> T {
        fn call<'gc, R: Rootable, T>(
            core: &'gc EngineCore,
            root: NonNull<R::Root<'static>>,
            f: impl FnOnce(&'gc Mutation<'gc>, &'gc mut R::Root<'gc>) -> T,
        ) -> T {
            // SAFETY: 1. called with `f` generic in `'gc`, and an exclusive engine.
            let mc = unsafe { brand(core) };
            // SAFETY: the root was made of this type up to its brand, which has no influence on its layout; `&mut self`
            // of `enter` makes the borrow exclusive, and no collection runs while `enter` of the context is held.
            let root = unsafe { root.cast::<R::Root<'gc>>().as_mut() };
            f(mc, root)
        }
        let _active = self.core.ctx.enter();
        let root = self.core.root.0.get().expect("an engine that is open has a root").cast();
        call::<R, T>(&self.core, root, f)
    }
}

impl<R: Rootable> Drop for RootOwner<R> {
    fn drop(&mut self) {
        crate::context::ContextInner::close_engine(&self.core);
    }
}

impl EngineCore {
    /// What is alive, by types. Called by `close_engine` alone, right after a full collection.
    pub(crate) fn types(&self) -> Result<Vec<crate::TypeSummary>, OutOfMemory> {
        // SAFETY: 1. the owner is going, and a mutation borrows it; the collection was a full one, all at once.
        unsafe { crate::diagnose::census::types(&self.heap) }
    }

    /// Ends the engine. Called by `close_engine` alone, which comes from the owner's drop.
    pub(crate) fn end(&self) {
        // SAFETY: 1. the owner is gone, or going, and a mutation borrows it; `close_engine` checked the phase.
        unsafe { end(self) };
    }
}

/// # Safety
/// 1. The brand `'gc` is used for no other mutation: the caller's caller is generic in it.
#[inline(always)]
unsafe fn brand<'gc>(core: &'gc EngineCore) -> &'gc Mutation<'gc> {
    // SAFETY: `Mutation` is a transparent wrapper of `EngineCore`; 1. is the caller's.
    unsafe { &*std::ptr::from_ref(core).cast::<Mutation<'gc>>() }
}

/// Ends an engine: its root, its cells, its blocks.
///
/// # Safety
/// 1. No mutation of the engine is active or will be, and no collection is running.
unsafe fn end(core: &EngineCore) {
    // SAFETY: 1. is the caller's.
    core.heap.guard_panic(|| unsafe { core.root.drop_root() });
    // SAFETY: 1. is the caller's; handles are checked against closed engines.
    unsafe { core.heap.clear() };
    core.finalizers.clear();
}

/// What the owner keeps of a handle slot.
struct HandleSlot {
    generation: u32,
    /// `None` when its engine is closed.
    target: Option<(u32, CellPtr)>,
    type_name: &'static str,
    created: &'static Location<'static>,
    /// The collections that were done before.
    collections: u64,
    /// The bytes that only it kept, as of the last time that somebody asked.
    retained: Option<usize>,
}

/// What a handle keeps.
#[derive(Clone, Copy)]
pub(crate) struct HandleTarget {
    pub(crate) cell: CellPtr,
    pub(crate) created: &'static Location<'static>,
}

/// The slots of the handles of a context.
// INVARIANT: a slot with a target keeps its cell alive: it is traced with its engine.
#[derive(Default)]
pub(crate) struct HandleSlots(RefCell<Vec<Option<HandleSlot>>>);

impl HandleSlots {
    /// False when there is no memory for the slot.
    pub(crate) fn insert<T>(
        &self,
        key: HandleKey,
        engine: u32,
        gc: Gc<'_, T>,
        created: &'static Location<'static>,
        collections: u64,
    ) -> bool {
        let mut slots = self.0.borrow_mut();
        let index = key.slot as usize;
        if slots.len() <= index {
            let more = index + 1 - slots.len();
            if slots.try_reserve(more).is_err() {
                return false;
            }
            slots.resize_with(index + 1, || None);
        }
        slots[index] = Some(HandleSlot {
            generation: key.slot_generation,
            target: Some((engine, gc.cell())),
            type_name: std::any::type_name::<T>(),
            created,
            collections,
            retained: None,
        });
        true
    }

    /// What the handle points to. The caller checked that the key is one of this context.
    ///
    /// # Safety
    /// 1. The key is that of a live handle of this context made for a type of the same `Static` as `T`. 2. A mutation
    ///    of the engine with the brand `'gc` is active.
    pub(crate) unsafe fn get<'gc, T: Branded<'gc>>(&self, key: HandleKey, engine: u32) -> Option<Gc<'gc, T>> {
        let slots = self.0.borrow();
        let slot = slots.get(key.slot as usize)?.as_ref()?;
        let (owner, cell) = slot.target?;
        if slot.generation != key.slot_generation || owner != engine {
            return None;
        }
        // SAFETY: 1. and 2. are the caller's; the slot kept the cell alive.
        Some(unsafe { Gc::from_cell(cell) })
    }

    /// Forgets a slot without handles.
    pub(crate) fn remove(&self, slot: u32) {
        // There is none if there was no memory for it.
        if let Some(slot) = self.0.borrow_mut().get_mut(slot as usize) {
            *slot = None;
        }
    }

    /// Visits the cells of an engine that have handles.
    pub(crate) fn trace(&self, engine: u32, tracer: &mut Tracer<'_>) {
        for (owner, cell) in self.0.borrow().iter().flatten().filter_map(|slot| slot.target) {
            if owner == engine {
                tracer.visit_cell(cell);
            }
        }
    }

    /// Visits the cells that have handles.
    pub(crate) fn try_for_each_target<E>(
        &self,
        mut visit: impl FnMut(HandleTarget) -> Result<(), E>,
    ) -> Result<(), E> {
        for slot in self.0.borrow().iter().flatten() {
            if let Some((_, cell)) = slot.target {
                visit(HandleTarget { cell, created: slot.created })?;
            }
        }
        Ok(())
    }

    /// Is there a handle with a cell?
    pub(crate) fn any_target(&self) -> bool {
        self.0.borrow().iter().flatten().any(|slot| slot.target.is_some())
    }

    /// Notes what the handles with cells retain, in the order of `try_for_each_target`.
    pub(crate) fn set_retained(&self, bytes: impl IntoIterator<Item = usize>) {
        let mut slots = self.0.borrow_mut();
        let slots = slots.iter_mut().flatten().filter(|slot| slot.target.is_some());
        slots.zip(bytes).for_each(|(slot, bytes)| slot.retained = Some(bytes));
    }

    /// Cuts the handles into an engine; returns their number.
    pub(crate) fn invalidate(&self, engine: u32) -> usize {
        let mut count = 0;
        for slot in self.0.borrow_mut().iter_mut().flatten() {
            if slot.target.is_some_and(|(owner, _)| owner == engine) {
                slot.target = None;
                count += 1;
            }
        }
        count
    }

    /// What is said about a slot.
    pub(crate) fn describe(&self, slot: u32, count: u32, collections: u64) -> Option<LiveHandle> {
        let slots = self.0.borrow();
        let slot = slots.get(slot as usize)?.as_ref()?;
        let age = collections - slot.collections;
        let (type_name, created, retained) = (slot.type_name, slot.created, slot.retained);
        Some(LiveHandle { type_name, created, count, age, retained })
    }
}

impl<'gc> Mutation<'gc> {
    /// The value of a handle; `None` when it belongs to another engine, or its engine is closed.
    ///
    /// The type is asked for, or inferred from what is done with the result: `mc.resolve::<Node>(&handle)`.
    pub fn resolve<T: Branded<'gc>>(&self, handle: &crate::Handle<T::Static>) -> Option<Gc<'gc, T>> {
        let core = self.core();
        let key = handle.key();
        if !core.ctx.owns(key) {
            return None;
        }
        // SAFETY: 1. a live handle of this context, for a type of this `Static`. 2. this is the mutation.
        unsafe { core.ctx.handles.get(key, core.id) }
    }
}
