//! Jobs and promises (9.5, 27.2): the states, the reactions, the queue.

use std::cell::Cell;

use gc::{Gc, Lock, RefLock, Trace};

use super::call::Entered;
use super::coroutine::Coroutine;
use super::realm::Intrinsic;
use super::{JsResult, Vm};
use crate::object::data::ObjectData;
use crate::object::function::{NativeCode, NativeFn};
use crate::object::{Class, Object};
use crate::value::Value;

/// A promise's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PromiseState {
    Pending,
    Fulfilled,
    Rejected,
}

/// What a promise keeps.
#[derive(Debug, Trace)]
pub struct PromiseData<'gc> {
    /// The state.
    #[trace(skip)]
    pub state: Cell<PromiseState>,
    /// The value or reason.
    pub value: Lock<Value<'gc>>,
    /// Who waits.
    pub reactions: RefLock<Vec<Reaction<'gc>>>,
    /// Somebody looked at it.
    #[trace(skip)]
    pub handled: Cell<bool>,
}

/// PromiseCapability.
#[derive(Clone, Copy, Debug, Trace)]
pub struct Capability<'gc> {
    /// The promise.
    pub promise: Value<'gc>,
    /// Its resolve function.
    pub resolve: Value<'gc>,
    /// Its reject function.
    pub reject: Value<'gc>,
}

/// What happens when a promise is settled.
#[derive(Clone, Copy, Debug, Trace)]
pub enum Reaction<'gc> {
    /// `then`: handlers (undefined: pass on), and who gets their result.
    Then {
        /// Handler of fulfilment.
        fulfilled: Value<'gc>,
        /// Handler of rejection.
        rejected: Value<'gc>,
        /// Who gets the result.
        capability: Option<Capability<'gc>>,
    },
    /// An async function goes on.
    Await(Gc<'gc, Coroutine<'gc>>),
    /// An async generator that is over answers a `return`.
    AsyncReturn(Gc<'gc, Coroutine<'gc>>),
}

/// A job.
#[derive(Clone, Copy, Debug, Trace)]
pub enum Job<'gc> {
    /// A reaction to a settled promise.
    Reaction {
        /// What.
        reaction: Reaction<'gc>,
        /// The value or reason.
        value: Value<'gc>,
        /// Rejected.
        #[trace(skip)]
        rejected: bool,
    },
    /// `then` of a thenable is called.
    Thenable {
        /// The promise to be resolved by it.
        promise: Object<'gc>,
        /// The thenable.
        thenable: Value<'gc>,
        /// Its `then`.
        then: Value<'gc>,
    },
    /// The `then` of a thenable was called: this function gets what it throws.
    Settling {
        /// The promise's reject function, which knows whether it was resolved before.
        reject: Value<'gc>,
    },
    /// A registry's callback is told what was held for something dead.
    Cleanup {
        /// The callback.
        cleanup: Value<'gc>,
        /// What was held.
        held: Value<'gc>,
    },
    /// A wait of `Atomics.waitAsync` is over.
    Waited {
        /// The promise.
        promise: Object<'gc>,
        /// It was not the timeout.
        #[trace(skip)]
        notified: bool,
    },
    /// Modules are evaluated: see `module/evaluate.rs`.
    Evaluate(Gc<'gc, crate::module::Evaluation<'gc>>),
}

/// The promise data of an object.
pub fn promise_data<'gc>(o: Object<'gc>) -> Option<Gc<'gc, PromiseData<'gc>>> {
    match o.data() {
        ObjectData::Any(c) if o.is_class(Class::Promise) => c.downcast(),
        _ => None,
    }
}

