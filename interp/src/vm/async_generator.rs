//! Async generators (27.6.3): a coroutine that keeps a queue of requests.
//!
//! A request is a completion to be delivered and the promise that answers it. The first one stays in
//! the queue until its step is complete, so a generator that runs always has one. As with other
//! coroutines no native stack is held: a request either resumes the frame, waits in the queue, or is
//! answered at once.

use gc::{Gc, Lock, Trace};

use super::call::Entered;
use super::coroutine::{Coroutine, CoroutineState, NEXT, THROW};
use super::job::Reaction;
use super::realm::Intrinsic;
use super::stack::{ASYNC, DISCARD, ENTRY, Frame};
use super::{JsResult, Vm};
use crate::object::data::ObjectData;
use crate::object::{Class, Object};
use crate::value::Value;

/// AsyncGeneratorRequest: a link of the queue, so that a queue of any length is paid for.
#[derive(Debug, Trace)]
pub struct Request<'gc> {
    value: Value<'gc>,
    /// `NEXT`, `THROW` or `RETURN`.
    #[trace(skip)]
    mode: i32,
    promise: Object<'gc>,
    next: Lock<Option<Gc<'gc, Request<'gc>>>>,
}

/// [[AsyncGeneratorQueue]]
#[derive(Debug, Default, Trace)]
pub struct AsyncQueue<'gc> {
    first: Lock<Option<Gc<'gc, Request<'gc>>>>,
    last: Lock<Option<Gc<'gc, Request<'gc>>>>,
}

impl<'gc> Vm<'gc> {
    fn queue(co: Gc<'gc, Coroutine<'gc>>) -> Gc<'gc, AsyncQueue<'gc>> {
        co.queue.expect("async generators have a queue")
    }

    /// AsyncGeneratorEnqueue.
    fn enqueue(
        &mut self,
        co: Gc<'gc, Coroutine<'gc>>,
        value: Value<'gc>,
        mode: i32,
        promise: Object<'gc>,
    ) -> JsResult<()> {
        let request = self.mc.try_alloc(Request { value, mode, promise, next: Lock::new(None) })?;
        let queue = Vm::queue(co);
        match queue.last.get() {
            Some(last) => last.set(self.mc, |r| &r.next, Some(request)),
            None => queue.set(self.mc, |q| &q.first, Some(request)),
        }
        queue.set(self.mc, |q| &q.last, Some(request));
        Ok(())
    }

    /// AsyncGeneratorCompleteStep: answers the first request; `Err` is what was thrown.
    fn complete_step(
        &mut self,
        co: Gc<'gc, Coroutine<'gc>>,
        result: Result<Value<'gc>, Value<'gc>>,
        done: bool,
    ) -> JsResult<()> {
        let queue = Vm::queue(co);
        let Some(request) = queue.first.get() else { return Ok(()) };
        let next = request.next.get();
        queue.set(self.mc, |q| &q.first, next);
        if next.is_none() {
            queue.set(self.mc, |q| &q.last, None);
        }
        match result {
            Ok(value) => {
                let result = self.iter_result(value, done)?;
                self.resolve_promise(request.promise, result)
            }
            Err(reason) => self.reject_promise(request.promise, reason),
        }
    }

    /// AsyncGeneratorAwaitReturn of the first request; false if it was answered at once.
    fn await_return(&mut self, co: Gc<'gc, Coroutine<'gc>>) -> JsResult<bool> {
        let request = Vm::queue(co).first.get().expect("a return waits in the queue");
        match self.promise_resolve(request.value) {
            Ok(promise) => {
                self.perform_then(promise, Reaction::AsyncReturn(co))?;
                Ok(true)
            }
            Err(t) if self.is_terminating() => Err(t),
            Err(_) => {
                let reason = self.take_thrown();
                self.complete_step(co, Err(reason), true)?;
                Ok(false)
            }
        }
    }

    /// AsyncGeneratorDrainQueue.
    fn drain_queue(&mut self, co: Gc<'gc, Coroutine<'gc>>) -> JsResult<()> {
        co.state.set(CoroutineState::Draining);
        while let Some(request) = Vm::queue(co).first.get() {
            self.charge(1)?;
            match request.mode {
                NEXT => self.complete_step(co, Ok(Value::undefined()), true)?,
                THROW => self.complete_step(co, Err(request.value), true)?,
                _ => {
                    if self.await_return(co)? {
                        return Ok(());
                    }
                }
            }
        }
        co.state.set(CoroutineState::Completed);
        Ok(())
    }

