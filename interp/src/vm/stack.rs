//! The register stack, the frames, and the arguments natives see.
//!
//! Registers stand in segments that never move, so that a window's address is good as long as its
//! frame. A call's window overlaps its caller's outgoing arguments; when a segment is full, the
//! callee's window goes to the next one, its callee, `this` and arguments copied there.
//!
//! Nothing is cleared when a window is entered. What stands above the live top is stale, but never
//! dangling: [`Stack::clear_above`] runs after every marking, so a stale value was live, or was made,
//! since the last collection.

use gc::{Branded, Gc, Trace, Tracer};

use super::Vm;
use super::coroutine::Coroutine;
use crate::object::Object;
use crate::object::function::CodeRt;
use crate::value::Value;

/// Values of the first segment; later ones double.
const FIRST_SEGMENT: usize = 512;

/// The register stack.
// INVARIANT: `segments[..=current]` are in use; the registers of a segment up to its `top` (for the
// current one, up to the top that `leave_stack` stored) were written since the last collection or
// traced by it.
#[derive(Debug, Default)]
pub struct Stack<'gc> {
    segments: Vec<Segment<'gc>>,
    current: usize,
    total: usize,
}

#[derive(Debug)]
struct Segment<'gc> {
    /// From `Box::into_raw`: accessed only through this pointer, so that windows may be raw.
    base: *mut Value<'gc>,
    len: usize,
    top: usize,
}

impl Drop for Segment<'_> {
    fn drop(&mut self) {
        // SAFETY: `base` and `len` came from a boxed slice, freed once, here.
        drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(self.base, self.len)) });
    }
}

impl<'gc> Segment<'gc> {
    fn new(len: usize) -> Segment<'gc> {
        let values = vec![Value::undefined(); len].into_boxed_slice();
        Segment { base: Box::into_raw(values).cast(), len, top: 0 }
    }
    fn end(&self) -> *mut Value<'gc> {
        self.base.wrapping_add(self.len)
    }
}

// SAFETY: 1. every register that can be live is visited in place. 2. there are pointers. 3. the drop
// glue frees the memory of values, which have none. 4. the identity is the type's own. 5. registers
// change only inside a mutation, through `&mut` of the root; the root is traced again at the end.
unsafe impl Trace for Stack<'_> {
    type Static = Stack<'static>;

    fn trace(&self, tracer: &mut Tracer<'_>) {
        for s in self.segments.iter().take(self.current + 1) {
            for i in 0..s.top {
                // SAFETY: within the segment.
                unsafe { (*s.base.add(i)).trace(tracer) };
            }
        }
    }
}

// SAFETY: 1. its only brand is `'gc`.
unsafe impl<'gc> Branded<'gc> for Stack<'gc> {}

impl Stack<'_> {
    /// Forgets everything above the top.
    pub(crate) fn clear_above(&mut self) {
        for (i, s) in self.segments.iter().enumerate() {
            let from = if i <= self.current { s.top } else { 0 };
            for j in from..s.len {
                // SAFETY: within the segment.
                unsafe { *s.base.add(j) = Value::undefined() };
            }
        }
        // Segments a deep recursion left behind.
        self.segments.truncate(self.current + 2);
        self.total = self.segments.iter().map(|s| s.len).sum();
    }
}

/// A call in progress.
#[derive(Clone, Copy, Debug, Trace)]
pub struct Frame<'gc> {
    /// The code.
    pub(crate) rt: Gc<'gc, CodeRt<'gc>>,
    /// `new.target`
    pub(crate) new_target: Value<'gc>,
    /// The environment of programs (modules, evals); functions have theirs in the closure.
    pub(crate) env: Option<crate::object::environment::Env<'gc>>,
    /// The generator or async function this is a part of.
    pub(crate) coroutine: Option<Gc<'gc, Coroutine<'gc>>>,
    pub(crate) at: FrameAt,
}

/// The addresses of a frame.
// INVARIANT: while the frame is on the stack, `regs` points to its window, before which callee and `this` stand, and
// `pc` into its code; if the code keeps its arguments, all `argc` of them stand before the callee.
#[derive(Clone, Copy, Debug)]
pub struct FrameAt {
    /// The window; of type `*mut Value`.
    pub(crate) regs: *mut (),
    /// Where it goes on.
    pub(crate) pc: *const u32,
    /// The number of arguments, if the code keeps them.
    pub(crate) argc: u32,
    /// The caller's register for the result.
    pub(crate) dst: u8,
    pub(crate) flags: u8,
}