impl<'gc> Vm<'gc> {
    /// A pending promise.
    ///
    /// # Errors
    /// If memory is full.
    pub fn new_promise(&mut self) -> JsResult<Object<'gc>> {
        let proto = self.intrinsic(Intrinsic::PromisePrototype)?;
        self.new_promise_with(proto)
    }

    /// A pending promise of a prototype.
    ///
    /// # Errors
    /// If memory is full.
    pub fn new_promise_with(&mut self, proto: Object<'gc>) -> JsResult<Object<'gc>> {
        let data = self.mc.try_alloc(PromiseData {
            state: Cell::new(PromiseState::Pending),
            value: Lock::new(Value::undefined()),
            reactions: RefLock::new(Vec::new()),
            handled: Cell::new(false),
        })?;
        let shape = self.root_shape(Some(proto), 0);
        Ok(Object::new(self.mc, shape, Class::Promise, 0, ObjectData::Any(data.erase()))?)
    }

    fn settle(&mut self, promise: Object<'gc>, state: PromiseState, value: Value<'gc>) {
        let Some(data) = promise_data(promise) else { return };
        if data.state.get() != PromiseState::Pending {
            return;
        }
        data.state.set(state);
        data.set(self.mc, |d| &d.value, value);
        let reactions = std::mem::take(&mut *Gc::write(self.mc, data).project(|d| &d.reactions).borrow_mut());
        for reaction in reactions {
            let rejected = state == PromiseState::Rejected;
            self.st.jobs.push_back(Job::Reaction { reaction, value, rejected });
        }
    }

    /// RejectPromise.
    ///
    /// # Errors
    /// Never today.
    pub fn reject_promise(&mut self, promise: Object<'gc>, reason: Value<'gc>) -> JsResult<()> {
        self.settle(promise, PromiseState::Rejected, reason);
        Ok(())
    }

    /// The steps of a promise's resolve function.
    ///
    /// # Errors
    /// Only terminations.
    pub fn resolve_promise(&mut self, promise: Object<'gc>, value: Value<'gc>) -> JsResult<()> {
        let Some(o) = value.as_object() else {
            self.settle(promise, PromiseState::Fulfilled, value);
            return Ok(());
        };
        if o.is(promise) {
            let e =
                self.make_error(Intrinsic::TypeErrorPrototype, "a promise cannot be resolved with itself")?;
            return self.reject_promise(promise, Value::object(e));
        }
        let key = self.names().then;
        match o.get(self, key, value) {
            Err(t) => {
                if self.is_terminating() {
                    return Err(t);
                }
                let reason = self.take_thrown();
                self.reject_promise(promise, reason)
            }
            Ok(then) if self.is_callable(then) => {
                self.st.jobs.push_back(Job::Thenable { promise, thenable: value, then });
                Ok(())
            }
            Ok(_) => {
                self.settle(promise, PromiseState::Fulfilled, value);
                Ok(())
            }
        }
    }

    /// PromiseResolve(%Promise%, value).
    ///
    /// # Errors
    /// What getting `constructor` throws.
    pub fn promise_resolve(&mut self, value: Value<'gc>) -> JsResult<Object<'gc>> {
        if let Some(o) = value.as_object()
            && promise_data(o).is_some()
        {
            let key = self.names().constructor;
            let c = o.get(self, key, value)?;
            let promise = self.intrinsic(Intrinsic::Promise)?;
            if c == Value::object(promise) {
                return Ok(o);
            }
        }
        let p = self.new_promise()?;
        self.resolve_promise(p, value)?;
        Ok(p)
    }

    /// PerformPromiseThen.
    ///
    /// # Errors
    /// If memory is full.
    pub fn perform_then(&mut self, promise: Object<'gc>, reaction: Reaction<'gc>) -> JsResult<()> {
        let Some(data) = promise_data(promise) else { return Err(self.type_error("not a promise")) };
        data.handled.set(true);
        match data.state.get() {
            PromiseState::Pending => {
                Gc::write(self.mc, data).project(|d| &d.reactions).borrow_mut().push(reaction);
            }
            state => {
                let rejected = state == PromiseState::Rejected;
                self.st.jobs.push_back(Job::Reaction { reaction, value: data.value.get(), rejected });
            }
        }
        Ok(())
    }

    /// CreateResolvingFunctions.
    ///
    /// # Errors
    /// If memory is full.
    pub fn resolving_functions(&mut self, promise: Object<'gc>) -> JsResult<(Value<'gc>, Value<'gc>)> {
        // Both share "already resolved": a slot of the first, found through the second.
        let flag = self.new_object(1)?;
        let resolve =
            self.native(resolve_function as NativeFn, 1, &[Value::object(promise), Value::object(flag)])?;
        let reject =
            self.native(reject_function as NativeFn, 1, &[Value::object(promise), Value::object(flag)])?;
        Ok((Value::object(resolve), Value::object(reject)))
    }

    /// An anonymous built-in function that closes over values.
    ///
    /// # Errors
    /// If memory is full.
    pub fn native(&mut self, f: NativeFn, length: u32, slots: &[Value<'gc>]) -> JsResult<Object<'gc>> {
        let name = self.names().empty;
        crate::builtins::new_native(self, NativeCode::Leaf(f), length, name, "", slots, false)
    }

    /// Begins a job; what it leaves is settled by [`Vm::finish_job`].
    pub(crate) fn start_job(&mut self, job: Job<'gc>) -> JsResult<Entered<'gc>> {
        self.charge(1)?;
        match job {
            Job::Reaction { reaction: Reaction::Await(co), value, rejected } => {
                self.resume_async(co, value, rejected)
            }
            Job::Reaction { reaction: Reaction::AsyncReturn(co), value, rejected } => {
                self.return_awaited(co, value, rejected).map(|()| Entered::Value(Value::undefined()))
            }
            Job::Reaction {
                reaction: Reaction::Then { fulfilled, rejected: on_rejected, .. },
                value,
                rejected,
            } => {
                let handler = if rejected { on_rejected } else { fulfilled };
                if handler.is_undefined() {
                    return if rejected { Err(self.throw(value)) } else { Ok(Entered::Value(value)) };
                }
                self.start_call(handler, Value::undefined(), &[value])
            }
            Job::Thenable { promise, thenable, then } => {
                let (resolve, reject) = self.resolving_functions(promise)?;
                self.st.current_job = Some(Job::Settling { reject });
                self.start_call(then, thenable, &[resolve, reject])
            }
            Job::Settling { .. } => Ok(Entered::Value(Value::undefined())),
            Job::Cleanup { cleanup, held } => self.start_call(cleanup, Value::undefined(), &[held]),
            Job::Waited { promise, notified } => {
                let text = self.str(if notified { "ok" } else { "timed-out" })?;
                self.resolve_promise(promise, Value::string(text))?;
                Ok(Entered::Value(Value::undefined()))
            }
            Job::Evaluate(evaluation) => self.evaluation_step(evaluation),
        }
    }

    /// Begins a call whose frame is an entry frame.
    pub(crate) fn start_call(
        &mut self,
        f: Value<'gc>,
        this: Value<'gc>,
        args: &[Value<'gc>],
    ) -> JsResult<Entered<'gc>> {
        let (base, flags) = self.push_args(f, this, args)?;
        // SAFETY: 1. they were just pushed.
        unsafe { self.enter(f, base, args.len(), Value::undefined(), flags | super::stack::ENTRY, 0) }
    }

    /// A job's handler ended.
    ///
    /// # Errors
    /// Terminations.
    pub(crate) fn finish_job(&mut self, job: Job<'gc>, result: JsResult<Value<'gc>>) -> JsResult<()> {
        if let Job::Evaluate(evaluation) = job {
            if self.evaluation_ended(evaluation, result)? {
                self.evaluate_next(evaluation);
            }
            return Ok(());
        }
        if self.is_terminating() {
            return Err(super::Throw::pending());
        }
        match job {
            Job::Reaction { reaction: Reaction::Then { capability: Some(c), .. }, .. } => {
                let (f, v) = match result {
                    Ok(v) => (c.resolve, v),
                    Err(_) => (c.reject, self.take_thrown()),
                };
                self.call(f, Value::undefined(), &[v])?;
            }
            Job::Settling { reject } => {
                if result.is_err() {
                    let reason = self.take_thrown();
                    self.call(reject, Value::undefined(), &[reason])?;
                }
            }
            _ => {
                if result.is_err() {
                    let _ = self.take_thrown();
                }
            }
        }
        Ok(())
    }
}

fn already_resolved<'gc>(vm: &mut Vm<'gc>, args: super::Args<'gc>) -> JsResult<Option<Object<'gc>>> {
    let slots = crate::builtins::native_slots(args.callee());
    let (Some(promise), Some(flag)) = (slots[0].get().as_object(), slots[1].get().as_object()) else {
        return Ok(None);
    };
    let key = vm.names().done;
    if flag.get_own_data(vm, key).is_some() {
        return Ok(None);
    }
    flag.create(vm, key, Value::bool(true), crate::object::shape::DEFAULT)?;
    Ok(Some(promise))
}

fn resolve_function<'gc>(vm: &mut Vm<'gc>, args: super::Args<'gc>) -> JsResult<Value<'gc>> {
    if let Some(promise) = already_resolved(vm, args)? {
        vm.resolve_promise(promise, args.get(0))?;
    }
    Ok(Value::undefined())
}

fn reject_function<'gc>(vm: &mut Vm<'gc>, args: super::Args<'gc>) -> JsResult<Value<'gc>> {
    if let Some(promise) = already_resolved(vm, args)? {
        vm.reject_promise(promise, args.get(0))?;
    }
    Ok(Value::undefined())
}
