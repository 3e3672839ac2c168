//! Generators and async functions: a suspended one is a copy of its frame and registers.

use std::cell::Cell;

use gc::{Gc, Lock, RefLock, Trace};

use super::async_generator::AsyncQueue;
use super::call::Entered;
use super::job::Reaction;
use super::realm::Intrinsic;
use super::stack::{ASYNC, DISCARD, ENTRY, Frame, FrameAt, GENERATOR};
use super::{JsResult, Vm};
use crate::bytecode::opcode::{Op, Word};
use crate::object::data::ObjectData;
use crate::object::environment::Env;
use crate::object::function::CodeRt;
use crate::object::{Class, Object};
use crate::value::Value;

/// The states of a generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CoroutineState {
    Start,
    Suspended,
    Running,
    /// Of async generators: the body is over, requests are still being answered.
    Draining,
    Completed,
}

/// A coroutine is resumed with a value.
pub(crate) const NEXT: i32 = 0;
/// A coroutine is resumed with a throw.
pub(crate) const THROW: i32 = 1;
/// A coroutine is asked to return.
pub(crate) const RETURN: i32 = 2;

/// A suspended or running generator or async function.
#[derive(Debug, Trace)]
pub struct Coroutine<'gc> {
    /// The state.
    #[trace(skip)]
    pub state: Cell<CoroutineState>,
    saved: RefLock<Saved<'gc>>,
    /// The promise of an async function, or the one that the resumer of an async generator gets.
    pub promise: Lock<Option<Object<'gc>>>,
    /// Of async generators.
    pub queue: Option<Gc<'gc, AsyncQueue<'gc>>>,
}

#[derive(Debug, Default, Trace)]
struct Saved<'gc> {
    frame: Option<SavedFrame<'gc>>,
    /// From the callee on.
    registers: Vec<Value<'gc>>,
    /// Given back when the frame goes on, or dies.
    charge: Option<gc::ExternalBytes>,
}

#[derive(Clone, Copy, Debug, Trace)]
struct SavedFrame<'gc> {
    rt: Gc<'gc, CodeRt<'gc>>,
    new_target: Value<'gc>,
    env: Option<Env<'gc>>,
    /// The word after the one that suspended.
    #[trace(skip)]
    pc: usize,
}

impl<'gc> Vm<'gc> {
    fn new_coroutine(
        &mut self,
        promise: Option<Object<'gc>>,
        queue: Option<Gc<'gc, AsyncQueue<'gc>>>,
    ) -> Gc<'gc, Coroutine<'gc>> {
        self.mc.alloc(Coroutine {
            state: Cell::new(CoroutineState::Start),
            saved: RefLock::new(Saved::default()),
            promise: Lock::new(promise),
            queue,
        })
    }

    /// Ends one that never began.
    pub(super) fn discard(&mut self, co: Gc<'gc, Coroutine<'gc>>) {
        co.state.set(CoroutineState::Completed);
        *Gc::write(self.mc, co).project(|c| &c.saved).borrow_mut() = Saved::default();
    }