impl<'gc> Frame<'gc> {
    /// The active function (undefined for programs) of a frame that is on the stack.
    #[inline(always)]
    pub(crate) fn callee(&self) -> Value<'gc> {
        // SAFETY: the invariant of the addresses.
        unsafe { *self.at.regs.cast::<Value<'gc>>().sub(2) }
    }

    /// `this` of a frame that is on the stack.
    pub(crate) fn this(&self) -> Value<'gc> {
        // SAFETY: the invariant of the addresses.
        unsafe { *self.at.regs.cast::<Value<'gc>>().sub(1) }
    }

    /// All arguments of a frame that is on the stack, whose code keeps them.
    pub(crate) fn arguments(&self) -> &'gc [Value<'gc>] {
        let n = self.at.argc as usize;
        // SAFETY: the invariant of the addresses; nothing writes before a window while its frame runs.
        unsafe { std::slice::from_raw_parts(self.at.regs.cast::<Value<'gc>>().sub(2 + n).cast_const(), n) }
    }
}

// SAFETY: 1. visits nothing: registers are visited by the stack. 2. says so. 3. no drop glue. 4. the
// type itself. 5. holds nothing that is reached.
unsafe impl Trace for FrameAt {
    type Static = FrameAt;
    const NEEDS_TRACE: bool = false;
    fn trace(&self, _: &mut Tracer<'_>) {}
}

// SAFETY: 1. it has no lifetime.
unsafe impl<'gc> Branded<'gc> for FrameAt {}

/// The loop ends when this frame returns.
pub(crate) const ENTRY: u8 = 1;
/// A `new`: the result is an object.
pub(crate) const CONSTRUCT: u8 = 2;
/// The window stands at the beginning of a segment.
pub(crate) const SEGMENT: u8 = 4;
/// The result becomes an iterator result object (generators).
pub(crate) const GENERATOR: u8 = 16;
/// A `new` whose result is looked at for the inline slots worth having.
pub(crate) const TRIED: u8 = 8;
/// The result settles the promise of an async function.
pub(crate) const ASYNC: u8 = 32;
/// Nobody wants the result (setters).
pub(crate) const DISCARD: u8 = 64;
/// The result is a truth that decides on the jump its caller stands behind, which is taken if it is the one that `dst` says.
pub(crate) const DECIDES: u8 = 128;

/// With fewer frames than these a tail call is an ordinary one: it is faster, and a stack text shows its caller.
const TAIL_DEPTH: usize = 2048;

impl<'gc> Vm<'gc> {
    /// Whether tail calls may leave their callers' frames on the stack.
    #[inline(always)]
    pub(crate) fn is_shallow(&self) -> bool {
        self.st.frames.len() < TAIL_DEPTH
    }

    /// Takes up the stack where the last mutation left it.
    pub(crate) fn enter_stack(&mut self) {
        let st = &mut self.st.stack;
        if st.segments.is_empty() {
            st.segments.push(Segment::new(FIRST_SEGMENT));
            st.total = FIRST_SEGMENT;
        }
        let s = &st.segments[st.current];
        self.top = s.base.wrapping_add(s.top);
        self.stack_end = s.end();
        self.frame = match self.st.frames.last_mut() {
            Some(f) => f,
            None => std::ptr::null_mut(),
        };
    }

    /// Stores the top for the collector.
    pub(crate) fn leave_stack(&mut self) {
        let top = self.top;
        let st = &mut self.st.stack;
        let s = &mut st.segments[st.current];
        s.top = (top.addr() - s.base.addr()) / size_of::<Value<'_>>();
    }

    /// Drops all frames and registers: after a termination.
    pub(crate) fn reset_stack(&mut self) {
        self.st.frames.clear();
        let st = &mut self.st.stack;
        st.current = 0;
        for s in &mut st.segments {
            s.top = 0;
        }
        self.top = st.segments[0].base;
        self.stack_end = st.segments[0].end();
        self.frame = std::ptr::null_mut();
    }

    /// A window of `registers` whose arguments (with callee and `this` before them) stand at `args`;
    /// moved to another segment if this one is full.
    ///
    /// # Safety
    /// 1. `args[-2..argc]` are registers of the current segment, below `stack_end`.
    ///
    /// # Errors
    /// A RangeError if the stack's limit is reached.
    pub(crate) unsafe fn window(
        &mut self,
        args: *mut Value<'gc>,
        argc: usize,
        registers: usize,
    ) -> super::JsResult<(*mut Value<'gc>, u8)> {
        let room = self.stack_end.addr().wrapping_sub(args.addr()) / size_of::<Value<'_>>();
        if room > registers.max(argc) + 8 {
            return Ok((args, 0));
        }
        let st = &self.st.stack;
        if st.current > 0 && args.addr() == st.segments[st.current].base.wrapping_add(2).addr() {
            // The segment was entered for these arguments: a frame has one segment of its own only.
            // SAFETY: 1. is the caller's.
            let pushed = unsafe { std::slice::from_raw_parts(args.sub(2).cast_const(), argc + 2) }.to_vec();
            self.pop_segment();
            let s = &self.st.stack.segments[self.st.stack.current];
            let top = s.base.wrapping_add(s.top).addr();
            let base = self.next_segment(registers.max(argc) + 16, top)?;
            // SAFETY: the new segment has room for them.
            unsafe { std::ptr::copy_nonoverlapping(pushed.as_ptr(), base.sub(2), argc + 2) };
            return Ok((base, SEGMENT));
        }
        let top = self.top.addr().max(args.addr() + argc * size_of::<Value<'_>>());
        let base = self.next_segment(registers.max(argc) + 16, top)?;
        // SAFETY: 1. is the caller's; the new segment has room for them.
        unsafe { std::ptr::copy_nonoverlapping(args.sub(2), base.sub(2), argc + 2) };
        Ok((base, SEGMENT))
    }

    /// As [`Vm::window`], but the arguments stay where they are: callee, `this` and arguments are copied behind them,
    /// so that the callee's registers do not overwrite what `arguments` will be made of.
    ///
    /// # Safety
    /// 1. `args[-2..argc]` are registers of the current segment, below `stack_end`.
    ///
    /// # Errors
    /// A RangeError if the stack's limit is reached.
    pub(crate) unsafe fn window_behind(
        &mut self,
        args: *mut Value<'gc>,
        argc: usize,
        registers: usize,
    ) -> super::JsResult<(*mut Value<'gc>, u8)> {
        let need = argc + 2 + registers.max(argc);
        // SAFETY: 1. is the caller's; there is room for twice the arguments.
        unsafe {
            let (args, flag) = self.window(args, argc, need)?;
            let regs = args.add(argc + 2);
            std::ptr::copy_nonoverlapping(args.sub(2), regs.sub(2), 2);
            std::ptr::copy_nonoverlapping(args, regs, argc);
            Ok((regs, flag))
        }
    }

    /// Enters the next segment, with room for `need` registers; gives where arguments start in it.
    fn next_segment(&mut self, need: usize, top: usize) -> super::JsResult<*mut Value<'gc>> {
        let limit = self.st.config.stack_values;
        let st = &mut self.st.stack;
        let next = st.current + 1;
        if st.segments.get(next).is_some_and(|s| s.len < need) {
            for s in st.segments.drain(next..) {
                st.total -= s.len;
            }
        }
        if next == st.segments.len() {
            let len = (st.segments[st.current].len * 2).min(1 << 16).max(need);
            if st.total + len > limit {
                return Err(self.range_error("maximum call stack size exceeded"));
            }
            self.mc.try_charge(len * size_of::<Value<'_>>())?;
            self.mc.charge_external(-((len * size_of::<Value<'_>>()) as isize));
            let st = &mut self.st.stack;
            st.segments.push(Segment::new(len));
            st.total += len;
        }
        let st = &mut self.st.stack;
        let s = &mut st.segments[st.current];
        s.top = (top - s.base.addr()) / size_of::<Value<'_>>();
        st.current = next;
        let s = &mut st.segments[next];
        s.top = 0;
        self.stack_end = s.end();
        Ok(s.base.wrapping_add(2))
    }

    /// The number of the current segment.
    pub(crate) fn segment(&self) -> usize {
        self.st.stack.current
    }

    /// Goes back to a segment and a top.
    pub(crate) fn restore_stack(&mut self, segment: usize, top: *mut Value<'gc>) {
        while self.st.stack.current > segment {
            self.pop_segment();
        }
        self.top = top;
    }

    /// Goes back to the segment below.
    pub(crate) fn pop_segment(&mut self) {
        let st = &mut self.st.stack;
        st.segments[st.current].top = 0;
        st.current -= 1;
        self.stack_end = st.segments[st.current].end();
    }

    /// Writes callee, `this` and arguments at the top of the stack; gives where the arguments start
    /// and whether a segment was entered for them.
    ///
    /// # Errors
    /// A RangeError if the stack's limit is reached.
    pub(crate) fn push_args(
        &mut self,
        callee: Value<'gc>,
        this: Value<'gc>,
        args: &[Value<'gc>],
    ) -> super::JsResult<(*mut Value<'gc>, u8)> {
        let room = self.stack_end.addr().wrapping_sub(self.top.addr()) / size_of::<Value<'_>>();
        let mut at = self.top;
        let mut flags = 0;
        if room < args.len() + 4 {
            let top = self.top.addr();
            at = self.next_segment(args.len() + 16, top)?.wrapping_sub(2);
            flags = SEGMENT;
        }
        // SAFETY: there is room for all of them.
        unsafe {
            *at = callee;
            *at.add(1) = this;
            std::ptr::copy_nonoverlapping(args.as_ptr(), at.add(2), args.len());
            self.top = at.add(2 + args.len());
        }
        Ok((at.wrapping_add(2), flags))
    }

    /// Puts a frame on.
    ///
    /// # Errors
    /// A RangeError if there are too many.
    #[inline(always)]
    pub(crate) fn push_frame(&mut self, frame: Frame<'gc>) -> super::JsResult<()> {
        let n = self.st.frames.len();
        if n == self.st.frames.capacity() {
            self.more_frames(frame.at.flags)?;
        }
        // SAFETY: 1. there is room for the frame now; the window was asked for by its maker.
        unsafe { self.push_frame_unchecked(frame) };
        Ok(())
    }

    /// Whether `need` registers from `base` on are free in the current segment, and one more frame.
    #[inline(always)]
    pub(crate) fn has_room(&self, base: *mut Value<'gc>, need: usize) -> bool {
        let room = self.stack_end.addr().wrapping_sub(base.addr()) / size_of::<Value<'_>>();
        room > need && self.st.frames.len() < self.st.frames.capacity()
    }

    /// Puts a frame on.
    ///
    /// # Safety
    /// 1. [`Vm::has_room`] said yes for its registers.
    #[inline(always)]
    pub(crate) unsafe fn push_frame_unchecked(&mut self, frame: Frame<'gc>) {
        let n = self.st.frames.len();
        self.top = frame.at.regs.cast::<Value<'gc>>().wrapping_add(frame.rt.registers as usize);
        // SAFETY: 1. is the caller's: the capacity is larger than the length.
        unsafe {
            let at = self.st.frames.as_mut_ptr().add(n);
            at.write(frame);
            self.st.frames.set_len(n + 1);
            self.frame = at;
        }
    }

    /// Makes room for more frames.
    #[cold]
    #[inline(never)]
    fn more_frames(&mut self, flags: u8) -> super::JsResult<()> {
        let n = self.st.frames.len();
        let max = self.st.config.max_frames;
        if n >= max {
            if flags & SEGMENT != 0 {
                self.pop_segment();
            }
            return Err(self.range_error("maximum call stack size exceeded"));
        }
        let more = n.max(8).min(max - n);
        self.st.frames.reserve_exact(more);
        self.frame = self.st.frames.as_mut_ptr().wrapping_add(n).wrapping_sub(usize::from(n > 0));
        Ok(())
    }

    /// Takes off a frame without flags; its caller runs again. Gives the caller's register for the result.
    ///
    /// # Safety
    /// 1. The running frame has none of the flags `ENTRY`, `SEGMENT`, `GENERATOR`, `ASYNC`, `DISCARD`, `DECIDES`: so it has a caller, whose
    ///    window is in the same segment.
    #[inline(always)]
    pub(crate) unsafe fn drop_frame(&mut self) -> usize {
        // SAFETY: 1. is the caller's: the frame below is in the vector.
        unsafe {
            let dst = (*self.frame).at.dst;
            let n = self.st.frames.len();
            self.st.frames.set_len(n - 1);
            self.frame = self.frame.sub(1);
            let f = &*self.frame;
            self.top = f.at.regs.cast::<Value<'gc>>().wrapping_add(f.rt.registers as usize);
            dst as usize
        }
    }

    /// Takes the frame off; its caller runs again.
    #[inline]
    pub(crate) fn pop_frame(&mut self) -> Frame<'gc> {
        let frame = self.st.frames.pop().expect("a frame runs");
        if frame.at.flags & SEGMENT != 0 {
            self.pop_segment();
        }
        match self.st.frames.len() {
            0 => {
                self.frame = std::ptr::null_mut();
                let st = &self.st.stack;
                self.top = st.segments[st.current].base;
            }
            n => {
                self.frame = self.st.frames.as_mut_ptr().wrapping_add(n - 1);
                // SAFETY: the frame is in the vector.
                let f = unsafe { &*self.frame };
                self.top = f.at.regs.cast::<Value<'gc>>().wrapping_add(f.rt.registers as usize);
            }
        }
        frame
    }

    /// The frame that runs, if any.
    pub(crate) fn current_frame(&self) -> Option<&Frame<'gc>> {
        self.st.frames.last()
    }

    /// Gives the topmost frame, which has one, its first register.
    ///
    /// # Panics
    /// Without a frame, or if its code has no register.
    pub(crate) fn give_first_register(&mut self, value: Value<'gc>) {
        let frame = self.st.frames.last().expect("a frame waits for its value");
        assert!(frame.rt.registers > 0);
        // SAFETY: the invariant of the addresses: the window is there, and has a register.
        unsafe { *frame.at.regs.cast::<Value<'gc>>() = value };
    }

    /// The registers of a frame.
    ///
    /// # Safety
    /// 1. The frame is on the stack.
    pub(crate) unsafe fn frame_registers(&self, frame: &Frame<'gc>) -> &[Value<'gc>] {
        // SAFETY: 1. the caller's: its window is there, two registers before it too.
        unsafe {
            std::slice::from_raw_parts(
                frame.at.regs.cast::<Value<'gc>>().sub(2).cast_const(),
                frame.rt.code.registers as usize + 2,
            )
        }
    }
}

/// The arguments of a native, on the register stack.
// INVARIANT: `base[-2..len]` are registers that stay as they are while the native runs.
#[derive(Clone, Copy, Debug)]
pub struct Args<'gc> {
    base: *const Value<'gc>,
    len: u32,
    new_target: Value<'gc>,
}

impl<'gc> Args<'gc> {
    /// # Safety
    /// 1. The invariant.
    #[inline(always)]
    pub(crate) unsafe fn new(base: *const Value<'gc>, len: u32, new_target: Value<'gc>) -> Args<'gc> {
        Args { base, len, new_target }
    }
    /// The number of arguments.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len as usize
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// The argument `i`, or undefined.
    #[inline(always)]
    pub fn get(&self, i: usize) -> Value<'gc> {
        if i < self.len() {
            // SAFETY: the invariant.
            unsafe { *self.base.add(i) }
        } else {
            Value::undefined()
        }
    }
    /// `this`
    #[inline(always)]
    pub fn this(&self) -> Value<'gc> {
        // SAFETY: the invariant.
        unsafe { *self.base.sub(1) }
    }
    /// The native's own function object.
    ///
    /// # Panics
    /// Never: natives are called as objects.
    pub fn callee(&self) -> Object<'gc> {
        // SAFETY: the invariant.
        unsafe { *self.base.sub(2) }.as_object().expect("a native is an object")
    }
    /// `new.target`: undefined for calls.
    pub fn new_target(&self) -> Value<'gc> {
        self.new_target
    }
    /// All arguments.
    pub fn slice(&self) -> &'gc [Value<'gc>] {
        // SAFETY: the invariant; natives do not outlive their mutation.
        unsafe { std::slice::from_raw_parts(self.base, self.len()) }
    }
    /// All arguments from `i` on.
    pub fn from(&self, i: usize) -> &'gc [Value<'gc>] {
        self.slice().get(i..).unwrap_or(&[])
    }
}
