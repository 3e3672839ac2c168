//! Iteration: iterator records, `for-in`.
#![forbid(unsafe_code)]

use std::cell::Cell;

use crate::object::data::{ForInData, ObjectData};
use crate::object::shape::{ENUMERABLE, Shape};
use crate::object::{Class, EXOTIC, Object, SLOW_INDEX};
use crate::value::Value;
use crate::value::key::PropertyKey;
use crate::value::symbol::WellKnown;
use crate::vm::realm::{CommonShape, Intrinsic};
use crate::vm::{JsResult, Vm};

impl<'gc> Vm<'gc> {
    /// An iterator record: iterator, `next`, state (an index for arrays whose iteration is untouched).
    pub(crate) fn get_iterator(&mut self, v: Value<'gc>, kind: usize) -> JsResult<[Value<'gc>; 3]> {
        if kind & 1 != 0 {
            return self.get_async_iterator(v);
        }
        if kind & 2 == 0
            && let Some(a) = v.as_object()
            && a.is_array()
            && self.iteration_untouched(a)
        {
            return Ok([v, Value::undefined(), Value::int(0)]);
        }
        let key = self.well_known(WellKnown::Iterator);
        let method = self.get_value(v, key)?;
        if !self.is_callable(method) {
            let text = format!("{} is not iterable", self.show(v));
            return Err(self.type_error(&text));
        }
        self.iterator_from(v, method)
    }

    /// GetIteratorFromMethod.
    pub(crate) fn iterator_from(&mut self, v: Value<'gc>, method: Value<'gc>) -> JsResult<[Value<'gc>; 3]> {
        let iterator = self.call(method, v, &[])?;
        if !iterator.is_object() {
            return Err(self.type_error("result of the Symbol.iterator method is not an object"));
        }
        let key = self.names().next;
        let next = self.get_value(iterator, key)?;
        Ok([iterator, next, Value::undefined()])
    }

    fn get_async_iterator(&mut self, v: Value<'gc>) -> JsResult<[Value<'gc>; 3]> {
        let key = self.well_known(WellKnown::AsyncIterator);
        let method = self.get_method(v, key)?;
        if !method.is_undefined() {
            let iterator = self.call(method, v, &[])?;
            if !iterator.is_object() {
                return Err(self.type_error("result of the Symbol.asyncIterator method is not an object"));
            }
            let key = self.names().next;
            let next = self.get_value(iterator, key)?;
            return Ok([iterator, next, Value::undefined()]);
        }
        let key = self.well_known(WellKnown::Iterator);
        let method = self.get_value(v, key)?;
        if !self.is_callable(method) {
            let text = format!("{} is not async iterable", self.show(v));
            return Err(self.type_error(&text));
        }
        let [iterator, next, _] = self.iterator_from(v, method)?;
        crate::builtins::async_iterator::from_sync(self, iterator, next)
    }

    /// The protector of fast iteration: the array has the intrinsic iterator, whose `next` is
    /// untouched, and nobody on the way has a `return`.
    pub(crate) fn iteration_untouched(&mut self, a: Object<'gc>) -> bool {
        let realm = self.realm();
        // Nothing was added, removed or made an accessor since this was found true; the two values are looked at.
        if let Some((epoch, values_slot, next_slot)) = realm.iteration.get()
            && epoch == self.proto_epoch
            && a.shape().count() == 0
            && !a.has(EXOTIC | SLOW_INDEX)
            && let (Some(array), Some(iterator)) =
                (realm.get(Intrinsic::ArrayPrototype), realm.get(Intrinsic::ArrayIteratorPrototype))
            && a.proto().is_some_and(|p| p.is(array))
        {
            return realm.get(Intrinsic::ArrayProtoValues).map(Value::object)
                == Some(array.slot(values_slot))
                && realm.get(Intrinsic::ArrayIteratorNext).map(Value::object)
                    == Some(iterator.slot(next_slot));
        }
        let (Some(array), Some(iterator), Some(base), Some(object)) = (
            realm.get(Intrinsic::ArrayPrototype),
            realm.get(Intrinsic::ArrayIteratorPrototype),
            realm.get(Intrinsic::IteratorPrototype),
            realm.get(Intrinsic::ObjectPrototype),
        ) else {
            return self.iteration_unmade(a);
        };
        if !a.proto().is_some_and(|p| p.is(array)) || a.has(EXOTIC | SLOW_INDEX) {
            return false;
        }
        let key = self.well_known(WellKnown::Iterator);
        let values = realm.get(Intrinsic::ArrayProtoValues).map(Value::object);
        let next = realm.get(Intrinsic::ArrayIteratorNext).map(Value::object);
        let (next_key, return_key) = (self.names().next, self.names().return_);
        let fine = values.is_some()
            && matches!(a.get_own_ordinary(self, key), Ok(None))
            && array.get_own_data(self, key) == values
            && next.is_some()
            && iterator.get_own_data(self, next_key) == next
            && [iterator, base, object]
                .iter()
                .all(|o| matches!(o.get_own_ordinary(self, return_key), Ok(None)))
            && [array, object].iter().all(|o| o.elements().is_empty() && !o.has(SLOW_INDEX));
        if fine && a.shape().count() == 0 {
            for o in [array, iterator, base, object] {
                o.become_prototype(self.mc);
            }
            if let (Some(values), Some(next)) = (
                Shape::lookup(array.shape(), self.mc, key),
                Shape::lookup(iterator.shape(), self.mc, next_key),
            ) {
                realm.iteration.set(Some((self.proto_epoch, values.slot, next.slot)));
            }
        }
        fine
    }

