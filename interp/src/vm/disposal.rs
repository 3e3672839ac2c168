//! Explicit resource management (9.5.4): what is to be disposed of, and disposing of it.
//!
//! Disposal that may await is cut into steps: [`Vm::dispose_step`] calls methods until something is
//! to be awaited, which compiled code or a promise reaction does; what fails meanwhile is gathered
//! in the capability.

use std::cell::Cell;

use gc::{Gc, Lock, Trace};

use super::realm::Intrinsic;
use super::{JsResult, Vm};
use crate::object::shape::HIDDEN;
use crate::value::Value;
use crate::value::symbol::WellKnown;

/// DisposeCapability Record, with the state of its disposal.
#[derive(Debug, Trace)]
pub struct DisposeCapability<'gc> {
    /// [[DisposableResourceStack]]: its last one, which knows the one below.
    top: Lock<Option<Gc<'gc, Resource<'gc>>>>,
    /// The throw completion so far, or the hole.
    error: Lock<Value<'gc>>,
    #[trace(skip)]
    needs_await: Cell<bool>,
    #[trace(skip)]
    has_awaited: Cell<bool>,
}

/// Whether disposing of a resource is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Hint {
    Sync,
    Async,
}

/// How a resource's method is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// As a method of the value.
    Method,
    /// As a method of the value whose result does not count: a `Symbol.dispose` where
    /// `Symbol.asyncDispose` was wanted.
    Wrapped,
    /// With the value as its argument.
    Argument,
}

/// DisposableResource Record.
#[derive(Debug, Trace)]
struct Resource<'gc> {
    value: Value<'gc>,
    /// Undefined: only an await is wanted.
    method: Value<'gc>,
    #[trace(skip)]
    hint: Hint,
    #[trace(skip)]
    how: How,
    below: Option<Gc<'gc, Resource<'gc>>>,
}

impl<'gc> DisposeCapability<'gc> {
    /// NewDisposeCapability.
    ///
    /// # Errors
    /// If memory is full.
    pub fn new(vm: &mut Vm<'gc>) -> JsResult<Gc<'gc, DisposeCapability<'gc>>> {
        Ok(vm.mc.try_alloc(DisposeCapability {
            top: Lock::new(None),
            error: Lock::new(Value::hole()),
            needs_await: Cell::new(false),
            has_awaited: Cell::new(false),
        })?)
    }
}

/// The capability in a register of compiled code.
pub(crate) fn capability<'gc>(v: Value<'gc>) -> Gc<'gc, DisposeCapability<'gc>> {
    v.as_cell().and_then(|c| c.downcast()).expect("the compiler keeps a capability there")
}

impl<'gc> Vm<'gc> {
    /// AddDisposableResource, with the method the value has for the hint.
    ///
    /// # Errors
    /// A TypeError if it cannot be disposed of, and what getting the method throws.
    pub(crate) fn add_resource(
        &mut self,
        capability: Gc<'gc, DisposeCapability<'gc>>,
        value: Value<'gc>,
        hint: Hint,
    ) -> JsResult<()> {
        if value.is_nullish() {
            return match hint {
                Hint::Sync => Ok(()),
                Hint::Async => {
                    let nothing = Value::undefined();
                    self.push_resource(capability, nothing, nothing, hint, How::Method)
                }
            };
        }
        if !value.is_object() {
            let text = format!("{} is not an object, null or undefined", self.show(value));
            return Err(self.type_error(&text));
        }
        // GetDisposeMethod
        let mut how = How::Method;
        let mut method = Value::undefined();
        if hint == Hint::Async {
            let key = self.well_known(WellKnown::AsyncDispose);
            method = self.get_method(value, key)?;
            if method.is_undefined() {
                how = How::Wrapped;
            }
        }
        if method.is_undefined() {
            let key = self.well_known(WellKnown::Dispose);
            method = self.get_method(value, key)?;
        }
        if method.is_undefined() {
            return Err(self.type_error("value to be disposed of has no Symbol.dispose method"));
        }
        self.push_resource(capability, value, method, hint, how)
    }

