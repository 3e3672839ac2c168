//! Operations that may call a script: its frame goes on top of the caller's window, in the loop that runs.
//!
//! What the script's result is needed for afterwards stands in `builtins/self_hosted/calls.js`. An operation that calls
//! nothing is done here and now. Calls from within natives go another way (`Vm::call`): a loop of their own.
#![forbid(unsafe_code)]

use super::call::Entered;
use super::dispatch::{STEP_THROW, STEP_VALUE};
use super::ops::Got;
use super::realm::Intrinsic;
use super::stack::{CONSTRUCT, DISCARD, TRIED};
use super::{JsResult, Vm};
use crate::builtins::object::key_value;
use crate::bytecode::opcode::Op;
use crate::object::data::{Accessor, ObjectData};
use crate::object::exotic::proxy;
use crate::object::shape::{ACCESSOR, Shape};
use crate::object::{Class, EXOTIC, Object};
use crate::value::symbol::WellKnown;
use crate::value::{PropertyKey, Value};

/// The operators by the numbers that `calls.js` knows them by.
const ARITHMETIC: [Op; 11] = [
    Op::Sub,
    Op::Mul,
    Op::Div,
    Op::Mod,
    Op::Exp,
    Op::BitAnd,
    Op::BitOr,
    Op::BitXor,
    Op::Shl,
    Op::Shr,
    Op::UShr,
];

impl<'gc> Vm<'gc> {
    /// Begins a call of a function of the library.
    fn call_library(
        &mut self,
        which: Intrinsic,
        args: &[Value<'gc>],
        flags: u8,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        let f = Value::object(self.intrinsic(which)?);
        self.enter_at_top_as(f, Value::undefined(), args, Value::undefined(), flags, dst)
    }

    /// InitializeInstanceElements of a class.
    #[inline(never)]
    pub(crate) fn step_init_fields(&mut self, class: Value<'gc>, this: Value<'gc>) -> usize {
        match self.define_fields(class, 0, this) {
            Ok(-1) => STEP_VALUE,
            Ok(i) => {
                let e = self.call_library(Intrinsic::InitFields, &[class, this, Value::int(i)], DISCARD, 0);
                self.code_of(e)
            }
            Err(_) => STEP_THROW,
        }
    }

    /// `+` of what is not two numbers.
    #[inline(never)]
    pub(crate) fn step_add(&mut self, x: Value<'gc>, y: Value<'gc>, dst: u8) -> usize {
        let e = if self.converts_by_script(x) || self.converts_by_script(y) {
            self.call_library(Intrinsic::AddObjects, &[x, y], 0, dst)
        } else {
            self.add(x, y).map(Entered::Value)
        };
        self.code_of(e)
    }

    /// The other arithmetic operators of what is not two numbers.
    #[inline(never)]
    pub(crate) fn step_arith(&mut self, op: Op, x: Value<'gc>, y: Value<'gc>, dst: u8) -> usize {
        let e = if self.converts_by_script(x) || self.converts_by_script(y) {
            let number = ARITHMETIC.iter().position(|o| *o == op).expect("it is one of these");
            self.call_library(Intrinsic::ArithObjects, &[Value::int(number as i32), x, y], 0, dst)
        } else {
            self.arith(op, x, y).map(Entered::Value)
        };
        self.code_of(e)
    }

    /// ToNumber or ToNumeric
    #[inline(never)]
    pub(crate) fn step_to_number(&mut self, v: Value<'gc>, numeric: bool, dst: u8) -> usize {
        let e = if self.converts_by_script(v) {
            self.call_library(Intrinsic::ObjectToNumber, &[v, Value::bool(numeric)], 0, dst)
        } else if numeric {
            self.to_numeric_value(v).map(Entered::Value)
        } else {
            self.to_number(v).map(|n| Entered::Value(Value::number(n)))
        };
        self.code_of(e)
    }

    /// ToString
    #[inline(never)]
    pub(crate) fn step_to_string(&mut self, v: Value<'gc>, dst: u8) -> usize {
        let e = if self.converts_by_script(v) {
            self.call_library(Intrinsic::ObjectToString, &[v], 0, dst)
        } else {
            self.to_string(v).map(|s| Entered::Value(Value::string(s)))
        };
        self.code_of(e)
    }

    /// Whether ToPrimitive of a value calls a closure. (That of a proxy is left to the native way.)
    fn converts_by_script(&self, v: Value<'gc>) -> bool {
        let Some(o) = v.as_object() else { return false };
        let names = self.names();
        let keys = [self.well_known(WellKnown::ToPrimitive), names.value_of, names.to_string];
        keys.into_iter().any(|key| {
            let mut holder = Some(o);
            while let Some(h) = holder {
                if h.is_class(Class::Proxy) {
                    return false;
                }
                if let Some(place) = Shape::lookup(h.shape(), self.mc, key) {
                    let mut f = h.slot(place.slot);
                    if place.attrs & ACCESSOR != 0 {
                        f = f
                            .as_cell()
                            .and_then(|c| c.downcast::<Accessor<'gc>>())
                            .map_or(Value::undefined(), |a| a.get);
                    }
                    return f.as_object().is_some_and(|f| matches!(f.data(), ObjectData::Closure(_)));
                }
                holder = h.proto();
            }
            false
        })
    }

    /// `o[k]` beyond what the loop does itself.
    #[inline(never)]
    pub(crate) fn step_get_elem(&mut self, o: Value<'gc>, k: Value<'gc>, dst: u8) -> usize {
        let e = match o.as_object() {
            Some(object) if k.is_string() || k.is_symbol() => match self.to_key(k) {
                Ok(key) => self.get_or_enter(object, key, dst),
                Err(t) => Err(t),
            },
            Some(object) if object.is_class(Class::Proxy) && k.is_number() => match self.to_key(k) {
                Ok(key) => self.enter_proxy_get(object, key, o, dst),
                Err(t) => Err(t),
            },
            _ => self.get_elem(o, k).map(Entered::Value),
        };
        self.code_of(e)
    }

    /// [[Get]], whose getter is called in this loop.
    fn get_or_enter(&mut self, o: Object<'gc>, key: PropertyKey<'gc>, dst: u8) -> JsResult<Entered<'gc>> {
        if o.is_class(Class::Proxy) {
            return self.enter_proxy_get(o, key, Value::object(o), dst);
        }
        let mut holder = o;
        loop {
            if holder.has(EXOTIC) {
                return holder.get(self, key, Value::object(o)).map(Entered::Value);
            }
            if let Some(p) = holder.get_own_ordinary(self, key)? {
                return match p.accessor() {
                    None => Ok(Entered::Value(p.value)),
                    Some(a) => match Got::of(a) {
                        Got::Getter(f) => self.enter_at_top(f, Value::object(o), &[], dst),
                        Got::Value(v) => Ok(Entered::Value(v)),
                    },
                };
            }
            match holder.proto() {
                Some(p) => holder = p,
                None => return Ok(Entered::Value(Value::undefined())),
            }
        }
    }

    /// [[Get]] of a proxy.
    pub(crate) fn enter_proxy_get(
        &mut self,
        o: Object<'gc>,
        key: PropertyKey<'gc>,
        receiver: Value<'gc>,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        let get = self.names().get;
        let t = proxy::trapped(self, o, get)?;
        if t.trap.is_undefined() {
            return t.target.get(self, key, receiver).map(Entered::Value);
        }
        let args = [t.trap, t.handler, Value::object(t.target), key_value(self, key)?, receiver];
        self.call_library(Intrinsic::ProxyGet, &args, 0, dst)
    }

    /// An assignment to a property of a proxy: [[Set]], and its refusal in strict code.
    pub(crate) fn enter_proxy_set(
        &mut self,
        o: Object<'gc>,
        key: PropertyKey<'gc>,
        v: Value<'gc>,
        strict: bool,
    ) -> JsResult<Entered<'gc>> {
        let (set, receiver) = (self.names().set, Value::object(o));
        let t = proxy::trapped(self, o, set)?;
        if t.trap.is_undefined() {
            if !t.target.set(self, key, v, receiver)? && strict {
                return Err(self.refused_write(key));
            }
            return Ok(Entered::Value(Value::undefined()));
        }
        let name = key_value(self, key)?;
        let target = Value::object(t.target);
        let args = [t.trap, t.handler, target, name, v, receiver, Value::bool(strict)];
        self.call_library(Intrinsic::ProxySet, &args, DISCARD, 0)
    }