    /// What AsyncGeneratorAwaitReturn waited for is there.
    pub(crate) fn return_awaited(
        &mut self,
        co: Gc<'gc, Coroutine<'gc>>,
        value: Value<'gc>,
        rejected: bool,
    ) -> JsResult<()> {
        self.complete_step(co, if rejected { Err(value) } else { Ok(value) }, true)?;
        self.drain_queue(co)
    }

    /// 27.6.1.2 to 27.6.1.4: `next`, `throw` or `return` of an async generator. What the caller gets
    /// is always the request's promise.
    pub(crate) fn request_async(
        &mut self,
        this: Value<'gc>,
        value: Value<'gc>,
        mode: i32,
        flags: u8,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        let promise = self.new_promise()?;
        let answer = Ok(Entered::Value(Value::object(promise)));
        let co =
            this.as_object().filter(|o| o.is_class(Class::AsyncGenerator)).and_then(|o| match o.data() {
                ObjectData::Any(c) => c.downcast::<Coroutine<'gc>>(),
                _ => None,
            });
        let Some(co) = co else {
            let e = self.make_error(Intrinsic::TypeErrorPrototype, "not an async generator object")?;
            self.reject_promise(promise, Value::object(e))?;
            return answer;
        };
        if mode != NEXT && co.state.get() == CoroutineState::Start {
            self.discard(co);
        }
        if co.state.get() == CoroutineState::Completed {
            match mode {
                NEXT => {
                    let result = self.iter_result(Value::undefined(), true)?;
                    self.resolve_promise(promise, result)?;
                }
                THROW => self.reject_promise(promise, value)?,
                _ => {
                    self.enqueue(co, value, mode, promise)?;
                    co.state.set(CoroutineState::Draining);
                    if !self.await_return(co)? {
                        self.drain_queue(co)?;
                    }
                }
            }
            return answer;
        }
        self.enqueue(co, value, mode, promise)?;
        if !matches!(co.state.get(), CoroutineState::Start | CoroutineState::Suspended) {
            return answer;
        }
        // AsyncGeneratorResume
        co.set(self.mc, |c| &c.promise, Some(promise));
        if let Err(t) = self.resume_frame(co, ASYNC | flags & (ENTRY | DISCARD), dst) {
            if self.is_terminating() {
                return Err(t);
            }
            let reason = self.take_thrown();
            self.complete_step(co, Err(reason), true)?;
            self.drain_queue(co)?;
            return answer;
        }
        Ok(self.deliver_request(value, mode))
    }

    fn deliver_request(&mut self, value: Value<'gc>, mode: i32) -> Entered<'gc> {
        if mode == THROW && !self.is_yield_star() {
            self.st.thrown = value;
            return Entered::FrameThrow;
        }
        self.deliver(value, mode);
        Entered::Frame
    }

    /// AsyncGeneratorYield, after its await: the frame that was taken off and what its resumer gets,
    /// or how the frame goes on at once with the next request.
    pub(crate) fn yield_async(
        &mut self,
        co: Gc<'gc, Coroutine<'gc>>,
        value: Value<'gc>,
        pc: *const u32,
    ) -> JsResult<Result<(Frame<'gc>, Value<'gc>), Entered<'gc>>> {
        self.complete_step(co, Ok(value), false)?;
        if let Some(request) = Vm::queue(co).first.get() {
            return Ok(Err(self.deliver_request(request.value, request.mode)));
        }
        let promise = co.promise.get().map_or(Value::undefined(), Value::object);
        Ok(Ok((self.suspend(co, pc, CoroutineState::Suspended), promise)))
    }

    /// The end of AsyncGeneratorStart: the body returned or threw; what its resumer gets.
    pub(crate) fn finish_async(
        &mut self,
        co: Gc<'gc, Coroutine<'gc>>,
        result: Result<Value<'gc>, Value<'gc>>,
    ) -> JsResult<Value<'gc>> {
        co.state.set(CoroutineState::Draining);
        self.complete_step(co, result, true)?;
        self.drain_queue(co)?;
        Ok(co.promise.get().map_or(Value::undefined(), Value::object))
    }
}