    /// AddDisposableResource with a method that is given.
    pub(crate) fn push_resource(
        &mut self,
        capability: Gc<'gc, DisposeCapability<'gc>>,
        value: Value<'gc>,
        method: Value<'gc>,
        hint: Hint,
        how: How,
    ) -> JsResult<()> {
        let below = capability.top.get();
        let resource = self.mc.try_alloc(Resource { value, method, hint, how, below })?;
        capability.set(self.mc, |c| &c.top, Some(resource));
        Ok(())
    }

    /// Gives the resources of one capability to another, which is new.
    pub(crate) fn move_resources(
        &mut self,
        from: Gc<'gc, DisposeCapability<'gc>>,
        to: Gc<'gc, DisposeCapability<'gc>>,
    ) {
        to.set(self.mc, |c| &c.top, from.top.get());
        from.set(self.mc, |c| &c.top, None);
    }

    /// DisposeResources until something is to be awaited, which is given; `None` at the end.
    ///
    /// # Errors
    /// Only terminations: what methods throw is kept.
    pub(crate) fn dispose_step(
        &mut self,
        capability: Gc<'gc, DisposeCapability<'gc>>,
    ) -> JsResult<Option<Value<'gc>>> {
        loop {
            let resource = capability.top.get();
            let wait = capability.needs_await.get() && !capability.has_awaited.get();
            if wait && resource.is_none_or(|r| r.hint == Hint::Sync) {
                capability.needs_await.set(false);
                return Ok(Some(Value::undefined()));
            }
            let Some(resource) = resource else { return Ok(None) };
            self.charge(1)?;
            capability.set(self.mc, |c| &c.top, resource.below);
            if resource.method.is_undefined() {
                capability.needs_await.set(true);
                continue;
            }
            let result = match resource.how {
                How::Method | How::Wrapped => self.call(resource.method, resource.value, &[]),
                How::Argument => self.call(resource.method, Value::undefined(), &[resource.value]),
            };
            match result {
                Err(t) if self.is_terminating() => return Err(t),
                Err(_) if resource.how == How::Wrapped => {
                    // The wrapper answers with a promise, and so a rejection is awaited too.
                    let reason = self.take_thrown();
                    let promise = self.new_promise()?;
                    self.reject_promise(promise, reason)?;
                    capability.has_awaited.set(true);
                    return Ok(Some(Value::object(promise)));
                }
                Err(_) => {
                    let error = self.take_thrown();
                    self.dispose_failed(capability, error)?;
                }
                Ok(v) if resource.hint == Hint::Async => {
                    capability.has_awaited.set(true);
                    return Ok(Some(if resource.how == How::Wrapped { Value::undefined() } else { v }));
                }
                Ok(_) => {}
            }
        }
    }

    /// Something failed: it suppresses what failed before.
    ///
    /// # Errors
    /// If memory is full.
    pub(crate) fn dispose_failed(
        &mut self,
        capability: Gc<'gc, DisposeCapability<'gc>>,
        error: Value<'gc>,
    ) -> JsResult<()> {
        let before = capability.error.get();
        let mut error = error;
        if !before.is_hole() {
            let proto = self.intrinsic(Intrinsic::SuppressedErrorPrototype)?;
            let object = self.error_object(proto)?;
            let (error_key, suppressed_key) = (self.names().error, self.names().suppressed);
            object.define_own(self, error_key, error, HIDDEN)?;
            object.define_own(self, suppressed_key, before, HIDDEN)?;
            error = Value::object(object);
        }
        capability.set(self.mc, |c| &c.error, error);
        Ok(())
    }

    /// The completion of a disposal.
    ///
    /// # Errors
    /// What was gathered.
    pub(crate) fn dispose_end(&mut self, capability: Gc<'gc, DisposeCapability<'gc>>) -> JsResult<()> {
        let error = capability.error.get();
        if error.is_hole() { Ok(()) } else { Err(self.throw(error)) }
    }

    /// DisposeResources without an await, after a normal completion or a throw.
    ///
    /// # Errors
    /// What was thrown before or meanwhile.
    pub(crate) fn dispose(
        &mut self,
        capability: Gc<'gc, DisposeCapability<'gc>>,
        thrown: Option<Value<'gc>>,
    ) -> JsResult<()> {
        if let Some(error) = thrown {
            self.dispose_failed(capability, error)?;
        }
        while self.dispose_step(capability)?.is_some() {}
        self.dispose_end(capability)
    }
}