    /// `o[k] = v` beyond what the loop does itself.
    #[inline(never)]
    pub(crate) fn step_set_elem(
        &mut self,
        o: Value<'gc>,
        k: Value<'gc>,
        v: Value<'gc>,
        strict: bool,
    ) -> usize {
        let e = match o.as_object() {
            Some(object) if object.is_class(Class::Proxy) && !k.is_object() => match self.to_key(k) {
                Ok(key) => self.enter_proxy_set(object, key, v, strict),
                Err(t) => Err(t),
            },
            _ => self.set_elem(o, k, v, strict).map(|()| Entered::Value(Value::undefined())),
        };
        self.code_of(e)
    }

    /// [[Call]] of a proxy.
    pub(crate) fn enter_proxy_call(
        &mut self,
        o: Object<'gc>,
        this: Value<'gc>,
        args: &[Value<'gc>],
        flags: u8,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        let apply = self.names().apply;
        let t = proxy::trapped(self, o, apply)?;
        let (target, undefined) = (Value::object(t.target), Value::undefined());
        if t.trap.is_undefined() {
            return self.go_on(target, this, args, undefined, flags, dst);
        }
        let list = Value::object(self.array_from(args)?);
        self.go_on(t.trap, t.handler, &[target, this, list], undefined, flags, dst)
    }

    /// [[Construct]] of a proxy.
    pub(crate) fn enter_proxy_construct(
        &mut self,
        o: Object<'gc>,
        args: &[Value<'gc>],
        new_target: Value<'gc>,
        flags: u8,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        let construct = self.names().construct;
        let t = proxy::trapped(self, o, construct)?;
        let (target, undefined) = (Value::object(t.target), Value::undefined());
        if t.trap.is_undefined() {
            return self.go_on(target, Value::hole(), args, new_target, flags & !TRIED, dst);
        }
        let list = Value::object(self.array_from(args)?);
        let helper = Value::object(self.intrinsic(Intrinsic::ProxyConstruct)?);
        let args = [t.trap, t.handler, target, list, new_target];
        self.go_on(helper, undefined, &args, undefined, flags & !(CONSTRUCT | TRIED), dst)
    }
}
