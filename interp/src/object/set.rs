//! [[Set]] (10.1.9), with that of arrays built in; other exotic objects branch off to `exotic/`.
//!
//! A setter is found here and called by whoever asked: in the loop that runs (`vm/scripted.rs`), or in one of its own.
#![forbid(unsafe_code)]

use super::descriptor::Descriptor;
use super::shape::{ACCESSOR, DEFAULT, Shape, WRITABLE};
use super::{EXOTIC, FIXED_LENGTH, FROZEN, Object, exotic};
use crate::value::{PropertyKey, Value};
use crate::vm::{JsResult, Vm};

/// What a [[Set]] came to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stored<'gc> {
    /// It is done.
    Done,
    /// It was refused.
    Refused,
    /// This setter is to be called with the receiver and the value; it is done then.
    Setter(Value<'gc>),
}

impl Stored<'_> {
    fn of(done: bool) -> Self {
        if done { Stored::Done } else { Stored::Refused }
    }
}

impl<'gc> Object<'gc> {
    /// [[Set]]; false if it was refused.
    ///
    /// # Errors
    /// What a setter or trap throws.
    pub fn set(
        self,
        vm: &mut Vm<'gc>,
        key: PropertyKey<'gc>,
        value: Value<'gc>,
        receiver: Value<'gc>,
    ) -> JsResult<bool> {
        match self.store(vm, key, value, receiver)? {
            Stored::Done => Ok(true),
            Stored::Refused => Ok(false),
            Stored::Setter(f) => vm.call(f, receiver, &[value]).map(|_| true),
        }
    }

    /// [[Set]] up to the call of a setter.
    ///
    /// # Errors
    /// What a trap throws.
    pub(crate) fn store(
        self,
        vm: &mut Vm<'gc>,
        key: PropertyKey<'gc>,
        value: Value<'gc>,
        receiver: Value<'gc>,
    ) -> JsResult<Stored<'gc>> {
        let mut object = self;
        let mut found = None;
        loop {
            if object.has(EXOTIC) {
                if let Some(r) = exotic::set(vm, object, key, value, receiver)? {
                    return Ok(Stored::of(r));
                }
                if let Some(p) = object.get_own(vm, key)? {
                    found = Some(p);
                    break;
                }
            } else if let Some(p) = object.get_own_ordinary(vm, key)? {
                found = Some(p);
                break;
            }
            match object.proto() {
                Some(p) => object = p,
                None => break,
            }
        }
        if let Some(p) = found {
            if p.attrs & ACCESSOR != 0 {
                let setter = p.accessor().map_or(Value::undefined(), |a| a.set);
                if setter.is_undefined() {
                    return Ok(Stored::Refused);
                }
                return Ok(Stored::Setter(setter));
            }
            if p.attrs & WRITABLE == 0 {
                return Ok(Stored::Refused);
            }
        }
        let Some(r) = receiver.as_object() else { return Ok(Stored::Refused) };
        if r.is(object) && found.is_some() && !r.has(EXOTIC) {
            return r.overwrite(vm, key, value).map(Stored::of);
        }
        if r.has(EXOTIC) || !r.is(self) {
            let defined = match r.get_own(vm, key)? {
                Some(p) => {
                    if p.attrs & ACCESSOR != 0 || p.attrs & WRITABLE == 0 {
                        return Ok(Stored::Refused);
                    }
                    r.define(vm, key, &Descriptor { value: Some(value), ..Descriptor::default() })?
                }
                None => r.define(vm, key, &Descriptor::data(value, DEFAULT))?,
            };
            return Ok(Stored::of(defined));
        }
        // Not there, on an ordinary receiver that was searched already.
        if r.has(FROZEN) {
            return Ok(Stored::Refused);
        }
        if r.is_array()
            && let PropertyKey::Index(i) = key
            && i >= r.array_length()
        {
            if r.has(FIXED_LENGTH) {
                return Ok(Stored::Refused);
            }
            r.create(vm, key, value, DEFAULT)?;
            r.set_array_length(r.array_length().max(i + 1));
            return Ok(Stored::Done);
        }
        r.create(vm, key, value, DEFAULT)?;
        Ok(Stored::Done)
    }

    /// Gives an own writable data property of an ordinary object another value.
    fn overwrite(self, vm: &mut Vm<'gc>, key: PropertyKey<'gc>, value: Value<'gc>) -> JsResult<bool> {
        if let PropertyKey::Index(i) = key
            && self.element(i).is_some()
        {
            self.set_element(vm.mc, i, value);
            return Ok(true);
        }
        if self.is_array() && key == vm.names().length {
            return exotic::array_set_length(
                vm,
                self,
                &Descriptor { value: Some(value), ..Descriptor::default() },
            );
        }
        if let Some(p) = Shape::lookup(self.shape(), vm.mc, key) {
            self.set_slot(vm.mc, p.slot, value);
        }
        Ok(true)
    }
}
