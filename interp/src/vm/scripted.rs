//! Operations that may call a script: its frame goes on top of the caller's window, in the loop that runs.
//!
//! What the script's result is needed for afterwards stands in `builtins/self_hosted/calls.js`. An operation that calls
//! nothing is done here and now. Calls from within natives go another way (`Vm::call`): a loop of their own.
#![forbid(unsafe_code)]

use super::call::Entered;
use super::dispatch::{STEP_THROW, STEP_TRUE, STEP_VALUE};
use super::ops::Got;
use super::realm::Intrinsic;
use super::stack::{CONSTRUCT, DISCARD, TRIED};
use super::{JsResult, Vm};
use crate::builtins::object::key_value;
use crate::bytecode::opcode::Op;
use crate::object::data::{Accessor, ObjectData};
use crate::object::exotic::proxy;
use crate::object::function::{Handover, NativeCode, Special};
use crate::object::shape::{ACCESSOR, Shape};
use crate::object::{Class, EXOTIC, Object};
use crate::value::symbol::WellKnown;
use crate::value::{PropertyKey, Value};

/// The comparisons, by the numbers that `calls.js` knows them by.
pub(crate) const LESS: u8 = 0;
pub(crate) const LESS_OR_EQUAL: u8 = 1;
pub(crate) const GREATER: u8 = 2;
pub(crate) const GREATER_OR_EQUAL: u8 = 3;
pub(crate) const EQUAL: u8 = 4;
pub(crate) const DIFFERENT: u8 = 5;

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

/// The unary operators, likewise.
const UNARY: [Op; 4] = [Op::Neg, Op::BitNot, Op::Inc, Op::Dec];

fn truth_code(truth: JsResult<bool>) -> usize {
    match truth {
        Ok(true) => STEP_TRUE,
        Ok(false) => STEP_VALUE,
        Err(_) => STEP_THROW,
    }
}

