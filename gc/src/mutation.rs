//! A mutation: what one may do with an engine's heap while nothing is collected.
#![forbid(unsafe_code)]

use crate::collect::trace::Branded;
use crate::engine::EngineCore;
use crate::heap::counted::Counted;
use crate::ptr::{Gc, GcAny, Invariant, Tail};
use crate::{ExternalBytes, Handle, OutOfMemory};
use std::fmt;
use std::panic::Location;

/// The right to allocate in an engine and to change what is in it, for the brand `'gc`.
#[repr(transparent)]
pub struct Mutation<'gc> {
    core: EngineCore,
    brand: Invariant<'gc>,
}

impl<'gc> Mutation<'gc> {
    #[inline(always)]
    pub(crate) fn core(&self) -> &EngineCore {
        &self.core
    }

    /// A cell with `value` in it. It never fails and never collects: past a limit it goes on and says so by
    /// [`pressure`](Self::pressure).
    ///
    /// # Panics
    /// When the system itself has no memory; [`try_alloc`](Self::try_alloc) says so instead.
    #[track_caller]
    #[inline(always)]
    pub fn alloc<T: Branded<'gc> + 'gc>(&self, value: T) -> Gc<'gc, T> {
        self.core.heap.alloc(value, Location::caller())
    }

    /// A cell with `value` in it, within the limits.
    ///
    /// # Errors
    /// [`OutOfMemory`] when a hard limit would be passed, or the system has no memory.
    #[track_caller]
    #[inline(always)]
    pub fn try_alloc<T: Branded<'gc> + 'gc>(&self, value: T) -> Result<Gc<'gc, T>, OutOfMemory> {
        self.core.heap.try_alloc(value, Location::caller())
    }

    /// A cell with a head and `len` elements made by `f`, within the limits.
    ///
    /// # Errors
    /// [`OutOfMemory`] when a hard limit would be passed, or the system has no memory.
    #[track_caller]
    #[inline]
    pub fn alloc_tail<H: Branded<'gc> + 'gc, E: Branded<'gc> + 'gc>(
        &self,
        head: H,
        len: usize,
        f: impl FnMut(usize) -> E,
    ) -> Result<Gc<'gc, Tail<H, E>>, OutOfMemory> {
        crate::ptr::build(&self.core.heap, head, len, f, Location::caller())
    }

    /// A cell with a head and a copy of `elements`, within the limits.
    ///
    /// # Errors
    /// As [`alloc_tail`](Self::alloc_tail).
    #[track_caller]
    #[inline]
    pub fn alloc_tail_copy<H: Branded<'gc> + 'gc, E: Branded<'gc> + Copy + 'gc>(
        &self,
        head: H,
        elements: &[E],
    ) -> Result<Gc<'gc, Tail<H, E>>, OutOfMemory> {
        crate::ptr::build_copy(&self.core.heap, head, elements, Location::caller())
    }

    /// A cell with a head and `len` times `element`, within the limits.
    ///
    /// # Errors
    /// As [`alloc_tail`](Self::alloc_tail).
    #[track_caller]
    #[inline]
    pub fn alloc_tail_fill<H: Branded<'gc> + 'gc, E: Branded<'gc> + Copy + 'gc>(
        &self,
        head: H,
        len: usize,
        element: E,
    ) -> Result<Gc<'gc, Tail<H, E>>, OutOfMemory> {
        crate::ptr::build_fill(&self.core.heap, head, len, element, Location::caller())
    }

    /// Is a collection wanted, or a limit passed? One load: an interpreter asks at back-edges and calls, and leaves the
    /// mutation for a [`safepoint`](crate::Engine::safepoint) when it is true.
    #[inline(always)]
    pub fn pressure(&self) -> bool {
        self.core.heap.pressure()
    }

    /// Was the heap still at its hard limit after the last collection? Then no collection will help.
    #[inline(always)]
    pub fn over_limit(&self) -> bool {
        self.core.heap.over_limit()
    }

    /// Charges bytes that cells hold outside of the heap, or gives them back.
    pub fn charge_external(&self, delta: isize) {
        self.core.heap.charge_external(delta);
    }

    /// Charges external bytes, within the limits.
    ///
    /// # Errors
    /// [`OutOfMemory`] when a hard limit would be passed.
    pub fn try_charge(&self, bytes: usize) -> Result<(), OutOfMemory> {
        match isize::try_from(bytes) {
            Ok(delta) if self.core.heap.fits(bytes) => {
                self.core.heap.charge_external(delta);
                Ok(())
            }
            _ => Err(OutOfMemory),
        }
    }

    /// Charges external bytes, within the limits, for as long as the result lives: in the cell, beside what it stands for.
    ///
    /// # Errors
    /// [`OutOfMemory`] when a hard limit would be passed.
    pub fn external(&self, bytes: usize) -> Result<ExternalBytes, OutOfMemory> {
        self.try_charge(bytes)?;
        Ok(ExternalBytes::new(Counted::clone(&self.core.heap.account), bytes))
    }

    /// The number of collections of the context so far, minor ones included: while it stands still nothing is freed.
    pub fn collections(&self) -> u64 {
        self.core.ctx.collections()
    }

    /// Bytes in use by the engine: reached by the last collection, plus allocated since, plus external.
    pub fn bytes(&self) -> usize {
        self.core.heap.used()
    }

    /// Did a [`Remote`](crate::Remote) ask for something: an interrupt or a collection? One relaxed load.
    #[inline(always)]
    pub fn interrupted(&self) -> bool {
        self.core.record.interrupted()
    }

    /// Takes the reasons, as bits, of all interrupts since the last time.
    pub fn take_interrupt(&self) -> Option<u32> {
        self.core.record.take_interrupt()
    }

    /// Runs `f`, in which this thread may park: a [`Remote::interrupt`](crate::Remote::interrupt) unparks it. `f` is to look
    /// at [`interrupted`](Self::interrupted) each time before it parks; then no interrupt is slept through.
    ///
    /// ```
    /// # let context = gc::Context::open(gc::Config::default())?;
    /// # struct Root; impl gc::Rootable for Root { type Root<'gc> = (); }
    /// let mut engine = context.engine::<Root>(gc::EngineConfig::named("waits"), |_| ())?;
    /// let remote = context.remote();
    /// let other = std::thread::spawn(move || remote.interrupt(1));
    /// let reason = engine.mutate(|mc, _| {
    ///     mc.waiting(|| {
    ///         while !mc.interrupted() {
    ///             std::thread::park();
    ///         }
    ///     });
    ///     mc.take_interrupt()
    /// });
    /// assert_eq!(reason, Some(1));
    /// # other.join().unwrap();
    /// # Ok::<(), gc::Error>(())
    /// ```
    pub fn waiting<T>(&self, f: impl FnOnce() -> T) -> T {
        self.core.record.waiting(f)
    }

    /// The write barrier alone, for code that writes through raw pointers. Safe code goes through
    /// [`Gc::write`].
    #[inline(always)]
    pub fn barrier(&self, gc: GcAny<'gc>) {
        crate::ptr::barrier(&self.core.heap, gc);
    }

    /// Registers a cell for finalization: the first collection that does not reach it does not free it, but queues it, and
    /// with it keeps all that it reaches; [`next_finalizable`](Self::next_finalizable) or
    /// [`Engine::run_finalizers`](crate::Engine::run_finalizers) hands it out. Once for each call of this: what is to be
    /// told of its next death too is registered again. Weak pointers to it are cleared before it is queued.
    ///
    /// # Errors
    /// [`OutOfMemory`] when there is no memory for the list.
    pub fn on_death(&self, gc: GcAny<'gc>) -> Result<(), OutOfMemory> {
        if self.core.heap.account.fails_now() {
            return Err(OutOfMemory);
        }
        self.core.finalizers.register(gc.cell())
    }

    /// The next cell of the finalizer queue. From here on it is an ordinary cell.
    pub fn next_finalizable(&self) -> Option<GcAny<'gc>> {
        self.core.finalizers.pop().map(crate::ptr::finalizable)
    }

    /// A counted handle that keeps the cell alive between mutations.
    ///
    /// # Panics
    /// When the system has no memory for it; [`try_handle`](Self::try_handle) says so instead.
    #[track_caller]
    pub fn handle<T: Branded<'gc>>(&self, gc: Gc<'gc, T>) -> Handle<T::Static> {
        self.new_handle(gc).expect("the system has memory for a handle")
    }

    /// A counted handle that keeps the cell alive between mutations.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the system has no memory for it.
    #[track_caller]
    pub fn try_handle<T: Branded<'gc>>(&self, gc: Gc<'gc, T>) -> Result<Handle<T::Static>, OutOfMemory> {
        if self.core.heap.account.fails_now() {
            return Err(OutOfMemory);
        }
        self.new_handle(gc)
    }

    #[track_caller]
    fn new_handle<T: Branded<'gc>>(&self, gc: Gc<'gc, T>) -> Result<Handle<T::Static>, OutOfMemory> {
        let ctx = &self.core.ctx;
        ctx.reclaim_handles();
        let key = ctx.record().new_slot(ctx.key().generation).ok_or(OutOfMemory)?;
        // Dropped below, it gives the slot back.
        let handle = Handle::new(key);
        let created = Location::caller();
        if !ctx.handles.insert(key, self.core.id, gc, created, ctx.collections()) {
            return Err(OutOfMemory);
        }
        Ok(handle)
    }
}

impl fmt::Debug for Mutation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutation").field("engine", &self.core.name).finish_non_exhaustive()
    }
}
