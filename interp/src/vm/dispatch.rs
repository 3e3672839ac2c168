//! The dispatch loop: one handler for each operation, run by two back-ends.
//!
//! *Threaded*: a handler ends by a sibling call of the next one through a static table; all of the
//! loop's state travels in six argument registers. *Looped*: the same handlers, which instead store
//! where to go on and return to a small loop; for opt-level 0, Miri, and targets without the calling
//! convention. Both are made from the same functions by a constant parameter.
//!
//! Obligations of every handler (`# Safety` of the type [`Handler`]):
//! 1. `pc` points behind the instruction word `w` in the running frame's code, whose verifier-shaped
//!    encoder makes every operand a register of the window and every extra word an index in range.
//! 2. `r` is the running frame's window, `ics` its caches, `vm` the machine; nobody else uses them.
//! 3. `tag` is the int tag.
//!
//! What a handler must do before it calls anything that may throw, allocate an error, call, or look
//! at the frames: store `pc` in the frame (`sync!`).

use super::inline_cache::{Ic, IcKind};
use super::scripted::{DIFFERENT, EQUAL, GREATER, GREATER_OR_EQUAL, LESS, LESS_OR_EQUAL};
use super::stack::{CONSTRUCT, DECIDES, Frame, FrameAt};
use super::{Exit, Vm};
use crate::bytecode::opcode::{ALL, Op};
use crate::object::SLOW_INDEX;
use crate::object::data::ObjectData;
use crate::object::function::NativeCode;
use crate::object::typed_array;
use crate::value::Value;
use crate::value::repr::NUMBER_TAG;

type Pc = *const u32;
type Regs<'gc> = *mut Value<'gc>;

/// The loop's return codes.
pub(crate) const DONE: usize = 0;
pub(crate) const THREW: usize = 1;
const SAFEPOINT: usize = 2;
const CONTINUE: usize = 3;
const HOST: usize = 4;

/// The step codes: a frame was put on; it is over, its value (if any) stands in the machine; it threw.
///
/// A handler may hold nothing in memory of its own when it goes on, or the compiler makes a call of
/// the jump: whatever takes or gives more than a word stands in a function of `vm/steps.rs`.
pub(crate) const STEP_FRAME: usize = 0;
pub(crate) const STEP_VALUE: usize = 1;
pub(crate) const STEP_THROW: usize = 2;
/// Of a comparison: it is over, and true; `STEP_VALUE` is false.
pub(crate) const STEP_TRUE: usize = 3;

/// Whether the threaded back-end is there.
const THREADED: bool = cfg!(interp_threaded);

macro_rules! handlers {
    ($($body:tt)*) => {
        #[cfg(target_arch = "x86_64")]
        handlers_abi! { "sysv64"; $($body)* }
        #[cfg(not(target_arch = "x86_64"))]
        handlers_abi! { "C"; $($body)* }
    };
}

macro_rules! handlers_abi {
    ($abi:literal; $($(#[$attr:meta])* fn $name:ident($pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident) $body:block)*) => {
        /// A handler; see the module for its obligations.
        type Handler = for<'gc> unsafe extern $abi fn(Pc, Regs<'gc>, u32, *mut Vm<'gc>, *mut Ic<'gc>, usize) -> usize;
        $(
            #[allow(non_snake_case, unused_variables, unused_mut, unused_unsafe, clippy::collapsible_if)]
            $(#[$attr])*
            unsafe extern $abi fn $name<'gc, const T: bool>(
                $pc: Pc, $r: Regs<'gc>, $w: u32, $vm: *mut Vm<'gc>, $ics: *mut Ic<'gc>, $tag: usize,
            ) -> usize {
                // SAFETY: the obligations 1 to 3 of handlers are the caller's, and this body keeps
                // to the registers, words and caches they allow.
                unsafe { $body }
            }
        )*
    };
}

macro_rules! table {
    ($($name:ident),*) => {
        /// The threaded table and the looped one.
        static TABLES: [[Handler; 256]; 2] = {
            const fn fill(list: &[Handler], bad: Handler) -> [Handler; 256] {
                let mut table = [bad; 256];
                let mut i = 0;
                while i < list.len() {
                    table[i] = list[i];
                    i += 1;
                }
                table
            }
            [fill(&[$($name::<true>),*], bad_op::<true>), fill(&[$($name::<false>),*], bad_op::<false>)]
        };
    };
}

crate::bytecode::opcode::with_opcodes!(table);

/// Goes to the instruction at `pc`.
///
/// # Safety
/// The obligations of handlers.
#[inline(always)]
unsafe fn next<'gc, const T: bool>(
    pc: Pc,
    r: Regs<'gc>,
    vm: *mut Vm<'gc>,
    ics: *mut Ic<'gc>,
    tag: usize,
) -> usize {
    // SAFETY: 1 to 3 are the caller's.
    unsafe {
        if T {
            let w = *pc;
            return TABLES[0][(w & 0xff) as usize](pc.add(1), r, w, vm, ics, tag);
        }
        (*vm).cont = (pc, r, ics);
        CONTINUE
    }
}

/// Runs the topmost frame until the nearest entry frame ends. `throw`: begin by throwing what stands
/// in the machine.
pub(crate) fn run(vm: &mut Vm<'_>, throw: bool) -> Exit {
    let frame = vm.frame;
    let tag = NUMBER_TAG as usize;
    // SAFETY: a frame is on the stack: its window, code and caches are there.
    let code = unsafe {
        let f = &*frame;
        let (pc, r, ics) = (f.at.pc, f.at.regs.cast(), f.rt.ics.first());
        if THREADED && !vm.looped() {
            if throw { unwind::<true>(pc, r, 0, vm, ics, tag) } else { next::<true>(pc, r, vm, ics, tag) }
        } else {
            let mut code = if throw {
                unwind::<false>(pc, r, 0, vm, ics, tag)
            } else {
                next::<false>(pc, r, vm, ics, tag)
            };
            while code == CONTINUE {
                let (pc, r, ics) = vm.cont;
                let w = *pc;
                code = TABLES[1][(w & 0xff) as usize](pc.add(1), r, w, vm, ics, tag);
            }
            code
        }
    };
    match code {
        DONE => Exit::Done,
        SAFEPOINT => Exit::Safepoint,
        HOST => Exit::Host,
        _ => Exit::Threw,
    }
}