    /// Copies the running frame away and takes it off. `pc` is where it goes on.
    pub(super) fn suspend(
        &mut self,
        co: Gc<'gc, Coroutine<'gc>>,
        pc: *const u32,
        state: CoroutineState,
    ) -> Frame<'gc> {
        let frame = *self.current_frame().expect("a frame runs");
        // SAFETY: 1. it is the running one.
        let registers = unsafe { self.frame_registers(&frame) };
        let pc = (pc.addr() - frame.rt.entry.addr()) / 4;
        let kept = SavedFrame { rt: frame.rt, new_target: frame.new_target, env: frame.env, pc };
        let mut saved = Gc::write(self.mc, co).project(|c| &c.saved).borrow_mut();
        saved.frame = Some(kept);
        if saved.charge.is_none() {
            saved.charge = self.mc.external(registers.len() * 8).ok();
        }
        saved.registers.extend_from_slice(registers);
        drop(saved);
        co.state.set(state);
        self.pop_frame()
    }

    /// Puts a suspended frame back on.
    pub(super) fn resume_frame(&mut self, co: Gc<'gc, Coroutine<'gc>>, flags: u8, dst: u8) -> JsResult<()> {
        let segment = self.segment();
        let top = self.top;
        let mut kept = Gc::write(self.mc, co).project(|c| &c.saved).borrow_mut();
        let saved = kept.frame.take().expect("a suspended coroutine has a frame");
        let (callee, this) = (kept.registers[0], kept.registers[1]);
        let pushed = self.push_args(callee, this, &kept.registers[2..]);
        // The room stays for the next time.
        kept.registers.clear();
        drop(kept);
        let (base, segment_flag) = match pushed {
            Ok(p) => p,
            Err(t) => {
                co.state.set(CoroutineState::Completed);
                return Err(t);
            }
        };
        let frame = Frame {
            rt: saved.rt,
            new_target: saved.new_target,
            env: saved.env,
            coroutine: Some(co),
            at: FrameAt {
                regs: base.cast(),
                pc: saved.rt.entry.wrapping_add(saved.pc),
                // What uses them ran before the first suspension.
                argc: 0,
                dst,
                flags: flags | segment_flag,
            },
        };
        co.state.set(CoroutineState::Running);
        if let Err(t) = self.push_frame(frame) {
            co.state.set(CoroutineState::Completed);
            self.restore_stack(segment, top);
            return Err(t);
        }
        Ok(())
    }

    /// Writes what a suspended frame receives into the registers its instruction names.
    pub(super) fn deliver(&mut self, value: Value<'gc>, mode: i32) {
        let frame = self.current_frame().expect("just put on");
        let regs = frame.at.regs.cast::<Value<'gc>>();
        // Yield, YieldStar, Await and InitialYield have no extra words.
        let word =
            Word(frame.rt.code.words[(frame.at.pc.addr() - frame.rt.code.words.as_ptr().addr()) / 4 - 1]);
        // SAFETY: the operands are registers of the frame.
        unsafe {
            *regs.add(word.a() as usize) = value;
            if word.op() == Op::Yield as u8 || word.op() == Op::YieldStar as u8 {
                *regs.add(word.c() as usize) = Value::int(mode);
            }
        }
    }

    pub(super) fn is_yield_star(&self) -> bool {
        let frame = self.current_frame().expect("just put on");
        let at = (frame.at.pc.addr() - frame.rt.code.words.as_ptr().addr()) / 4 - 1;
        Word(frame.rt.code.words[at]).op() == Op::YieldStar as u8
    }

    /// The instruction at the beginning of generators and async functions. `Some` is what the
    /// caller gets, the frame having been taken off; `None`: go on.
    pub(crate) fn initial_yield(&mut self, pc: *const u32) -> JsResult<Option<(Frame<'gc>, Value<'gc>)>> {
        let frame = *self.current_frame().expect("a frame runs");
        let code = frame.rt.code.clone();
        if !code.is_generator {
            let promise = self.new_promise()?;
            let co = self.new_coroutine(Some(promise), None);
            co.state.set(CoroutineState::Running);
            let running = self.st.frames.last_mut().expect("a frame runs");
            running.coroutine = Some(co);
            running.at.flags |= ASYNC;
            return Ok(None);
        }
        let (default, class, queue) = if code.is_async {
            let queue = self.mc.try_alloc(AsyncQueue::default())?;
            (Intrinsic::AsyncGeneratorPrototype, Class::AsyncGenerator, Some(queue))
        } else {
            (Intrinsic::GeneratorPrototype, Class::Generator, None)
        };
        let proto = match frame.callee().as_object() {
            Some(f) => self.prototype_from(f, default)?,
            None => self.intrinsic(default)?,
        };
        let co = self.new_coroutine(None, queue);
        let shape = self.root_shape(Some(proto), 0);
        let object = Object::new(self.mc, shape, class, 0, ObjectData::Any(co.erase()))?;
        let frame = self.suspend(co, pc, CoroutineState::Start);
        Ok(Some((frame, Value::object(object))))
    }

    /// `yield`: the frame taken off, and what its resumer gets.
    pub(crate) fn do_yield(
        &mut self,
        value: Value<'gc>,
        pc: *const u32,
        star: bool,
    ) -> JsResult<(Frame<'gc>, Value<'gc>)> {
        let co = self.current_frame().and_then(|f| f.coroutine).expect("yield stands in generators");
        let result = if star { value } else { self.iter_result(value, false)? };
        Ok((self.suspend(co, pc, CoroutineState::Suspended), result))
    }

    /// `await`: the frame taken off, and what its caller gets (the function's promise).
    pub(crate) fn do_await(
        &mut self,
        value: Value<'gc>,
        pc: *const u32,
    ) -> JsResult<(Frame<'gc>, Value<'gc>)> {
        let promise = self.promise_resolve(value)?;
        let co = self.current_frame().and_then(|f| f.coroutine).expect("await stands in async functions");
        // A request that comes meanwhile must wait: for an async generator, to await is to run.
        let state = if co.queue.is_some() { CoroutineState::Running } else { CoroutineState::Suspended };
        let frame = self.suspend(co, pc, state);
        self.perform_then(promise, Reaction::Await(co))?;
        Ok((frame, co.promise.get().map_or(Value::undefined(), Value::object)))
    }

    /// A frame of a coroutine returned: what its caller gets.
    pub(crate) fn coroutine_return(&mut self, frame: &Frame<'gc>, value: Value<'gc>) -> JsResult<Value<'gc>> {
        let Some(co) = frame.coroutine else { return Ok(value) };
        if co.queue.is_some() {
            return self.finish_async(co, Ok(value));
        }
        co.state.set(CoroutineState::Completed);
        if frame.at.flags & ASYNC != 0 {
            let promise = co.promise.get().expect("async functions have a promise");
            self.resolve_promise(promise, value)?;
            return Ok(Value::object(promise));
        }
        self.iter_result(value, true)
    }

    /// A frame of a coroutine threw: an async one rejects its promise and gives it to its caller.
    pub(crate) fn coroutine_throw(&mut self, frame: &Frame<'gc>) -> Option<Value<'gc>> {
        let co = frame.coroutine?;
        co.state.set(CoroutineState::Completed);
        if frame.at.flags & ASYNC == 0 || self.is_terminating() {
            return None;
        }
        if co.queue.is_some() {
            let reason = self.take_thrown();
            return self.finish_async(co, Err(reason)).ok();
        }
        let promise = co.promise.get()?;
        let reason = self.take_thrown();
        self.reject_promise(promise, reason).ok()?;
        Some(Value::object(promise))
    }

    /// Goes on with an async function after `await`.
    pub(crate) fn resume_async(
        &mut self,
        co: Gc<'gc, Coroutine<'gc>>,
        value: Value<'gc>,
        throw: bool,
    ) -> JsResult<Entered<'gc>> {
        self.resume_frame(co, ASYNC | ENTRY, 0)?;
        if throw {
            self.st.thrown = value;
            return Ok(Entered::FrameThrow);
        }
        self.deliver(value, 0);
        Ok(Entered::Frame)
    }

    /// `next` (mode 0), `throw` (1), `return` (2) of a generator.
    pub(crate) fn resume_generator(
        &mut self,
        this: Value<'gc>,
        value: Value<'gc>,
        mode: i32,
        flags: u8,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        let co = this.as_object().filter(|o| o.is_class(Class::Generator)).and_then(|o| match o.data() {
            ObjectData::Any(c) => c.downcast::<Coroutine<'gc>>(),
            _ => None,
        });
        let Some(co) = co else { return Err(self.type_error("not a generator object")) };
        self.resume_coroutine(co, value, mode, flags, dst)
    }

    /// 27.1.2.1 %IteratorHelperPrototype%: `next` and `return`.
    pub(crate) fn resume_helper(
        &mut self,
        this: Value<'gc>,
        mode: i32,
        flags: u8,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        let Some(helper) = crate::builtins::iterator::helper_data(this) else {
            return Err(self.type_error("not an iterator helper"));
        };
        let co = helper.coroutine;
        if mode == RETURN && co.state.get() == CoroutineState::Start {
            self.discard(co);
            crate::builtins::iterator::close_all(self, helper.underlying)?;
            return self.iter_result(Value::undefined(), true).map(Entered::Value);
        }
        self.resume_coroutine(co, Value::undefined(), mode, flags, dst)
    }

    fn resume_coroutine(
        &mut self,
        co: Gc<'gc, Coroutine<'gc>>,
        value: Value<'gc>,
        mode: i32,
        flags: u8,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        match co.state.get() {
            CoroutineState::Running => return Err(self.type_error("generator is already running")),
            CoroutineState::Start if mode != NEXT => self.discard(co),
            _ => {}
        }
        if co.state.get() == CoroutineState::Completed {
            return match mode {
                NEXT => self.iter_result(Value::undefined(), true).map(Entered::Value),
                THROW => Err(self.throw(value)),
                _ => self.iter_result(value, true).map(Entered::Value),
            };
        }
        self.resume_frame(co, GENERATOR | flags & (ENTRY | DISCARD), dst)?;
        if mode == THROW && !self.is_yield_star() {
            self.st.thrown = value;
            return Ok(Entered::FrameThrow);
        }
        self.deliver(value, mode);
        Ok(Entered::Frame)
    }
}
