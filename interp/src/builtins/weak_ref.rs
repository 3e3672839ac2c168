//! WeakRef objects (26.1), and what jobs keep alive (9.9 to 9.12).

use gc::{Gc, Trace, Weak};

use super::{Row, construct_with, constructor, methods, prototype, tag, wrong_receiver};
use crate::object::data::ObjectData;
use crate::object::{Class, Object, ObjectCell};
use crate::value::symbol::SymbolCell;
use crate::value::{Kind, Value};
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const PROTOTYPE: &[Row] = &[("deref", 0, deref)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let which = Intrinsic::WeakRefPrototype;
    let p = prototype(vm, which, Intrinsic::ObjectPrototype, Class::Object, ObjectData::None)?;
    constructor(vm, Intrinsic::WeakRef, "WeakRef", 1, weak_ref, p)?;
    methods(vm, p, PROTOTYPE)?;
    tag(vm, p, "WeakRef")
}

/// A value with an identity, held weakly.
#[derive(Clone, Debug, Trace)]
pub enum WeakTarget<'gc> {
    /// An object.
    Object(Weak<'gc, ObjectCell<'gc>>),
    /// A symbol.
    Symbol(Weak<'gc, SymbolCell<'gc>>),
}

impl<'gc> WeakTarget<'gc> {
    /// `None` for values that have no identity of their own (CanBeHeldWeakly).
    pub fn new(v: Value<'gc>) -> Option<WeakTarget<'gc>> {
        super::weak_map::weak_key(v)?;
        match v.kind() {
            Kind::Object(o) => Some(WeakTarget::Object(Weak::new(o.gc()))),
            Kind::Symbol(s) => Some(WeakTarget::Symbol(Weak::new(s))),
            _ => None,
        }
    }

    /// The value, if it is still there.
    pub fn get(&self, vm: &Vm<'gc>) -> Option<Value<'gc>> {
        match self {
            WeakTarget::Object(o) => o.get(vm.mc).map(|o| Value::object(Object::from_gc(o))),
            WeakTarget::Symbol(s) => s.get(vm.mc).map(Value::symbol),
        }
    }

    /// Whether it is gone.
    pub fn is_gone(&self) -> bool {
        match self {
            WeakTarget::Object(o) => o.is_cleared(),
            WeakTarget::Symbol(s) => s.is_cleared(),
        }
    }
}

#[derive(Debug, Trace)]
struct WeakRefData<'gc> {
    target: WeakTarget<'gc>,
}

/// 26.1.1.1 WeakRef ( target )
fn weak_ref<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if args.new_target().is_undefined() {
        return Err(vm.type_error("constructor WeakRef requires 'new'"));
    }
    let Some(target) = WeakTarget::new(args.get(0)) else {
        let text = format!("{} cannot be held weakly", vm.show(args.get(0)));
        return Err(vm.type_error(&text));
    };
    vm.add_to_kept(args.get(0));
    let data = vm.mc.try_alloc(WeakRefData { target })?;
    let data = ObjectData::Any(data.erase());
    construct_with(vm, args, Intrinsic::WeakRefPrototype, Class::WeakRef, 0, data).map(Value::object)
}

/// 26.1.3.2 WeakRef.prototype.deref ( )
fn deref<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let found = args.this().as_object().filter(|o| o.is_class(Class::WeakRef)).and_then(|o| match o.data() {
        ObjectData::Any(c) => c.downcast(),
        _ => None,
    });
    let data: Gc<'gc, WeakRefData<'gc>> = match found {
        Some(d) => d,
        None => return wrong_receiver(vm, "WeakRef.prototype.deref", args.this()),
    };
    match data.target.get(vm) {
        Some(v) => {
            vm.add_to_kept(v);
            Ok(v)
        }
        None => Ok(Value::undefined()),
    }
}

impl<'gc> Vm<'gc> {
    /// AddToKeptObjects: alive until the job ends.
    fn add_to_kept(&mut self, v: Value<'gc>) {
        self.st.kept.insert(v.bits(), v);
    }
}