/// Where a property is.
#[derive(Clone, Copy)]
enum Place<'gc> {
    Nowhere,
    Value(Value<'gc>),
    Getter(Value<'gc>),
    /// Of a proxy or a module's namespace, or behind one.
    Unknown,
}

impl<'gc> Vm<'gc> {
    /// Begins a call of a function of the library.
    pub(super) fn call_library(
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

    /// A unary operator of what is no number.
    #[inline(never)]
    pub(crate) fn step_unary(&mut self, op: Op, x: Value<'gc>, dst: u8) -> usize {
        let e = if self.converts_by_script(x) {
            let number = UNARY.iter().position(|o| *o == op).expect("it is one of these");
            self.call_library(Intrinsic::UnaryObject, &[Value::int(number as i32), x], 0, dst)
        } else {
            let r = match op {
                Op::Neg => self.negate(x),
                Op::BitNot => self.bit_not(x),
                Op::Inc => self.increment(x, 1),
                _ => self.increment(x, -1),
            };
            r.map(Entered::Value)
        };
        self.code_of(e)
    }

    /// A comparison of what is not two numbers: its step code says the truth. `flags` and `dst` are those of a script's frame
    /// that must be asked.
    #[inline(never)]
    pub(crate) fn step_compare<const HOW: u8>(
        &mut self,
        x: Value<'gc>,
        y: Value<'gc>,
        flags: u8,
        dst: u8,
    ) -> usize {
        // Fast path: what most comparisons are that are not of numbers.
        if HOW >= EQUAL {
            let known = if x.is_nullish() || y.is_nullish() {
                (!self.has_htmldda).then(|| x.is_nullish() && y.is_nullish())
            } else {
                (x.is_string() && y.is_string()).then(|| self.strict_equals(x, y))
            };
            if let Some(same) = known {
                return if same == (HOW == EQUAL) { STEP_TRUE } else { STEP_VALUE };
            }
        } else if let (Some(a), Some(b)) = (x.as_string(), y.as_string())
            && let (Ok(a), Ok(b)) = (a.units(self.mc), b.units(self.mc))
        {
            let order = a.compare(b);
            let truth = match HOW {
                LESS => order.is_lt(),
                LESS_OR_EQUAL => order.is_le(),
                GREATER => order.is_gt(),
                _ => order.is_ge(),
            };
            return if truth { STEP_TRUE } else { STEP_VALUE };
        }
        self.compare_slow::<HOW>(x, y, flags, dst)
    }

    #[inline(never)]
    fn compare_slow<const HOW: u8>(&mut self, x: Value<'gc>, y: Value<'gc>, flags: u8, dst: u8) -> usize {
        if (x.is_object() || y.is_object()) && self.compares_by_script(HOW, x, y) {
            let hint = if HOW >= EQUAL { self.names().default } else { self.names().number };
            let args = [Value::int(HOW.into()), x, y, self.first_conversion(x, hint.to_value())];
            let e = self.call_library(Intrinsic::CompareObjects, &args, flags, dst);
            return self.code_of(e);
        }
        let truth = match HOW {
            LESS => self.less(x, y),
            LESS_OR_EQUAL => self.less_or_equal(x, y),
            GREATER => self.greater(x, y),
            GREATER_OR_EQUAL => self.greater_or_equal(x, y),
            EQUAL => self.loose_equals(x, y),
            _ => self.loose_equals(x, y).map(|same| !same),
        };
        truth_code(truth)
    }

    #[inline(never)]
    fn compares_by_script(&self, how: u8, x: Value<'gc>, y: Value<'gc>) -> bool {
        if how >= EQUAL && (x.is_object() == y.is_object() || x.is_nullish() || y.is_nullish()) {
            return false;
        }
        self.converts_by_script(x) || self.converts_by_script(y)
    }

    /// `instanceof`; its step code says the truth.
    #[inline(never)]
    pub(crate) fn step_instance_of(&mut self, v: Value<'gc>, target: Value<'gc>, dst: u8) -> usize {
        match self.instance_handler(target) {
            Ok(None) => truth_code(self.ordinary_has_instance(target, v)),
            Ok(Some(handler)) => {
                let e = self.call_library(Intrinsic::HasInstance, &[handler, target, v], 0, dst);
                self.code_of(e)
            }
            Err(_) => STEP_THROW,
        }
    }

    /// IteratorClose: of a normal completion, or of a throw, after which nothing counts that happens.
    #[inline(never)]
    pub(crate) fn step_iter_close(&mut self, iterator: Value<'gc>, quietly: bool) -> usize {
        let key = self.names().return_;
        let e = match self.get_method(iterator, key) {
            Ok(method) if method.is_undefined() => return STEP_VALUE,
            // Of a generator: what it gives is an object.
            Ok(method) if !quietly && Vm::resumes_by_return(method) => {
                self.enter_at_top_as(method, iterator, &[], Value::undefined(), DISCARD, 0)
            }
            Ok(method) => {
                let args = [method, iterator, Value::bool(quietly)];
                self.call_library(Intrinsic::CloseIterator, &args, DISCARD, 0)
            }
            Err(_) if quietly && !self.is_terminating() => {
                let _ = self.take_thrown();
                return STEP_VALUE;
            }
            Err(t) => Err(t),
        };
        self.code_of(e)
    }

    /// Whether this is the `return` of generators.
    fn resumes_by_return(method: Value<'gc>) -> bool {
        method.as_object().is_some_and(|m| match m.data() {
            ObjectData::Native(n) => matches!(n.code, NativeCode::Special(Special::Return)),
            _ => false,
        })
    }

    /// ToPropertyKey
    #[inline(never)]
    pub(crate) fn step_to_key(&mut self, v: Value<'gc>, dst: u8) -> usize {
        let e = if self.converts_by_script(v) {
            self.call_library(Intrinsic::ObjectToKey, &[v], 0, dst)
        } else {
            self.to_key_value(v).map(Entered::Value)
        };
        self.code_of(e)
    }

    /// `o.#k`
    #[inline(never)]
    pub(crate) fn step_get_private(&mut self, o: Value<'gc>, k: Value<'gc>, dst: u8) -> usize {
        let e = match self.find_private(o, k) {
            Ok(Got::Value(v)) => Ok(Entered::Value(v)),
            Ok(Got::Getter(f)) => self.enter_at_top(f, o, &[], dst),
            Err(t) => Err(t),
        };
        self.code_of(e)
    }

    /// `o.#k = v`
    #[inline(never)]
    pub(crate) fn step_set_private(&mut self, o: Value<'gc>, k: Value<'gc>, v: Value<'gc>) -> usize {
        let put = self.put_private(o, k, v);
        self.put_code(put, o, v)
    }

    /// `super[k]`
    #[inline(never)]
    pub(crate) fn step_get_super(
        &mut self,
        f: Value<'gc>,
        k: Value<'gc>,
        this: Value<'gc>,
        dst: u8,
    ) -> usize {
        let e = match self.super_place(f, k) {
            Ok((proto, key)) => self.get_or_enter(proto, key, this, dst),
            Err(t) => Err(t),
        };
        self.code_of(e)
    }

    /// `super[k] = v`
    #[inline(never)]
    pub(crate) fn step_set_super(
        &mut self,
        f: Value<'gc>,
        k: Value<'gc>,
        v: Value<'gc>,
        this: Value<'gc>,
        strict: bool,
    ) -> usize {
        let put = match self.super_place(f, k) {
            Ok((proto, key)) => self.put(proto, key, v, this, strict),
            Err(t) => Err(t),
        };
        self.put_code(put, this, v)
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
    pub(crate) fn converts_by_script(&self, v: Value<'gc>) -> bool {
        let Some(o) = v.as_object() else { return false };
        let names = self.names();
        let is_closure = |place: Place<'gc>| match place {
            Place::Value(f) | Place::Getter(f) => {
                f.as_object().is_some_and(|f| matches!(f.data(), ObjectData::Closure(_)))
            }
            Place::Nowhere | Place::Unknown => false,
        };
        match self.place(o, self.well_known(WellKnown::ToPrimitive)) {
            // Nobody asks for the other two.
            Place::Value(f) if !f.is_nullish() => is_closure(Place::Value(f)),
            Place::Unknown => false,
            Place::Getter(f) if is_closure(Place::Getter(f)) => true,
            _ => [names.value_of, names.to_string].into_iter().any(|key| is_closure(self.place(o, key))),
        }
    }

    /// What ToPrimitive of an object calls first, if that is a plain `valueOf` or, with the hint `string`, `toString`;
    /// undefined if one must look.
    pub(crate) fn first_conversion(&self, v: Value<'gc>, hint: Value<'gc>) -> Value<'gc> {
        let Some(o) = v.as_object() else { return Value::undefined() };
        let names = self.names();
        let key = if hint == names.string.to_value() { names.to_string } else { names.value_of };
        match (self.place(o, self.well_known(WellKnown::ToPrimitive)), self.place(o, key)) {
            (Place::Nowhere, Place::Value(f)) if self.is_callable(f) => f,
            _ => Value::undefined(),
        }
    }

    /// Whether a property of an object or its prototypes is a closure or behind one, as far as one can tell.
    pub(crate) fn may_be_script(&self, o: Object<'gc>, key: PropertyKey<'gc>) -> bool {
        let is_closure = |f: Object<'gc>| !matches!(f.data(), ObjectData::Native(_));
        match self.place(o, key) {
            Place::Value(f) | Place::Getter(f) => f.as_object().is_some_and(is_closure),
            Place::Unknown => true,
            Place::Nowhere => false,
        }
    }

    /// Whether a property of an object or its prototypes is a function of the engine.
    pub(crate) fn is_native_method(&self, o: Object<'gc>, key: PropertyKey<'gc>) -> bool {
        match self.place(o, key) {
            Place::Value(f) => f.as_object().is_some_and(|f| matches!(f.data(), ObjectData::Native(_))),
            _ => false,
        }
    }

    /// Where a property of an object or its prototypes is, as far as their shapes say.
    fn place(&self, o: Object<'gc>, key: PropertyKey<'gc>) -> Place<'gc> {
        let mut holder = Some(o);
        while let Some(h) = holder {
            if h.is_class(Class::Proxy) || h.is_class(Class::Namespace) {
                return Place::Unknown;
            }
            if let Some(place) = Shape::lookup(h.shape(), self.mc, key) {
                let v = h.slot(place.slot);
                if place.attrs & ACCESSOR == 0 {
                    return Place::Value(v);
                }
                let accessor = v.as_cell().and_then(|c| c.downcast::<Accessor<'gc>>());
                return accessor.map_or(Place::Unknown, |a| Place::Getter(a.get));
            }
            holder = h.proto();
        }
        Place::Nowhere
    }

    /// `o[k]` beyond what the loop does itself.
    #[inline(never)]
    pub(crate) fn step_get_elem(&mut self, o: Value<'gc>, k: Value<'gc>, dst: u8) -> usize {
        let e = match o.as_object() {
            Some(object) if k.is_string() || k.is_symbol() => match self.to_key(k) {
                Ok(key) => self.get_or_enter(object, key, o, dst),
                Err(t) => Err(t),
            },
            Some(object) if object.is_class(Class::Proxy) && k.is_number() => match self.to_key(k) {
                Ok(key) => self.enter_proxy_get(object, key, o, dst),
                Err(t) => Err(t),
            },
            _ if k.is_object() && !o.is_nullish() && self.converts_by_script(k) => {
                self.call_library(Intrinsic::ElementByObject, &[o, k], 0, dst)
            }
            _ => self.get_elem(o, k).map(Entered::Value),
        };
        self.code_of(e)
    }

    /// [[Get]], whose getter is called in this loop.
    fn get_or_enter(
        &mut self,
        o: Object<'gc>,
        key: PropertyKey<'gc>,
        receiver: Value<'gc>,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        match self.get_handing_over(o, key, receiver)? {
            Handover::Done(v) => Ok(Entered::Value(v)),
            Handover::Call { f, this, args: (args, n) } => self.enter_at_top(f, this, &args[..n], dst),
        }
    }

    /// [[Get]], up to the call of a getter or of a proxy's trap.
    pub(crate) fn get_handing_over(
        &mut self,
        o: Object<'gc>,
        key: PropertyKey<'gc>,
        receiver: Value<'gc>,
    ) -> JsResult<Handover<'gc>> {
        let mut holder = o;
        loop {
            if holder.has(EXOTIC) {
                if o.is_class(Class::Proxy) {
                    return self.proxy_get(o, key, receiver);
                }
                return holder.get(self, key, receiver).map(Handover::Done);
            }
            if let Some(p) = holder.get_own_ordinary(self, key)? {
                return Ok(match p.accessor().map(Got::of) {
                    None => Handover::Done(p.value),
                    Some(Got::Getter(f)) => Handover::call(f, receiver, &[]),
                    Some(Got::Value(v)) => Handover::Done(v),
                });
            }
            match holder.proto() {
                Some(p) => holder = p,
                None => return Ok(Handover::Done(Value::undefined())),
            }
        }
    }

    /// [[Get]] of a proxy, up to the call of its trap.
    fn proxy_get(
        &mut self,
        o: Object<'gc>,
        key: PropertyKey<'gc>,
        receiver: Value<'gc>,
    ) -> JsResult<Handover<'gc>> {
        let get = self.names().get;
        let t = proxy::trapped(self, o, get)?;
        if t.trap.is_undefined() {
            self.check_native_stack()?;
            return self.get_handing_over(t.target, key, receiver);
        }
        let args = [t.trap, t.handler, Value::object(t.target), key_value(self, key)?, receiver];
        let library = Value::object(self.intrinsic(Intrinsic::ProxyGet)?);
        Ok(Handover::call(library, Value::undefined(), &args))
    }

    /// [[Get]] of a proxy.
    pub(crate) fn enter_proxy_get(
        &mut self,
        o: Object<'gc>,
        key: PropertyKey<'gc>,
        receiver: Value<'gc>,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        self.get_or_enter(o, key, receiver, dst)
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
            _ => {
                let put = self.set_elem(o, k, v, strict);
                return self.put_code(put, o, v);
            }
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