// Short forms used in handlers.
macro_rules! a {
    ($w:ident) => {
        (($w >> 8) & 0xff) as usize
    };
}
macro_rules! b {
    ($w:ident) => {
        (($w >> 16) & 0xff) as usize
    };
}
macro_rules! c {
    ($w:ident) => {
        ($w >> 24) as usize
    };
}
macro_rules! sync {
    ($pc:expr, $vm:ident) => {
        (*(*$vm).frame).at.pc = $pc
    };
}
macro_rules! go {
    ($f:ident, $pc:expr, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident) => {
        return $f::<T>($pc, $r, $w, $vm, $ics, $tag)
    };
}
macro_rules! next {
    ($n:expr, $pc:ident, $r:ident, $vm:ident, $ics:ident, $tag:ident) => {
        return next::<T>($pc.add($n), $r, $vm, $ics, $tag)
    };
}
/// Runs a fallible operation of the machine; its value goes to A.
macro_rules! value {
    ($n:expr, $e:expr, $pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident) => {{
        sync!($pc, $vm);
        match $e {
            Ok(v) => {
                *$r.add(a!($w)) = v;
                next!($n, $pc, $r, $vm, $ics, $tag)
            }
            Err(_) => go!(unwind, $pc, $r, $w, $vm, $ics, $tag),
        }
    }};
}
/// Runs a fallible operation of the machine for its effect.
macro_rules! effect {
    ($n:expr, $e:expr, $pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident) => {{
        sync!($pc, $vm);
        match $e {
            Ok(()) => next!($n, $pc, $r, $vm, $ics, $tag),
            Err(_) => go!(unwind, $pc, $r, $w, $vm, $ics, $tag),
        }
    }};
}
/// Takes the jump whose offset is in the last of `$n` extra words.
macro_rules! take {
    ($n:expr, $pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident) => {{
        let offset = *$pc.add($n - 1) as i32;
        let target = $pc.add($n).offset(offset as isize);
        if offset < 0 {
            (*$vm).ticks -= 1;
            if (*$vm).ticks < 0 {
                sync!(target, $vm);
                go!(poll, $pc, $r, $w, $vm, $ics, $tag);
            }
        }
        return next::<T>(target, $r, $vm, $ics, $tag);
    }};
}
/// Goes on in the frame on top.
macro_rules! frame {
    ($vm:ident, $tag:ident) => {{
        let f = &*(*$vm).frame;
        let (pc, r, ics) = (f.at.pc, f.at.regs.cast::<Value<'gc>>(), f.rt.ics.first());
        return next::<T>(pc, r, $vm, ics, $tag);
    }};
}
/// A call began: goes on in the frame on top, unless it is time to look whether there is something else to do.
macro_rules! began {
    ($pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident) => {{
        (*$vm).ticks -= 1;
        if (*$vm).ticks < 0 {
            go!(poll, $pc, $r, $w, $vm, $ics, $tag);
        }
        frame!($vm, $tag)
    }};
}
/// A call began, by its step code: goes on where it says.
macro_rules! entered {
    ($e:expr, $n:expr, $pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident) => {{
        let step: usize = $e;
        if step == STEP_FRAME {
            began!($pc, $r, $w, $vm, $ics, $tag)
        }
        if step == STEP_VALUE {
            *$r.add(a!($w)) = (*$vm).result;
            next!($n, $pc, $r, $vm, $ics, $tag)
        }
        go!(unwind, $pc, $r, $w, $vm, $ics, $tag)
    }};
}
/// An assignment, by its step code: over, or its setter was called.
macro_rules! put {
    ($e:expr, $n:expr, $pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident) => {{
        let step: usize = $e;
        if step == STEP_VALUE {
            next!($n, $pc, $r, $vm, $ics, $tag)
        }
        if step == STEP_FRAME {
            began!($pc, $r, $w, $vm, $ics, $tag)
        }
        go!(unwind, $pc, $r, $w, $vm, $ics, $tag)
    }};
}
/// The truth of a comparison, by its step code, unless a script was called for it.
macro_rules! decided {
    ($e:expr, $pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident) => {{
        let step: usize = $e;
        if step == STEP_FRAME {
            began!($pc, $r, $w, $vm, $ics, $tag)
        }
        if step == STEP_THROW {
            go!(unwind, $pc, $r, $w, $vm, $ics, $tag);
        }
        Value::bool(step == STEP_TRUE)
    }};
}
/// Calls a closure that needs nothing but a window: callee, `this` and C arguments stand from B on. Falls through if
/// it is something else, or if there is no room for the window or the frame.
macro_rules! call_plain {
    ($callee:expr, $pc:expr, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident) => {{
        if let Some(f) = ($callee).as_object()
            && let ObjectData::Closure(c) = f.data()
            && c.code.get().plain
        {
            let rt = c.code.get();
            let (base, argc) = ($r.add(b!($w) + 2), c!($w));
            let need = (rt.registers as usize).max(argc) + 8;
            if (*$vm).has_room(base, need) {
                sync!($pc, $vm);
                let mut i = argc;
                while i < rt.params as usize {
                    *base.add(i) = Value::undefined();
                    i += 1;
                }
                let at = FrameAt { regs: base.cast(), pc: rt.entry, argc: 0, dst: a!($w) as u8, flags: 0 };
                let new_target = Value::undefined();
                (*$vm).push_frame_unchecked(Frame { rt, new_target, env: c.env, coroutine: None, at });
                (*$vm).ticks -= 1;
                if (*$vm).ticks < 0 {
                    go!(poll, $pc, $r, $w, $vm, $ics, $tag);
                }
                return next::<T>(rt.entry, base, $vm, rt.ics.first(), $tag);
            }
        }
    }};
}
/// A frame was taken off: its caller goes on, or the loop ends.
macro_rules! finish {
    ($e:expr, $pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident) => {{
        let step: usize = $e;
        if step == STEP_FRAME {
            frame!($vm, $tag)
        }
        if step == STEP_VALUE {
            return DONE;
        }
        go!(unwind, $pc, $r, $w, $vm, $ics, $tag)
    }};
}
/// An operation by its step code, for its effect.
macro_rules! stepped {
    ($e:expr, $n:expr, $pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident) => {{
        sync!($pc, $vm);
        if $e == STEP_VALUE {
            next!($n, $pc, $r, $vm, $ics, $tag)
        }
        go!(unwind, $pc, $r, $w, $vm, $ics, $tag)
    }};
}
/// An operation by its step code, for its value.
macro_rules! stepped_value {
    ($e:expr, $n:expr, $pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident) => {{
        sync!($pc, $vm);
        if $e == STEP_VALUE {
            *$r.add(a!($w)) = (*$vm).result;
            next!($n, $pc, $r, $vm, $ics, $tag)
        }
        go!(unwind, $pc, $r, $w, $vm, $ics, $tag)
    }};
}
/// An arithmetic operation: both int, both numbers, else slow.
macro_rules! arith {
    ($pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident, $x:expr, $y:expr, $int:expr, $double:ident) => {{
        let (x, y): (Value<'gc>, Value<'gc>) = ($x, $y);
        if x.is_int() && y.is_int() {
            let f: fn(i32, i32) -> Option<i32> = $int;
            if let Some(v) = f(x.int_unchecked(), y.int_unchecked()) {
                *$r.add(a!($w)) = Value::int(v);
                next!(0, $pc, $r, $vm, $ics, $tag)
            }
        }
        go!($double, $pc, $r, $w, $vm, $ics, $tag)
    }};
}
macro_rules! double {
    ($pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident, $y:expr, $f:expr, $op:expr) => {{
        let x = *$r.add(b!($w));
        let y: Value<'gc> = $y;
        if let (Some(m), Some(n)) = (x.as_number(), y.as_number()) {
            let f: fn(f64, f64) -> f64 = $f;
            *$r.add(a!($w)) = Value::number(f(m, n));
            next!(0, $pc, $r, $vm, $ics, $tag)
        }
        sync!($pc, $vm);
        entered!((*$vm).step_arith($op, x, y, a!($w) as u8), 0, $pc, $r, $w, $vm, $ics, $tag)
    }};
}
macro_rules! bits {
    ($pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident, $y:expr, $f:expr, $op:expr) => {{
        let x = *$r.add(b!($w));
        let y: Value<'gc> = $y;
        if x.is_int() && y.is_int() {
            let f: fn(i32, i32) -> i32 = $f;
            *$r.add(a!($w)) = Value::int(f(x.int_unchecked(), y.int_unchecked()));
            next!(0, $pc, $r, $vm, $ics, $tag)
        }
        if let (Some(m), Some(n)) = (x.as_number(), y.as_number()) {
            let f: fn(i32, i32) -> i32 = $f;
            let (m, n) = (crate::value::number::to_int32(m), crate::value::number::to_int32(n));
            *$r.add(a!($w)) = Value::int(f(m, n));
            next!(0, $pc, $r, $vm, $ics, $tag)
        }
        sync!($pc, $vm);
        entered!((*$vm).step_arith($op, x, y, a!($w) as u8), 0, $pc, $r, $w, $vm, $ics, $tag)
    }};
}
macro_rules! compare {
    ($pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident, $op:tt, $how:expr) => {{
        let (x, y) = (*$r.add(b!($w)), *$r.add(c!($w)));
        if x.is_int() && y.is_int() {
            *$r.add(a!($w)) = Value::bool(x.int_unchecked() $op y.int_unchecked());
            next!(0, $pc, $r, $vm, $ics, $tag)
        }
        if let (Some(m), Some(n)) = (x.as_number(), y.as_number()) {
            *$r.add(a!($w)) = Value::bool(m $op n);
            next!(0, $pc, $r, $vm, $ics, $tag)
        }
        sync!($pc, $vm);
        let step = (*$vm).step_compare::<{ $how }>(x, y, 0, a!($w) as u8);
        *$r.add(a!($w)) = decided!(step, $pc, $r, $w, $vm, $ics, $tag);
        next!(0, $pc, $r, $vm, $ics, $tag)
    }};
}
macro_rules! compare_jump {
    ($pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident, $y:expr, $op:tt, $when:expr, $how:expr) => {{
        let x = *$r.add(a!($w));
        let y: Value<'gc> = $y;
        let truth = if x.is_int() && y.is_int() {
            x.int_unchecked() $op y.int_unchecked()
        } else if let (Some(m), Some(n)) = (x.as_number(), y.as_number()) {
            m $op n
        } else {
            // A script that is called decides on the jump when it returns (`DECIDES`).
            sync!($pc.add(1), $vm);
            let step = (*$vm).step_compare::<{ $how }>(x, y, DECIDES, u8::from($when));
            decided!(step, $pc, $r, $w, $vm, $ics, $tag).is_true()
        };
        if truth == $when {
            take!(1, $pc, $r, $w, $vm, $ics, $tag)
        }
        next!(1, $pc, $r, $vm, $ics, $tag)
    }};
}
macro_rules! test_jump {
    ($pc:ident, $r:ident, $w:ident, $vm:ident, $ics:ident, $tag:ident, $test:expr) => {{
        let f: fn(Value<'gc>) -> bool = $test;
        if f(*$r.add(a!($w))) {
            take!(1, $pc, $r, $w, $vm, $ics, $tag)
        }
        next!(1, $pc, $r, $vm, $ics, $tag)
    }};
}
/// ToBoolean, without a look at the object.
macro_rules! truth {
    ($x:ident, $vm:ident) => {
        if $x.is_bool() {
            $x.is_true()
        } else if $x.is_object() && !(*$vm).has_htmldda {
            true
        } else if $x.is_nullish() {
            false
        } else if $x.is_int() {
            $x.int_unchecked() != 0
        } else {
            (*$vm).to_boolean($x)
        }
    };
}
macro_rules! imm {
    ($w:ident) => {
        Value::int(($w as i32) >> 24)
    };
}

handlers! {
    #[cold]
    fn bad_op(pc, r, w, vm, ics, tag) {
        unreachable!("the encoder writes only operations of the table")
    }

    // Leaves for the slow poll, and goes on at the frame's `pc`.
    #[cold]
    #[inline(never)]
    fn poll(pc, r, w, vm, ics, tag) {
        // Where it will go on is where it is, for those who look: the instruction there, not the one before.
        let at = (*(*vm).frame).at.pc;
        sync!(at.add(1), vm);
        if (*vm).poll_slow().is_err() {
            go!(unwind, pc, r, w, vm, ics, tag);
        }
        sync!(at, vm);
        if (*vm).wants_collection() {
            (*vm).ticks = 0;
            if (*vm).depth == 1 {
                return SAFEPOINT;
            }
        }
        frame!(vm, tag)
    }

    // Finds the handler of what was thrown.
    #[cold]
    #[inline(never)]
    fn unwind(pc, r, w, vm, ics, tag) {
        if (*vm).step_unwind() == STEP_FRAME {
            frame!(vm, tag)
        }
        (*vm).unwound
    }

    fn LoadUndef(pc, r, w, vm, ics, tag) { *r.add(a!(w)) = Value::undefined(); next!(0, pc, r, vm, ics, tag) }
    fn LoadNull(pc, r, w, vm, ics, tag) { *r.add(a!(w)) = Value::null(); next!(0, pc, r, vm, ics, tag) }
    fn LoadTrue(pc, r, w, vm, ics, tag) { *r.add(a!(w)) = Value::bool(true); next!(0, pc, r, vm, ics, tag) }
    fn LoadFalse(pc, r, w, vm, ics, tag) { *r.add(a!(w)) = Value::bool(false); next!(0, pc, r, vm, ics, tag) }
    fn LoadHole(pc, r, w, vm, ics, tag) { *r.add(a!(w)) = Value::hole(); next!(0, pc, r, vm, ics, tag) }
    fn LoadInt(pc, r, w, vm, ics, tag) {
        *r.add(a!(w)) = Value::int((w as i32) >> 16);
        next!(0, pc, r, vm, ics, tag)
    }
    fn LoadConst(pc, r, w, vm, ics, tag) {
        *r.add(a!(w)) = (&*(*vm).frame).rt.consts[*pc as usize].get();
        next!(1, pc, r, vm, ics, tag)
    }
    fn Move(pc, r, w, vm, ics, tag) { *r.add(a!(w)) = *r.add(b!(w)); next!(0, pc, r, vm, ics, tag) }
    fn GetFar(pc, r, w, vm, ics, tag) { *r.add(a!(w)) = *r.add(*pc as usize); next!(1, pc, r, vm, ics, tag) }
    fn SetFar(pc, r, w, vm, ics, tag) { *r.add(*pc as usize) = *r.add(a!(w)); next!(1, pc, r, vm, ics, tag) }
    fn LoadThis(pc, r, w, vm, ics, tag) { *r.add(a!(w)) = *r.sub(1); next!(0, pc, r, vm, ics, tag) }
    fn CoerceThis(pc, r, w, vm, ics, tag) {
        let this = *r.sub(1);
        if this.is_object() {
            next!(0, pc, r, vm, ics, tag)
        }
        sync!(pc, vm);
        match (*vm).coerce_this(this) {
            Ok(v) => *r.sub(1) = v,
            Err(_) => go!(unwind, pc, r, w, vm, ics, tag),
        }
        next!(0, pc, r, vm, ics, tag)
    }
    fn StoreThis(pc, r, w, vm, ics, tag) {
        if !(*r.sub(1)).is_hole() {
            sync!(pc, vm);
            let _ = (*vm).reference_error("super constructor was already called");
            go!(unwind, pc, r, w, vm, ics, tag);
        }
        *r.sub(1) = *r.add(a!(w));
        next!(0, pc, r, vm, ics, tag)
    }
    fn LoadThisChecked(pc, r, w, vm, ics, tag) {
        let this = *r.sub(1);
        if this.is_hole() {
            sync!(pc, vm);
            let _ = (*vm).reference_error("'this' is not initialised: super() has not been called");
            go!(unwind, pc, r, w, vm, ics, tag);
        }
        *r.add(a!(w)) = this;
        next!(0, pc, r, vm, ics, tag)
    }
    fn LoadCallee(pc, r, w, vm, ics, tag) { *r.add(a!(w)) = *r.sub(2); next!(0, pc, r, vm, ics, tag) }
    fn LoadNewTarget(pc, r, w, vm, ics, tag) {
        *r.add(a!(w)) = (*(*vm).frame).new_target;
        next!(0, pc, r, vm, ics, tag)
    }
    fn LoadFuncEnv(pc, r, w, vm, ics, tag) {
        *r.add(a!(w)) = match (*(*vm).frame).env {
            Some(e) => Value::cell(e.erase()),
            None => Value::undefined(),
        };
        next!(0, pc, r, vm, ics, tag)
    }

    fn Add(pc, r, w, vm, ics, tag) { arith!(pc, r, w, vm, ics, tag, *r.add(b!(w)), *r.add(c!(w)), |x, y| x.checked_add(y), add_double) }
    fn add_double(pc, r, w, vm, ics, tag) {
        let (x, y) = (*r.add(b!(w)), *r.add(c!(w)));
        if let (Some(m), Some(n)) = (x.as_number(), y.as_number()) {
            *r.add(a!(w)) = Value::number(m + n);
            next!(0, pc, r, vm, ics, tag)
        }
        go!(add_slow, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn add_slow(pc, r, w, vm, ics, tag) {
        let (x, y) = (*r.add(b!(w)), *r.add(c!(w)));
        sync!(pc, vm);
        entered!((*vm).step_add(x, y, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn Sub(pc, r, w, vm, ics, tag) { arith!(pc, r, w, vm, ics, tag, *r.add(b!(w)), *r.add(c!(w)), |x, y| x.checked_sub(y), sub_double) }
    #[inline(never)]
    fn sub_double(pc, r, w, vm, ics, tag) { double!(pc, r, w, vm, ics, tag, *r.add(c!(w)), |x, y| x - y, Op::Sub) }
    fn Mul(pc, r, w, vm, ics, tag) {
        arith!(pc, r, w, vm, ics, tag, *r.add(b!(w)), *r.add(c!(w)), |x, y| {
            let z = x.checked_mul(y)?;
            // -0 is a double.
            (z != 0 || x >= 0 && y >= 0).then_some(z)
        }, mul_double)
    }
    #[inline(never)]
    fn mul_double(pc, r, w, vm, ics, tag) { double!(pc, r, w, vm, ics, tag, *r.add(c!(w)), |x, y| x * y, Op::Mul) }
    fn Div(pc, r, w, vm, ics, tag) { double!(pc, r, w, vm, ics, tag, *r.add(c!(w)), |x, y| x / y, Op::Div) }
    fn Mod(pc, r, w, vm, ics, tag) {
        arith!(pc, r, w, vm, ics, tag, *r.add(b!(w)), *r.add(c!(w)), |x, y| {
            (x >= 0 && y > 0).then(|| x % y)
        }, mod_double)
    }
    #[inline(never)]
    fn mod_double(pc, r, w, vm, ics, tag) { double!(pc, r, w, vm, ics, tag, *r.add(c!(w)), |x, y| x % y, Op::Mod) }
    fn Exp(pc, r, w, vm, ics, tag) { double!(pc, r, w, vm, ics, tag, *r.add(c!(w)), super::ops::power, Op::Exp) }
    fn BitAnd(pc, r, w, vm, ics, tag) { bits!(pc, r, w, vm, ics, tag, *r.add(c!(w)), |x, y| x & y, Op::BitAnd) }
    fn BitOr(pc, r, w, vm, ics, tag) { bits!(pc, r, w, vm, ics, tag, *r.add(c!(w)), |x, y| x | y, Op::BitOr) }
    fn BitXor(pc, r, w, vm, ics, tag) { bits!(pc, r, w, vm, ics, tag, *r.add(c!(w)), |x, y| x ^ y, Op::BitXor) }
    fn Shl(pc, r, w, vm, ics, tag) { bits!(pc, r, w, vm, ics, tag, *r.add(c!(w)), |x, y| x.wrapping_shl(y as u32), Op::Shl) }
    fn Shr(pc, r, w, vm, ics, tag) { bits!(pc, r, w, vm, ics, tag, *r.add(c!(w)), |x, y| x.wrapping_shr(y as u32), Op::Shr) }
    fn UShr(pc, r, w, vm, ics, tag) {
        let (x, y) = (*r.add(b!(w)), *r.add(c!(w)));
        if let (Some(m), Some(n)) = (x.as_number(), y.as_number()) {
            let (m, n) = (crate::value::number::to_int32(m), crate::value::number::to_int32(n));
            *r.add(a!(w)) = Value::number(f64::from((m as u32).wrapping_shr(n as u32)));
            next!(0, pc, r, vm, ics, tag)
        }
        sync!(pc, vm);
        entered!((*vm).step_arith(Op::UShr, x, y, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn AddI(pc, r, w, vm, ics, tag) { arith!(pc, r, w, vm, ics, tag, *r.add(b!(w)), imm!(w), |x, y| x.checked_add(y), addi_double) }
    #[inline(never)]
    fn addi_double(pc, r, w, vm, ics, tag) {
        let (x, y) = (*r.add(b!(w)), imm!(w));
        if let (Some(m), Some(n)) = (x.as_number(), y.as_number()) {
            *r.add(a!(w)) = Value::number(m + n);
            next!(0, pc, r, vm, ics, tag)
        }
        sync!(pc, vm);
        entered!((*vm).step_add(x, y, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn SubI(pc, r, w, vm, ics, tag) { arith!(pc, r, w, vm, ics, tag, *r.add(b!(w)), imm!(w), |x, y| x.checked_sub(y), subi_double) }
    #[inline(never)]
    fn subi_double(pc, r, w, vm, ics, tag) { double!(pc, r, w, vm, ics, tag, imm!(w), |x, y| x - y, Op::Sub) }
    fn BitAndI(pc, r, w, vm, ics, tag) { bits!(pc, r, w, vm, ics, tag, imm!(w), |x, y| x & y, Op::BitAnd) }
    fn BitOrI(pc, r, w, vm, ics, tag) { bits!(pc, r, w, vm, ics, tag, imm!(w), |x, y| x | y, Op::BitOr) }
    fn ShlI(pc, r, w, vm, ics, tag) { bits!(pc, r, w, vm, ics, tag, imm!(w), |x, y| x.wrapping_shl(y as u32), Op::Shl) }
    fn ShrI(pc, r, w, vm, ics, tag) { bits!(pc, r, w, vm, ics, tag, imm!(w), |x, y| x.wrapping_shr(y as u32), Op::Shr) }
    fn UShrI(pc, r, w, vm, ics, tag) {
        let x = *r.add(b!(w));
        if let Some(m) = x.as_number() {
            let m = crate::value::number::to_int32(m);
            *r.add(a!(w)) = Value::number(f64::from((m as u32).wrapping_shr(w >> 24)));
            next!(0, pc, r, vm, ics, tag)
        }
        sync!(pc, vm);
        entered!((*vm).step_arith(Op::UShr, x, imm!(w), a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn Neg(pc, r, w, vm, ics, tag) {
        let x = *r.add(b!(w));
        if let Some(n) = x.as_number() {
            *r.add(a!(w)) = Value::number(-n);
            next!(0, pc, r, vm, ics, tag)
        }
        sync!(pc, vm);
        entered!((*vm).step_unary(Op::Neg, x, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn ToNumber(pc, r, w, vm, ics, tag) {
        let x = *r.add(b!(w));
        if x.is_number() {
            *r.add(a!(w)) = x;
            next!(0, pc, r, vm, ics, tag)
        }
        sync!(pc, vm);
        entered!((*vm).step_to_number(x, false, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn ToNumeric(pc, r, w, vm, ics, tag) {
        let x = *r.add(b!(w));
        if x.is_number() {
            *r.add(a!(w)) = x;
            next!(0, pc, r, vm, ics, tag)
        }
        sync!(pc, vm);
        entered!((*vm).step_to_number(x, true, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn Inc(pc, r, w, vm, ics, tag) { arith!(pc, r, w, vm, ics, tag, *r.add(b!(w)), Value::int(1), |x, y| x.checked_add(y), inc_slow) }
    #[inline(never)]
    fn inc_slow(pc, r, w, vm, ics, tag) {
        let x = *r.add(b!(w));
        sync!(pc, vm);
        entered!((*vm).step_unary(Op::Inc, x, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn Dec(pc, r, w, vm, ics, tag) { arith!(pc, r, w, vm, ics, tag, *r.add(b!(w)), Value::int(1), |x, y| x.checked_sub(y), dec_slow) }
    #[inline(never)]
    fn dec_slow(pc, r, w, vm, ics, tag) {
        let x = *r.add(b!(w));
        sync!(pc, vm);
        entered!((*vm).step_unary(Op::Dec, x, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn Not(pc, r, w, vm, ics, tag) {
        let x = *r.add(b!(w));
        let t = truth!(x, vm);
        *r.add(a!(w)) = Value::bool(!t);
        next!(0, pc, r, vm, ics, tag)
    }
    fn BitNot(pc, r, w, vm, ics, tag) {
        let x = *r.add(b!(w));
        if let Some(n) = x.as_number() {
            *r.add(a!(w)) = Value::int(!crate::value::number::to_int32(n));
            next!(0, pc, r, vm, ics, tag)
        }
        sync!(pc, vm);
        entered!((*vm).step_unary(Op::BitNot, x, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn Typeof(pc, r, w, vm, ics, tag) { *r.add(a!(w)) = (*vm).type_of(*r.add(b!(w))); next!(0, pc, r, vm, ics, tag) }
    fn ToKey(pc, r, w, vm, ics, tag) {
        let x = *r.add(b!(w));
        sync!(pc, vm);
        entered!((*vm).step_to_key(x, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn ToStr(pc, r, w, vm, ics, tag) {
        let x = *r.add(b!(w));
        if x.is_string() {
            *r.add(a!(w)) = x;
            next!(0, pc, r, vm, ics, tag)
        }
        sync!(pc, vm);
        entered!((*vm).step_to_string(x, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }

    fn Eq(pc, r, w, vm, ics, tag) { compare!(pc, r, w, vm, ics, tag, ==, EQUAL) }
    fn Ne(pc, r, w, vm, ics, tag) { compare!(pc, r, w, vm, ics, tag, !=, DIFFERENT) }
    fn StrictEq(pc, r, w, vm, ics, tag) {
        let (x, y) = (*r.add(b!(w)), *r.add(c!(w)));
        *r.add(a!(w)) = Value::bool((*vm).strict_equals(x, y));
        next!(0, pc, r, vm, ics, tag)
    }
    fn StrictNe(pc, r, w, vm, ics, tag) {
        let (x, y) = (*r.add(b!(w)), *r.add(c!(w)));
        *r.add(a!(w)) = Value::bool(!(*vm).strict_equals(x, y));
        next!(0, pc, r, vm, ics, tag)
    }
    fn Lt(pc, r, w, vm, ics, tag) { compare!(pc, r, w, vm, ics, tag, <, LESS) }
    fn Le(pc, r, w, vm, ics, tag) { compare!(pc, r, w, vm, ics, tag, <=, LESS_OR_EQUAL) }
    fn Gt(pc, r, w, vm, ics, tag) { compare!(pc, r, w, vm, ics, tag, >, GREATER) }
    fn Ge(pc, r, w, vm, ics, tag) { compare!(pc, r, w, vm, ics, tag, >=, GREATER_OR_EQUAL) }
    fn In(pc, r, w, vm, ics, tag) {
        let (x, y) = (*r.add(b!(w)), *r.add(c!(w)));
        value!(0, (*vm).has_in(x, y), pc, r, w, vm, ics, tag)
    }
    fn InstanceOf(pc, r, w, vm, ics, tag) {
        let (x, y) = (*r.add(b!(w)), *r.add(c!(w)));
        sync!(pc, vm);
        let step = (*vm).step_instance_of(x, y, a!(w) as u8);
        *r.add(a!(w)) = decided!(step, pc, r, w, vm, ics, tag);
        next!(0, pc, r, vm, ics, tag)
    }

    fn Jump(pc, r, w, vm, ics, tag) { take!(1, pc, r, w, vm, ics, tag) }
    fn JumpTrue(pc, r, w, vm, ics, tag) {
        let x = *r.add(a!(w));
        if truth!(x, vm) { take!(1, pc, r, w, vm, ics, tag) }
        next!(1, pc, r, vm, ics, tag)
    }
    fn JumpFalse(pc, r, w, vm, ics, tag) {
        let x = *r.add(a!(w));
        if !truth!(x, vm) { take!(1, pc, r, w, vm, ics, tag) }
        next!(1, pc, r, vm, ics, tag)
    }
    fn JumpNullish(pc, r, w, vm, ics, tag) { test_jump!(pc, r, w, vm, ics, tag, |v| v.is_nullish()) }
    fn JumpNotNullish(pc, r, w, vm, ics, tag) { test_jump!(pc, r, w, vm, ics, tag, |v| !v.is_nullish()) }
    fn JumpUndef(pc, r, w, vm, ics, tag) { test_jump!(pc, r, w, vm, ics, tag, |v| v.is_undefined()) }
    fn JumpNotUndef(pc, r, w, vm, ics, tag) { test_jump!(pc, r, w, vm, ics, tag, |v| !v.is_undefined()) }
    fn JumpHole(pc, r, w, vm, ics, tag) { test_jump!(pc, r, w, vm, ics, tag, |v| v.is_hole()) }
    fn JLt(pc, r, w, vm, ics, tag) { compare_jump!(pc, r, w, vm, ics, tag, *r.add(b!(w)), <, true, LESS) }
    fn JLe(pc, r, w, vm, ics, tag) { compare_jump!(pc, r, w, vm, ics, tag, *r.add(b!(w)), <=, true, LESS_OR_EQUAL) }
    fn JGt(pc, r, w, vm, ics, tag) { compare_jump!(pc, r, w, vm, ics, tag, *r.add(b!(w)), >, true, GREATER) }
    fn JGe(pc, r, w, vm, ics, tag) { compare_jump!(pc, r, w, vm, ics, tag, *r.add(b!(w)), >=, true, GREATER_OR_EQUAL) }
    fn JNLt(pc, r, w, vm, ics, tag) { compare_jump!(pc, r, w, vm, ics, tag, *r.add(b!(w)), <, false, LESS) }
    fn JNLe(pc, r, w, vm, ics, tag) { compare_jump!(pc, r, w, vm, ics, tag, *r.add(b!(w)), <=, false, LESS_OR_EQUAL) }
    fn JNGt(pc, r, w, vm, ics, tag) { compare_jump!(pc, r, w, vm, ics, tag, *r.add(b!(w)), >, false, GREATER) }
    fn JNGe(pc, r, w, vm, ics, tag) { compare_jump!(pc, r, w, vm, ics, tag, *r.add(b!(w)), >=, false, GREATER_OR_EQUAL) }
    fn JSeq(pc, r, w, vm, ics, tag) {
        let (x, y) = (*r.add(a!(w)), *r.add(b!(w)));
        if (*vm).strict_equals(x, y) { take!(1, pc, r, w, vm, ics, tag) }
        next!(1, pc, r, vm, ics, tag)
    }
    fn JSne(pc, r, w, vm, ics, tag) {
        let (x, y) = (*r.add(a!(w)), *r.add(b!(w)));
        if !(*vm).strict_equals(x, y) { take!(1, pc, r, w, vm, ics, tag) }
        next!(1, pc, r, vm, ics, tag)
    }
    fn JEq(pc, r, w, vm, ics, tag) { compare_jump!(pc, r, w, vm, ics, tag, *r.add(b!(w)), ==, true, EQUAL) }
    fn JNe(pc, r, w, vm, ics, tag) { compare_jump!(pc, r, w, vm, ics, tag, *r.add(b!(w)), ==, false, EQUAL) }
    fn JumpTable(pc, r, w, vm, ics, tag) {
        let x = *r.add(a!(w));
        let rt = (*(*vm).frame).rt;
        let table = &rt.code.jump_tables[*pc as usize];
        let i = if x.is_int() { Some(x.int_unchecked()) } else { x.as_number().and_then(crate::value::number::as_int32) };
        if let Some(target) = i.and_then(|i| table.target(i)) {
            return next::<T>(pc.add(1 + target as usize), r, vm, ics, tag);
        }
        next!(1, pc, r, vm, ics, tag)
    }
    fn JSeqI(pc, r, w, vm, ics, tag) {
        let x = *r.add(a!(w));
        let i = ((w >> 16) as i8) as i32;
        if x == Value::int(i) || !x.is_int() && x.as_number() == Some(f64::from(i)) { take!(1, pc, r, w, vm, ics, tag) }
        next!(1, pc, r, vm, ics, tag)
    }
    fn JLtI(pc, r, w, vm, ics, tag) { compare_jump!(pc, r, w, vm, ics, tag, Value::int(((w >> 16) as i8) as i32), <, true, LESS) }
    fn JNLtI(pc, r, w, vm, ics, tag) { compare_jump!(pc, r, w, vm, ics, tag, Value::int(((w >> 16) as i8) as i32), <, false, LESS) }

    fn GetProp(pc, r, w, vm, ics, tag) {
        if let Some(o) = (*r.add(b!(w))).as_object() {
            let ic = &*ics.add(*pc as usize);
            if ic.kind == IcKind::OwnInline && ic.shape.get((*vm).mc).is_some_and(|s| s.ptr_eq(o.shape())) {
                // The shape says the slot is an inline one.
                *r.add(a!(w)) = (*o.gc().tail_ptr().add(ic.slot as usize)).get();
                next!(1, pc, r, vm, ics, tag)
            }
        }
        go!(get_prop_cached, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn get_prop_cached(pc, r, w, vm, ics, tag) {
        if let Some(o) = (*r.add(b!(w))).as_object() {
            if let Some(ic) = (*ics.add(*pc as usize)).promote((*vm).mc, o.shape()) {
                match ic.kind {
                    IcKind::OwnInline | IcKind::OwnOutline => {
                        *r.add(a!(w)) = o.slot(ic.slot);
                        next!(1, pc, r, vm, ics, tag)
                    }
                    IcKind::Proto if ic.epoch == (*vm).proto_epoch => {
                        if let Some(h) = ic.holder.get((*vm).mc) {
                            *r.add(a!(w)) = crate::object::Object::from_gc(h).slot(ic.slot);
                            next!(1, pc, r, vm, ics, tag)
                        }
                    }
                    _ => {}
                }
            }
        }
        go!(get_prop_slow, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn get_prop_slow(pc, r, w, vm, ics, tag) {
        let v = *r.add(b!(w));
        sync!(pc.add(1), vm);
        entered!((*vm).step_get_prop(v, *pc, ics.add(*pc as usize), a!(w) as u8), 1, pc, r, w, vm, ics, tag)
    }
    fn GetLength(pc, r, w, vm, ics, tag) {
        let v = *r.add(b!(w));
        if let Some(o) = v.as_object() {
            if o.is_array() {
                *r.add(a!(w)) = Value::number(f64::from(o.array_length()));
                next!(1, pc, r, vm, ics, tag)
            }
        } else if let Some(s) = v.as_string() {
            *r.add(a!(w)) = Value::int(s.len() as i32);
            next!(1, pc, r, vm, ics, tag)
        }
        go!(GetProp, pc, r, w, vm, ics, tag)
    }
    fn SetProp(pc, r, w, vm, ics, tag) {
        if let Some(o) = (*r.add(a!(w))).as_object() {
            let ic = &*ics.add(*pc as usize);
            if ic.kind == IcKind::OwnInline && ic.shape.get((*vm).mc).is_some_and(|s| s.ptr_eq(o.shape())) {
                o.set_slot((*vm).mc, ic.slot, *r.add(b!(w)));
                next!(1, pc, r, vm, ics, tag)
            }
        }
        go!(set_prop_cached, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn set_prop_cached(pc, r, w, vm, ics, tag) {
        if let Some(o) = (*r.add(a!(w))).as_object() {
            if let Some(ic) = (*ics.add(*pc as usize)).promote((*vm).mc, o.shape()) {
                match ic.kind {
                    IcKind::AddInline if ic.epoch == (*vm).proto_epoch => {
                        if let Some(target) = ic.target.get((*vm).mc) {
                            o.set_slot((*vm).mc, ic.slot, *r.add(b!(w)));
                            o.set_shape((*vm).mc, target);
                            next!(1, pc, r, vm, ics, tag)
                        }
                    }
                    IcKind::OwnInline | IcKind::OwnOutline => {
                        o.set_slot((*vm).mc, ic.slot, *r.add(b!(w)));
                        next!(1, pc, r, vm, ics, tag)
                    }
                    _ => {}
                }
            }
        }
        go!(set_prop_slow, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn set_prop_slow(pc, r, w, vm, ics, tag) {
        let (o, v) = (*r.add(a!(w)), *r.add(b!(w)));
        sync!(pc.add(1), vm);
        put!((*vm).step_set_prop(o, *pc, v, c!(w) != 0, ics.add(*pc as usize)), 1, pc, r, w, vm, ics, tag)
    }
    fn GetElem(pc, r, w, vm, ics, tag) {
        let (o, k) = (*r.add(b!(w)), *r.add(c!(w)));
        if k.is_int()
            && let Some(o) = o.as_object()
                && !o.has(crate::object::EXOTIC)
                    && let Some(v) = o.element(k.int_unchecked() as u32) {
                        *r.add(a!(w)) = v;
                        next!(0, pc, r, vm, ics, tag)
                    }
        go!(get_elem_view, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn get_elem_view(pc, r, w, vm, ics, tag) {
        let k = *r.add(c!(w));
        if k.is_int()
            && let Some(view) = (*r.add(b!(w))).as_object().and_then(typed_array::view) {
                let v = view.number(k.int_unchecked());
                if !v.is_hole() {
                    *r.add(a!(w)) = v;
                    next!(0, pc, r, vm, ics, tag)
                }
            }
        go!(get_elem_slow, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn get_elem_slow(pc, r, w, vm, ics, tag) {
        let (o, k) = (*r.add(b!(w)), *r.add(c!(w)));
        sync!(pc, vm);
        entered!((*vm).step_get_elem(o, k, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn SetElem(pc, r, w, vm, ics, tag) {
        let (o, k) = (*r.add(a!(w)), *r.add(b!(w)));
        if k.is_int()
            && let Some(o) = o.as_object()
                && !o.has(crate::object::EXOTIC) && o.element(k.int_unchecked() as u32).is_some() {
                    o.set_element((*vm).mc, k.int_unchecked() as u32, *r.add(c!(w)));
                    next!(0, pc, r, vm, ics, tag)
                }
        go!(set_elem_view, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn set_elem_view(pc, r, w, vm, ics, tag) {
        let k = *r.add(b!(w));
        if k.is_int()
            && let Some(view) = (*r.add(a!(w))).as_object().and_then(typed_array::view)
                && view.set_number(k.int_unchecked(), *r.add(c!(w))) {
                    next!(0, pc, r, vm, ics, tag)
                }
        go!(set_elem_slow, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn set_elem_slow(pc, r, w, vm, ics, tag) {
        let (o, k, v) = (*r.add(a!(w)), *r.add(b!(w)), *r.add(c!(w)));
        let strict = w & 0xff == Op::SetElemStrict as u32;
        sync!(pc, vm);
        put!((*vm).step_set_elem(o, k, v, strict), 0, pc, r, w, vm, ics, tag)
    }
    fn SetElemStrict(pc, r, w, vm, ics, tag) { go!(SetElem, pc, r, w, vm, ics, tag) }
    fn DelElem(pc, r, w, vm, ics, tag) {
        let (o, k) = (*r.add(b!(w)), *r.add(c!(w)));
        value!(0, (*vm).delete_elem(o, k, false), pc, r, w, vm, ics, tag)
    }
    fn DelElemStrict(pc, r, w, vm, ics, tag) {
        let (o, k) = (*r.add(b!(w)), *r.add(c!(w)));
        value!(0, (*vm).delete_elem(o, k, true), pc, r, w, vm, ics, tag)
    }
    fn GetSuper(pc, r, w, vm, ics, tag) {
        let (k, this, f) = (*r.add(b!(w)), *r.add(c!(w)), *r.add(*pc as usize));
        sync!(pc.add(1), vm);
        entered!((*vm).step_get_super(f, k, this, a!(w) as u8), 1, pc, r, w, vm, ics, tag)
    }
    fn SetSuper(pc, r, w, vm, ics, tag) {
        let (k, v, this) = (*r.add(a!(w)), *r.add(b!(w)), *r.add(c!(w)));
        let f = *r.add((*pc & 0x7fff_ffff) as usize);
        sync!(pc.add(1), vm);
        put!((*vm).step_set_super(f, k, v, this, *pc >> 31 != 0), 1, pc, r, w, vm, ics, tag)
    }
    fn InitProp(pc, r, w, vm, ics, tag) {
        if let Some(o) = (*r.add(a!(w))).as_object() {
            let ic = &*ics.add(*pc as usize);
            if ic.kind == IcKind::AddInline && ic.shape.get((*vm).mc).is_some_and(|s| s.ptr_eq(o.shape()))
                && let Some(target) = ic.target.get((*vm).mc) {
                    o.set_slot((*vm).mc, ic.slot, *r.add(b!(w)));
                    o.set_shape((*vm).mc, target);
                    next!(1, pc, r, vm, ics, tag)
                }
        }
        go!(init_prop_slow, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn init_prop_slow(pc, r, w, vm, ics, tag) {
        let (o, v) = (*r.add(a!(w)), *r.add(b!(w)));
        stepped!((*vm).step_init_prop(o, *pc, v, ics.add(*pc as usize)), 1, pc, r, w, vm, ics, tag)
    }
    fn InitElem(pc, r, w, vm, ics, tag) {
        let (o, k, v) = (*r.add(a!(w)), *r.add(b!(w)), *r.add(c!(w)));
        effect!(0, (*vm).init_elem(o, k, v), pc, r, w, vm, ics, tag)
    }
    fn DefMethod(pc, r, w, vm, ics, tag) {
        let (o, k, f) = (*r.add(a!(w)), *r.add(b!(w)), *r.add(c!(w)));
        effect!(1, (*vm).define_method(o, k, f, *pc), pc, r, w, vm, ics, tag)
    }
    fn SetProto(pc, r, w, vm, ics, tag) {
        let (o, p) = (*r.add(a!(w)), *r.add(b!(w)));
        effect!(0, (*vm).literal_proto(o, p), pc, r, w, vm, ics, tag)
    }
    fn CopyProps(pc, r, w, vm, ics, tag) {
        let (o, s) = (*r.add(a!(w)), *r.add(b!(w)));
        sync!(pc.add(2), vm);
        put!((*vm).step_copy_props(o, s, r.add(*pc as usize), *pc.add(1) as usize), 2, pc, r, w, vm, ics, tag)
    }
    fn SetName(pc, r, w, vm, ics, tag) {
        let (f, k) = (*r.add(a!(w)), *r.add(b!(w)));
        effect!(1, (*vm).set_function_name(f, k, *pc), pc, r, w, vm, ics, tag)
    }

    fn GetGlobal(pc, r, w, vm, ics, tag) {
        let ic = &*ics.add(*pc as usize);
        match ic.kind {
            IcKind::Lexical => {
                if let Some(h) = ic.holder.get((*vm).mc) {
                    let v = (*h.tail_ptr()).get();
                    if !v.is_hole() {
                        *r.add(a!(w)) = v;
                        next!(1, pc, r, vm, ics, tag)
                    }
                }
            }
            IcKind::OwnOutline => {
                if let Some(h) = ic.holder.get((*vm).mc) {
                    let o = crate::object::Object::from_gc(h);
                    if ic.shape.get((*vm).mc).is_some_and(|s| s.ptr_eq(o.shape())) {
                        *r.add(a!(w)) = o.slot(ic.slot);
                        next!(1, pc, r, vm, ics, tag)
                    }
                }
            }
            _ => {}
        }
        go!(get_global_slow, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn get_global_slow(pc, r, w, vm, ics, tag) {
        let or_undefined = w & 0xff == Op::GetGlobalOrUndef as u32;
        sync!(pc, vm);
        entered!((*vm).step_get_global(*pc, or_undefined, ics.add(*pc as usize)), 1, pc, r, w, vm, ics, tag)
    }
    fn GetGlobalOrUndef(pc, r, w, vm, ics, tag) { go!(get_global_slow, pc, r, w, vm, ics, tag) }
    fn SetGlobal(pc, r, w, vm, ics, tag) {
        let ic = &*ics.add(*pc as usize);
        match ic.kind {
            IcKind::Lexical => {
                if let Some(h) = ic.holder.get((*vm).mc) {
                    let o = crate::object::Object::from_gc(h);
                    if !o.slot(0).is_hole() {
                        o.set_slot((*vm).mc, 0, *r.add(a!(w)));
                        next!(1, pc, r, vm, ics, tag)
                    }
                }
            }
            IcKind::OwnOutline => {
                if let Some(h) = ic.holder.get((*vm).mc) {
                    let o = crate::object::Object::from_gc(h);
                    if ic.shape.get((*vm).mc).is_some_and(|s| s.ptr_eq(o.shape())) {
                        o.set_slot((*vm).mc, ic.slot, *r.add(a!(w)));
                        next!(1, pc, r, vm, ics, tag)
                    }
                }
            }
            _ => {}
        }
        go!(set_global_slow, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn set_global_slow(pc, r, w, vm, ics, tag) {
        let v = *r.add(a!(w));
        stepped!((*vm).step_set_global(*pc, v, b!(w) != 0, ics.add(*pc as usize)), 1, pc, r, w, vm, ics, tag)
    }
    fn InitGlobal(pc, r, w, vm, ics, tag) {
        let v = *r.add(a!(w));
        stepped!((*vm).step_init_global(*pc, v), 1, pc, r, w, vm, ics, tag)
    }
    fn DeclareGlobals(pc, r, w, vm, ics, tag) {
        effect!(0, (*vm).declare_globals(), pc, r, w, vm, ics, tag)
    }
    fn DeclareFunction(pc, r, w, vm, ics, tag) {
        let f = *r.add(a!(w));
        stepped!((*vm).step_declare_function(*pc, f, b!(w) != 0), 1, pc, r, w, vm, ics, tag)
    }
    fn HasGlobal(pc, r, w, vm, ics, tag) {
        sync!(pc, vm);
        entered!((*vm).step_has_global(*pc), 1, pc, r, w, vm, ics, tag)
    }

    fn NewEnv(pc, r, w, vm, ics, tag) {
        let parent = *r.add(b!(w));
        value!(1, (*vm).new_env(parent, *pc), pc, r, w, vm, ics, tag)
    }
    fn CopyEnv(pc, r, w, vm, ics, tag) {
        let env = *r.add(a!(w));
        value!(0, (*vm).copy_env(env), pc, r, w, vm, ics, tag)
    }
    fn GetEnv(pc, r, w, vm, ics, tag) {
        let env = env_of(*r.add(b!(w)));
        *r.add(a!(w)) = (*env.tail_ptr().add(c!(w))).get();
        next!(0, pc, r, vm, ics, tag)
    }
    fn GetEnvChecked(pc, r, w, vm, ics, tag) {
        let env = env_of(*r.add(b!(w)));
        let v = (*env.tail_ptr().add(c!(w))).get();
        if v.is_hole() {
            go!(tdz, pc, r, w, vm, ics, tag);
        }
        *r.add(a!(w)) = v;
        next!(1, pc, r, vm, ics, tag)
    }
    #[cold]
    #[inline(never)]
    fn tdz(pc, r, w, vm, ics, tag) {
        sync!(pc, vm);
        let _ = (*vm).dead_zone(*pc);
        go!(unwind, pc, r, w, vm, ics, tag)
    }
    fn SetEnv(pc, r, w, vm, ics, tag) {
        let env = env_of(*r.add(b!(w)));
        (*vm).set_env(env, c!(w), *r.add(a!(w)));
        next!(0, pc, r, vm, ics, tag)
    }
    fn SetEnvChecked(pc, r, w, vm, ics, tag) {
        let env = env_of(*r.add(b!(w)));
        if (*env.tail_ptr().add(c!(w))).get().is_hole() {
            go!(tdz, pc, r, w, vm, ics, tag);
        }
        (*vm).set_env(env, c!(w), *r.add(a!(w)));
        next!(1, pc, r, vm, ics, tag)
    }
    fn OuterEnv(pc, r, w, vm, ics, tag) {
        let mut env = env_of(*r.add(b!(w)));
        for _ in 0..c!(w) {
            env = env.parent.expect("the compiler counts environments");
        }
        *r.add(a!(w)) = Value::cell(env.erase());
        next!(0, pc, r, vm, ics, tag)
    }
    fn GetEnvWide(pc, r, w, vm, ics, tag) {
        let env = env_of(*r.add(b!(w)));
        *r.add(a!(w)) = (*env.tail_ptr().add(*pc as usize)).get();
        next!(1, pc, r, vm, ics, tag)
    }
    fn SetEnvWide(pc, r, w, vm, ics, tag) {
        let env = env_of(*r.add(b!(w)));
        (*vm).set_env(env, *pc as usize, *r.add(a!(w)));
        next!(1, pc, r, vm, ics, tag)
    }
    fn CheckTdz(pc, r, w, vm, ics, tag) {
        if (*r.add(a!(w))).is_hole() {
            go!(tdz, pc, r, w, vm, ics, tag);
        }
        next!(1, pc, r, vm, ics, tag)
    }
    fn ThrowTdz(pc, r, w, vm, ics, tag) { go!(tdz, pc, r, w, vm, ics, tag) }
    fn ThrowConst(pc, r, w, vm, ics, tag) {
        sync!(pc, vm);
        let _ = (*vm).assign_constant(*pc);
        go!(unwind, pc, r, w, vm, ics, tag)
    }
    fn ThrowError(pc, r, w, vm, ics, tag) {
        sync!(pc, vm);
        let _ = (*vm).fixed_error(a!(w), *pc);
        go!(unwind, pc, r, w, vm, ics, tag)
    }
    fn GetName(pc, r, w, vm, ics, tag) {
        let env = *r.add(b!(w));
        value!(1, (*vm).get_name(env, *pc, c!(w) != 0), pc, r, w, vm, ics, tag)
    }
    fn SetNameDyn(pc, r, w, vm, ics, tag) {
        let (v, env) = (*r.add(a!(w)), *r.add(b!(w)));
        effect!(1, (*vm).set_name(env, *pc, v, c!(w) != 0), pc, r, w, vm, ics, tag)
    }
    fn GetNameCall(pc, r, w, vm, ics, tag) {
        let env = *r.add(b!(w));
        stepped!((*vm).step_get_name_call(env, *pc, r.add(a!(w))), 1, pc, r, w, vm, ics, tag)
    }
    fn DelName(pc, r, w, vm, ics, tag) {
        let env = *r.add(b!(w));
        value!(1, (*vm).delete_name(env, *pc), pc, r, w, vm, ics, tag)
    }
    fn NewWith(pc, r, w, vm, ics, tag) {
        let (o, env) = (*r.add(b!(w)), *r.add(c!(w)));
        value!(0, (*vm).new_with(o, env), pc, r, w, vm, ics, tag)
    }
    fn ResolveName(pc, r, w, vm, ics, tag) {
        let env = *r.add(b!(w));
        value!(1, (*vm).resolve_name(env, *pc), pc, r, w, vm, ics, tag)
    }
    fn PutName(pc, r, w, vm, ics, tag) {
        let (v, holder) = (*r.add(a!(w)), *r.add(b!(w)));
        effect!(1, (*vm).put_name(holder, *pc, v, c!(w) != 0), pc, r, w, vm, ics, tag)
    }
    fn GetNameFrom(pc, r, w, vm, ics, tag) {
        let holder = *r.add(b!(w));
        value!(1, (*vm).get_name_from(holder, *pc, c!(w) != 0), pc, r, w, vm, ics, tag)
    }
    fn DeclareVarDyn(pc, r, w, vm, ics, tag) {
        let (v, env) = (*r.add(a!(w)), *r.add(b!(w)));
        effect!(1, (*vm).declare_var(env, *pc, v, c!(w) as u32), pc, r, w, vm, ics, tag)
    }

    fn Call(pc, r, w, vm, ics, tag) {
        call_plain!(*r.add(b!(w)), pc, r, w, vm, ics, tag);
        go!(call_slow, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn call_slow(pc, r, w, vm, ics, tag) {
        sync!(pc, vm);
        entered!((*vm).step_call(r.add(b!(w) + 2), c!(w), a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn CallMethod(pc, r, w, vm, ics, tag) {
        let at = r.add(b!(w));
        if let Some(o) = (*at.add(1)).as_object() {
            let ic = &*ics.add(*pc as usize);
            if ic.shape.get((*vm).mc).is_some_and(|s| s.ptr_eq(o.shape())) {
                let callee = match ic.kind {
                    IcKind::Proto if ic.epoch == (*vm).proto_epoch => match ic.holder.get((*vm).mc) {
                        Some(h) => crate::object::Object::from_gc(h).slot(ic.slot),
                        None => Value::hole(),
                    },
                    IcKind::OwnInline | IcKind::OwnOutline => o.slot(ic.slot),
                    _ => Value::hole(),
                };
                if callee.is_object() {
                    *at = callee;
                    call_plain!(callee, pc.add(1), r, w, vm, ics, tag);
                    go!(call_slow, pc.add(1), r, w, vm, ics, tag)
                }
            }
        }
        go!(call_method_cached, pc, r, w, vm, ics, tag)
    }
    // Several shapes were seen.
    #[inline(never)]
    fn call_method_cached(pc, r, w, vm, ics, tag) {
        let at = r.add(b!(w));
        if let Some(o) = (*at.add(1)).as_object() {
            if let Some(ic) = (*ics.add(*pc as usize)).promote((*vm).mc, o.shape()) {
                let callee = match ic.kind {
                    IcKind::Proto if ic.epoch == (*vm).proto_epoch => match ic.holder.get((*vm).mc) {
                        Some(h) => crate::object::Object::from_gc(h).slot(ic.slot),
                        None => Value::hole(),
                    },
                    IcKind::OwnInline | IcKind::OwnOutline => o.slot(ic.slot),
                    _ => Value::hole(),
                };
                if callee.is_object() {
                    *at = callee;
                    call_plain!(callee, pc.add(1), r, w, vm, ics, tag);
                    go!(call_slow, pc.add(1), r, w, vm, ics, tag)
                }
            }
        }
        go!(call_method_slow, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn call_method_slow(pc, r, w, vm, ics, tag) {
        sync!(pc.add(1), vm);
        entered!((*vm).step_call_method(r.add(b!(w) + 2), c!(w), *pc, ics.add(*pc as usize), a!(w) as u8), 1, pc, r, w, vm, ics, tag)
    }
    fn CallSpread(pc, r, w, vm, ics, tag) {
        let (f, this, list) = (*r.add(b!(w)), *r.add(b!(w) + 1), *r.add(b!(w) + 2));
        sync!(pc, vm);
        entered!((*vm).step_call_spread(f, this, list, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn New(pc, r, w, vm, ics, tag) {
        sync!(pc, vm);
        entered!((*vm).step_new(r.add(b!(w) + 2), c!(w), a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    // A tail call is an ordinary one, and fast, until the frames are many.
    fn TailCall(pc, r, w, vm, ics, tag) {
        if (*vm).is_shallow() {
            go!(Call, pc, r, w, vm, ics, tag);
        }
        go!(tail_call_slow, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn tail_call_slow(pc, r, w, vm, ics, tag) {
        sync!(pc, vm);
        entered!((*vm).step_tail_call(r.add(b!(w)), c!(w), a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn TailCallMethod(pc, r, w, vm, ics, tag) {
        if (*vm).is_shallow() {
            go!(CallMethod, pc, r, w, vm, ics, tag);
        }
        go!(tail_call_method_slow, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn tail_call_method_slow(pc, r, w, vm, ics, tag) {
        sync!(pc.add(1), vm);
        let at = r.add(b!(w));
        if (*vm).step_method(at, *pc, ics.add(*pc as usize)) == STEP_VALUE {
            go!(tail_call_slow, pc.add(1), r, w, vm, ics, tag);
        }
        go!(unwind, pc, r, w, vm, ics, tag)
    }
    fn TailCallSpread(pc, r, w, vm, ics, tag) {
        if (*vm).is_shallow() {
            go!(CallSpread, pc, r, w, vm, ics, tag);
        }
        go!(tail_call_spread_slow, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn tail_call_spread_slow(pc, r, w, vm, ics, tag) {
        sync!(pc, vm);
        let (f, this, list) = (*r.add(b!(w)), *r.add(b!(w) + 1), *r.add(b!(w) + 2));
        entered!((*vm).step_tail_spread(f, this, list, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn CallFar(pc, r, w, vm, ics, tag) {
        sync!(pc.add(2), vm);
        let construct = b!(w) != 0;
        entered!((*vm).step_call_far(r.add(*pc as usize), *pc.add(1), construct, a!(w) as u8), 2, pc, r, w, vm, ics, tag)
    }
    fn NewSpread(pc, r, w, vm, ics, tag) {
        let (f, list) = (*r.add(b!(w)), *r.add(b!(w) + 2));
        sync!(pc, vm);
        entered!((*vm).step_construct_spread(f, list, f, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn SuperCall(pc, r, w, vm, ics, tag) {
        let (f, target, list) = (*r.add(b!(w)), *r.add(b!(w) + 1), *r.add(b!(w) + 2));
        sync!(pc, vm);
        entered!((*vm).step_construct_spread(f, list, target, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn SuperNew(pc, r, w, vm, ics, tag) {
        sync!(pc, vm);
        entered!((*vm).step_super(r.add(b!(w) + 2), c!(w), a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn CallEval(pc, r, w, vm, ics, tag) {
        sync!(pc.add(3), vm);
        let env = *r.add(*pc.add(1) as usize);
        entered!((*vm).step_eval(r.add(b!(w)), c!(w), env, *pc.add(2), a!(w) as u8), 3, pc, r, w, vm, ics, tag)
    }
    fn Return(pc, r, w, vm, ics, tag) {
        let v = *r.add(a!(w));
        let flags = (*(*vm).frame).at.flags;
        if flags & !CONSTRUCT == 0 {
            let v = if flags == 0 || v.is_object() { v } else { *r.sub(1) };
            let dst = (*vm).drop_frame();
            let f = &*(*vm).frame;
            let r = f.at.regs.cast::<Value<'gc>>();
            *r.add(dst) = v;
            return next::<T>(f.at.pc, r, vm, f.rt.ics.first(), tag);
        }
        go!(return_slow, pc, r, w, vm, ics, tag)
    }
    #[inline(never)]
    fn return_slow(pc, r, w, vm, ics, tag) {
        let v = if w & 0xff == Op::ReturnUndef as u32 { Value::undefined() } else { *r.add(a!(w)) };
        sync!(pc, vm);
        finish!((*vm).step_return(v, *r.sub(1)), pc, r, w, vm, ics, tag)
    }
    fn ReturnUndef(pc, r, w, vm, ics, tag) {
        let flags = (*(*vm).frame).at.flags;
        if flags & !CONSTRUCT == 0 {
            let v = if flags == 0 { Value::undefined() } else { *r.sub(1) };
            let dst = (*vm).drop_frame();
            let f = &*(*vm).frame;
            let r = f.at.regs.cast::<Value<'gc>>();
            *r.add(dst) = v;
            return next::<T>(f.at.pc, r, vm, f.rt.ics.first(), tag);
        }
        go!(return_slow, pc, r, w, vm, ics, tag)
    }
    fn ReturnDerived(pc, r, w, vm, ics, tag) {
        let (v, this) = (*r.add(a!(w)), *r.add(b!(w)));
        if v.is_object() {
            go!(return_slow, pc, r, w, vm, ics, tag);
        }
        sync!(pc, vm);
        if !v.is_undefined() {
            let text = "derived constructors may only return an object or undefined";
            let _ = (*vm).error_of_caller(super::realm::Intrinsic::TypeErrorPrototype, text);
            go!(unwind, pc, r, w, vm, ics, tag);
        }
        if this.is_hole() {
            let text = "'this' is not initialised: super() has not been called";
            let _ = (*vm).error_of_caller(super::realm::Intrinsic::ReferenceErrorPrototype, text);
            go!(unwind, pc, r, w, vm, ics, tag);
        }
        *r.add(a!(w)) = this;
        go!(return_slow, pc, r, w, vm, ics, tag)
    }

    fn NewObject(pc, r, w, vm, ics, tag) {
        value!(0, (*vm).new_object(b!(w) as u32).map(Value::object), pc, r, w, vm, ics, tag)
    }
    fn NewLiteral(pc, r, w, vm, ics, tag) {
        stepped_value!((*vm).step_new_literal(r.add(b!(w)), c!(w), *pc, ics.add(*pc as usize), *pc.add(1)), 2, pc, r, w, vm, ics, tag)
    }
    fn NewArray(pc, r, w, vm, ics, tag) {
        value!(1, (*vm).new_array((*pc).min(1 << 16) as usize).map(Value::object), pc, r, w, vm, ics, tag)
    }
    fn ArrayPush(pc, r, w, vm, ics, tag) {
        let (o, v) = (*r.add(a!(w)), *r.add(b!(w)));
        effect!(0, (*vm).literal_push(o, v), pc, r, w, vm, ics, tag)
    }
    fn ArrayOf(pc, r, w, vm, ics, tag) {
        let values = std::slice::from_raw_parts(r.add(b!(w)).cast_const(), c!(w));
        value!(0, (*vm).array_from(values).map(Value::object), pc, r, w, vm, ics, tag)
    }
    fn Closure(pc, r, w, vm, ics, tag) {
        let env = *r.add(b!(w));
        value!(1, (*vm).new_closure(*pc, env), pc, r, w, vm, ics, tag)
    }
    fn NewRegExp(pc, r, w, vm, ics, tag) {
        value!(2, (*vm).new_regexp(*pc, *pc.add(1)), pc, r, w, vm, ics, tag)
    }
    fn TemplateObject(pc, r, w, vm, ics, tag) {
        value!(1, (*vm).template_object(*pc), pc, r, w, vm, ics, tag)
    }
    fn CreateArguments(pc, r, w, vm, ics, tag) {
        let env = *r.add(c!(w));
        value!(1, (*vm).create_arguments(b!(w) != 0, env, *pc), pc, r, w, vm, ics, tag)
    }
    fn CreateRest(pc, r, w, vm, ics, tag) {
        value!(0, (*vm).create_rest(b!(w)), pc, r, w, vm, ics, tag)
    }

    fn GetIterator(pc, r, w, vm, ics, tag) {
        let v = *r.add(b!(w));
        stepped!((*vm).step_get_iterator(v, c!(w), r.add(a!(w))), 0, pc, r, w, vm, ics, tag)
    }
    fn IterNext(pc, r, w, vm, ics, tag) {
        let g = b!(w);
        let state = *r.add(g + 2);
        if state.is_int() {
            // An array with untouched iteration: the state is the next index.
            let i = state.int_unchecked() as u32;
            if let Some(o) = (*r.add(g)).as_object() {
                if i >= o.array_length() {
                    *r.add(g + 2) = Value::hole();
                    take!(1, pc, r, w, vm, ics, tag)
                }
                *r.add(g + 2) = Value::int(i as i32 + 1);
                if let Some(v) = o.element(i) {
                    *r.add(a!(w)) = v;
                    // Skips IterResult.
                    next!(3, pc, r, vm, ics, tag)
                }
                sync!(pc, vm);
                if (*vm).step_get_index(o, i) == STEP_VALUE {
                    *r.add(a!(w)) = (*vm).result;
                    next!(3, pc, r, vm, ics, tag)
                }
                *r.add(g + 2) = Value::hole();
                go!(unwind, pc, r, w, vm, ics, tag)
            }
        }
        if state.is_hole() {
            take!(1, pc, r, w, vm, ics, tag)
        }
        // Done until the result says otherwise: a throwing `next` is not closed.
        *r.add(g + 2) = Value::hole();
        sync!(pc.add(1), vm);
        let (iterator, next) = (*r.add(g), *r.add(g + 1));
        entered!((*vm).step_call_at_top(next, iterator, a!(w) as u8), 1, pc, r, w, vm, ics, tag)
    }
    fn IterResult(pc, r, w, vm, ics, tag) {
        let g = c!(w);
        let result = *r.add(b!(w));
        sync!(pc, vm);
        let step = (*vm).step_iter(result);
        if step == STEP_VALUE {
            let v = (*vm).result;
            if v.is_hole() {
                take!(1, pc, r, w, vm, ics, tag)
            }
            *r.add(g + 2) = Value::undefined();
            *r.add(a!(w)) = v;
            next!(1, pc, r, vm, ics, tag)
        }
        go!(unwind, pc, r, w, vm, ics, tag)
    }
    fn IterClose(pc, r, w, vm, ics, tag) {
        let g = a!(w);
        let state = *r.add(g + 2);
        if state.is_hole() || state.is_int() {
            *r.add(g + 2) = Value::hole();
            next!(0, pc, r, vm, ics, tag)
        }
        *r.add(g + 2) = Value::hole();
        let iterator = *r.add(g);
        sync!(pc, vm);
        put!((*vm).step_iter_close(iterator, false), 0, pc, r, w, vm, ics, tag)
    }
    fn IterCloseThrow(pc, r, w, vm, ics, tag) {
        let g = a!(w);
        let state = *r.add(g + 2);
        if !state.is_hole() && !state.is_int() {
            let iterator = *r.add(g);
            *r.add(g + 2) = Value::hole();
            sync!(pc, vm);
            put!((*vm).step_iter_close(iterator, true), 0, pc, r, w, vm, ics, tag)
        }
        next!(0, pc, r, vm, ics, tag)
    }
    fn CheckObject(pc, r, w, vm, ics, tag) {
        if (*r.add(a!(w))).is_object() {
            next!(0, pc, r, vm, ics, tag)
        }
        sync!(pc, vm);
        let _ = (*vm).type_error("iterator result is not an object");
        go!(unwind, pc, r, w, vm, ics, tag)
    }
    fn CheckCoercible(pc, r, w, vm, ics, tag) {
        let v = *r.add(a!(w));
        if v.is_nullish() {
            sync!(pc, vm);
            let _ = (*vm).not_coercible(v);
            go!(unwind, pc, r, w, vm, ics, tag);
        }
        next!(0, pc, r, vm, ics, tag)
    }
    fn ForInStart(pc, r, w, vm, ics, tag) {
        let v = *r.add(b!(w));
        value!(0, (*vm).for_in_start(v), pc, r, w, vm, ics, tag)
    }
    fn ForInNext(pc, r, w, vm, ics, tag) {
        let state = *r.add(b!(w));
        sync!(pc, vm);
        if (*vm).step_for_in(state) == STEP_VALUE {
            let v = (*vm).result;
            if v.is_hole() {
                take!(1, pc, r, w, vm, ics, tag)
            }
            *r.add(a!(w)) = v;
            next!(1, pc, r, vm, ics, tag)
        }
        go!(unwind, pc, r, w, vm, ics, tag)
    }

    fn Throw(pc, r, w, vm, ics, tag) {
        sync!(pc, vm);
        let _ = (*vm).throw(*r.add(a!(w)));
        go!(unwind, pc, r, w, vm, ics, tag)
    }
    fn Catch(pc, r, w, vm, ics, tag) {
        sync!(pc, vm);
        let v = (*vm).take_thrown();
        *r.add(a!(w)) = v;
        next!(0, pc, r, vm, ics, tag)
    }
    fn Debugger(pc, r, w, vm, ics, tag) { next!(0, pc, r, vm, ics, tag) }

    fn NewClass(pc, r, w, vm, ics, tag) {
        let heritage = *r.add(b!(w));
        let env = *r.add(*pc.add(2) as usize);
        stepped!((*vm).step_new_class(heritage, *pc, *pc.add(1), env, r.add(a!(w))), 3, pc, r, w, vm, ics, tag)
    }
    fn SetHome(pc, r, w, vm, ics, tag) {
        let (f, home) = (*r.add(a!(w)), *r.add(b!(w)));
        (*vm).set_home(f, home);
        next!(0, pc, r, vm, ics, tag)
    }
    fn AddField(pc, r, w, vm, ics, tag) {
        let (c, k, f) = (*r.add(a!(w)), *r.add(b!(w)), *r.add(c!(w)));
        effect!(0, (*vm).add_field(c, k, f, 0), pc, r, w, vm, ics, tag)
    }
    fn InitFields(pc, r, w, vm, ics, tag) {
        let (f, this) = (*r.add(a!(w)), *r.add(b!(w)));
        sync!(pc, vm);
        put!((*vm).step_init_fields(f, this), 0, pc, r, w, vm, ics, tag)
    }
    fn NewPrivate(pc, r, w, vm, ics, tag) {
        value!(1, (*vm).new_private(*pc), pc, r, w, vm, ics, tag)
    }
    fn GetPrivate(pc, r, w, vm, ics, tag) {
        let (o, k) = (*r.add(b!(w)), *r.add(c!(w)));
        sync!(pc, vm);
        entered!((*vm).step_get_private(o, k, a!(w) as u8), 0, pc, r, w, vm, ics, tag)
    }
    fn SetPrivate(pc, r, w, vm, ics, tag) {
        let (o, k, v) = (*r.add(a!(w)), *r.add(b!(w)), *r.add(c!(w)));
        sync!(pc, vm);
        put!((*vm).step_set_private(o, k, v), 0, pc, r, w, vm, ics, tag)
    }
    fn DefPrivate(pc, r, w, vm, ics, tag) {
        let (o, k, v) = (*r.add(a!(w)), *r.add(b!(w)), *r.add(c!(w)));
        effect!(1, (*vm).define_private(o, k, v, *pc), pc, r, w, vm, ics, tag)
    }
    fn AddPrivateMethod(pc, r, w, vm, ics, tag) {
        let (c, k, f) = (*r.add(a!(w)), *r.add(b!(w)), *r.add(c!(w)));
        effect!(1, (*vm).add_field(c, k, f, *pc as u8), pc, r, w, vm, ics, tag)
    }
    fn HasPrivate(pc, r, w, vm, ics, tag) {
        let (o, k) = (*r.add(b!(w)), *r.add(c!(w)));
        value!(0, (*vm).has_private(o, k), pc, r, w, vm, ics, tag)
    }

    fn InitialYield(pc, r, w, vm, ics, tag) {
        sync!(pc, vm);
        if (*vm).step_initial_yield(pc) == STEP_VALUE {
            next!(0, pc, r, vm, ics, tag)
        }
        finish!((*vm).step_last(), pc, r, w, vm, ics, tag)
    }
    fn Yield(pc, r, w, vm, ics, tag) {
        let v = *r.add(b!(w));
        let star = w & 0xff == Op::YieldStar as u32;
        sync!(pc, vm);
        finish!((*vm).step_yield(v, pc, star), pc, r, w, vm, ics, tag)
    }
    fn YieldStar(pc, r, w, vm, ics, tag) { go!(Yield, pc, r, w, vm, ics, tag) }
    fn Await(pc, r, w, vm, ics, tag) {
        let v = *r.add(b!(w));
        sync!(pc, vm);
        finish!((*vm).step_await(v, pc), pc, r, w, vm, ics, tag)
    }
    fn ImportCall(pc, r, w, vm, ics, tag) {
        let (s, o) = (*r.add(b!(w)), *r.add(c!(w)));
        value!(1, crate::module::import_call(&mut *vm, s, o, *pc), pc, r, w, vm, ics, tag)
    }
    fn ImportMeta(pc, r, w, vm, ics, tag) {
        value!(0, crate::module::import_meta(&mut *vm), pc, r, w, vm, ics, tag)
    }
    fn GetImport(pc, r, w, vm, ics, tag) {
        let rt = (*(*vm).frame).rt.as_ref();
        let v = rt.module.get().map_or(Value::hole(), |m| m.as_ref().import(*pc));
        if v.is_hole() {
            go!(dead_import, pc, r, w, vm, ics, tag);
        }
        *r.add(a!(w)) = v;
        next!(2, pc, r, vm, ics, tag)
    }
    #[cold]
    #[inline(never)]
    fn dead_import(pc, r, w, vm, ics, tag) {
        sync!(pc, vm);
        let _ = (*vm).dead_zone(*pc.add(1));
        go!(unwind, pc, r, w, vm, ics, tag)
    }
    fn Intrinsic(pc, r, w, vm, ics, tag) {
        let args = std::slice::from_raw_parts(r.add(b!(w)).cast_const(), c!(w));
        value!(1, super::intrinsics::call(&mut *vm, *pc, args), pc, r, w, vm, ics, tag)
    }
    fn CallHost(pc, r, w, vm, ics, tag) {
        (*vm).result = Value::int(*pc as i32);
        if (*vm).depth == 1 {
            sync!(pc.add(1), vm);
            return HOST;
        }
        stepped_value!((*vm).step_call_host(), 1, pc, r, w, vm, ics, tag)
    }
    fn Nop(pc, r, w, vm, ics, tag) { next!(0, pc, r, vm, ics, tag) }
}

/// The environment in a register.
#[inline(always)]
fn env_of(v: Value<'_>) -> crate::object::environment::Env<'_> {
    // SAFETY: the compiler keeps environments, and nothing else, in the registers that environment
    // operations name.
    unsafe { gc::Gc::from_ptr(v.as_cell().unwrap_unchecked().as_ptr()) }
}

const _: () = assert!(ALL.len() <= 256);
const _: u32 = SLOW_INDEX;
const _: Option<NativeCode> = None;