    /// As [`Vm::iteration_untouched`] while nobody has asked for array iterators: nobody can have changed them.
    fn iteration_unmade(&mut self, a: Object<'gc>) -> bool {
        let realm = self.realm();
        let (Some(array), Some(object)) =
            (realm.get(Intrinsic::ArrayPrototype), realm.get(Intrinsic::ObjectPrototype))
        else {
            return false;
        };
        let key = self.well_known(WellKnown::Iterator);
        let return_key = self.names().return_;
        let values = realm.get(Intrinsic::ArrayProtoValues).map(Value::object);
        realm.get(Intrinsic::ArrayIteratorPrototype).is_none()
            && a.proto().is_some_and(|p| p.is(array))
            && !a.has(EXOTIC | SLOW_INDEX)
            && values.is_some()
            && matches!(a.get_own_ordinary(self, key), Ok(None))
            && array.get_own_data(self, key) == values
            && matches!(object.get_own_ordinary(self, return_key), Ok(None))
            && [array, object].iter().all(|o| o.elements().is_empty() && !o.has(SLOW_INDEX))
    }

    /// IteratorComplete and IteratorValue of a result: `None` when done.
    pub(crate) fn iter_step(&mut self, result: Value<'gc>) -> JsResult<Option<Value<'gc>>> {
        let Some(o) = result.as_object() else {
            let text = format!("iterator result {} is not an object", self.show(result));
            return Err(self.type_error(&text));
        };
        if self.realm().shape(CommonShape::IterResult as usize).is_some_and(|s| s.ptr_eq(o.shape())) {
            // One that the engine made, or that looks like it.
            return Ok(if self.to_boolean(o.slot(1)) { None } else { Some(o.slot(0)) });
        }
        let (done_key, value_key) = (self.names().done, self.names().value);
        let done = self.get_value(result, done_key)?;
        if self.to_boolean(done) {
            return Ok(None);
        }
        self.get_value(result, value_key).map(Some)
    }

    /// IteratorClose of a normal completion.
    pub(crate) fn iter_close(&mut self, iterator: Value<'gc>) -> JsResult<()> {
        let key = self.names().return_;
        let method = self.get_method(iterator, key)?;
        if method.is_undefined() {
            return Ok(());
        }
        let r = self.call(method, iterator, &[])?;
        if !r.is_object() {
            return Err(self.type_error("result of the iterator's return method is not an object"));
        }
        Ok(())
    }

    /// IteratorClose of a throw: what `return` throws is swallowed. Only terminations come out.
    pub(crate) fn iter_close_quietly(&mut self, iterator: Value<'gc>) -> JsResult<()> {
        let key = self.names().return_;
        let r = match self.get_method(iterator, key) {
            Ok(m) if m.is_undefined() => return Ok(()),
            Ok(m) => self.call(m, iterator, &[]).map(|_| ()),
            Err(t) => Err(t),
        };
        if r.is_err() {
            if self.is_terminating() {
                return r;
            }
            let _ = self.take_thrown();
        }
        Ok(())
    }

    /// EnumerateObjectProperties: the keys of the object and its prototypes, each once.
    pub(crate) fn for_in_start(&mut self, v: Value<'gc>) -> JsResult<Value<'gc>> {
        let mut keys = Vec::new();
        let object = if v.is_nullish() { None } else { Some(self.to_object(v)?) };
        let mut seen: std::collections::HashSet<PropertyKey<'gc>> = std::collections::HashSet::new();
        let mut o = object;
        let mut first = true;
        while let Some(x) = o {
            let proto = x.get_proto(self)?;
            for key in x.own_keys(self)? {
                if key.is_symbol() {
                    continue;
                }
                let Some(p) = x.get_own(self, key)? else { continue };
                let new = if first && proto.is_none() { true } else { seen.insert(key) };
                if new && p.attrs & ENUMERABLE != 0 {
                    keys.push(match key {
                        PropertyKey::Index(i) => Value::string(self.to_string(Value::number(f64::from(i)))?),
                        k => k.to_value(),
                    });
                }
            }
            first = false;
            o = proto;
        }
        let data = self.mc.try_alloc(ForInData { object, keys, index: Cell::new(0) })?;
        Ok(Value::cell(data.erase()))
    }

    /// The next key that is still there.
    pub(crate) fn for_in_next(&mut self, state: Value<'gc>) -> JsResult<Option<Value<'gc>>> {
        let Some(data) = state.as_cell().and_then(|c| c.downcast::<ForInData<'gc>>()) else {
            return Ok(None);
        };
        let Some(object) = data.object else { return Ok(None) };
        loop {
            let i = data.index.get();
            let Some(&k) = data.keys.get(i) else { return Ok(None) };
            data.index.set(i + 1);
            let key = self.to_key(k)?;
            // A key deleted meanwhile is not visited.
            let mut o = Some(object);
            while let Some(x) = o {
                if let Some(p) = x.get_own(self, key)? {
                    if p.attrs & ENUMERABLE != 0 {
                        return Ok(Some(k));
                    }
                    break;
                }
                o = x.get_proto(self)?;
            }
        }
    }
}

const _: (Option<Class>, Option<ObjectData<'static>>) = (None, None);
