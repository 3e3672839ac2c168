//! ShadowRealm objects (stage 2.7): a realm of their own, to which only primitive values and wrapped functions go.
#![forbid(unsafe_code)]

use gc::Gc;

use super::{Row, construct_with, constructor, methods, native_slots, new_native, new_realm, prototype, tag};
use crate::engine::{SourceBudget, describe, eval_code};
use crate::object::data::ObjectData;
use crate::object::function::NativeCode;
use crate::object::shape::CONFIGURABLE;
use crate::object::{Class, Object};
use crate::syntax::EvalContext;
use crate::syntax::ast::ImportPhase;
use crate::value::Value;
use crate::vm::job::{Capability, Reaction};
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Throw, Vm};

type RealmGc<'gc> = Gc<'gc, Realm<'gc>>;

const PROTOTYPE: &[Row] = &[("evaluate", 1, evaluate), ("importValue", 2, import_value)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let which = Intrinsic::ShadowRealmPrototype;
    let p = prototype(vm, which, Intrinsic::ObjectPrototype, Class::Object, ObjectData::None)?;
    constructor(vm, Intrinsic::ShadowRealm, "ShadowRealm", 0, construct, p)?;
    methods(vm, p, PROTOTYPE)?;
    tag(vm, p, "ShadowRealm")
}

/// ShadowRealm ( )
fn construct<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if args.new_target().is_undefined() {
        return Err(vm.type_error("constructor ShadowRealm requires 'new'"));
    }
    let realm = new_realm(vm)?;
    let data = ObjectData::Any(realm.erase());
    construct_with(vm, args, Intrinsic::ShadowRealmPrototype, Class::ShadowRealm, 0, data).map(Value::object)
}

/// ValidateShadowRealmObject ( O )
fn this<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, what: &str) -> JsResult<RealmGc<'gc>> {
    let o = args.this().as_object().filter(|o| o.is_class(Class::ShadowRealm));
    match o.map(|o| o.data()) {
        Some(ObjectData::Any(realm)) => Ok(realm.downcast().expect("it keeps a realm")),
        _ => super::wrong_receiver(vm, what, args.this()),
    }
}

/// Does something as a built-in of a realm.
fn within<'gc, T>(
    vm: &mut Vm<'gc>,
    realm: RealmGc<'gc>,
    f: impl FnOnce(&mut Vm<'gc>) -> JsResult<T>,
) -> JsResult<T> {
    let running = vm.st.native_realm.replace(realm);
    let result = f(vm);
    vm.st.native_realm = running;
    result
}

/// What was thrown on the other side comes over as a TypeError of the running realm, with its text.
fn other_side<'gc>(vm: &mut Vm<'gc>, t: Throw) -> Throw {
    if vm.is_terminating() {
        return t;
    }
    let thrown = vm.take_thrown();
    let text = format!("on the other side of a ShadowRealm: {}", describe(vm, thrown).message());
    vm.type_error(&text)
}

/// ShadowRealm.prototype.evaluate ( sourceText ), PerformShadowRealmEval
fn evaluate<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let realm = this(vm, args, "ShadowRealm.prototype.evaluate")?;
    let Some(s) = args.get(0).as_string() else {
        return Err(vm.type_error("ShadowRealm.prototype.evaluate takes a string"));
    };
    let text = s.units(vm.mc)?.to_text();
    vm.charge(text.len())?;
    let budget = SourceBudget::new(vm, text.len())?;
    // That it cannot be parsed is said in the caller's realm.
    let code = match eval_code(text, EvalContext::default(), false, &budget) {
        Ok(code) => code,
        Err(e) => return Err(super::global::syntax_error(vm, &e)),
    };
    let caller = vm.realm();
    let result = within(vm, realm, |vm| {
        let rt = vm.code_of_text(code)?;
        vm.run_program(rt, Value::undefined(), Value::object(realm.global()), Value::undefined(), None)
    });
    match result {
        Ok(v) => wrapped_value(vm, caller, v),
        Err(t) => Err(other_side(vm, t)),
    }
}

/// GetWrappedValue ( callerRealm, value ); what it throws is of the running realm.
fn wrapped_value<'gc>(vm: &mut Vm<'gc>, realm: RealmGc<'gc>, v: Value<'gc>) -> JsResult<Value<'gc>> {
    let Some(target) = v.as_object() else { return Ok(v) };
    if !target.is_callable() {
        return Err(vm.type_error("only primitive values and functions go to another realm"));
    }
    // WrappedFunctionCreate
    let f = within(vm, realm, |vm| {
        let name = vm.names().empty;
        let f = new_native(vm, NativeCode::Leaf(call_wrapped), 0, name, "", &[v], false)?;
        f.make_lazy(vm)?;
        Ok(f)
    })?;
    match copy_name_and_length(vm, f, target) {
        Ok(()) => Ok(Value::object(f)),
        Err(t) => Err(other_side(vm, t)),
    }
}

/// CopyNameAndLength ( F, Target )
fn copy_name_and_length<'gc>(vm: &mut Vm<'gc>, f: Object<'gc>, target: Object<'gc>) -> JsResult<()> {
    let (length_key, name_key) = (vm.names().length, vm.names().name);
    let mut length = 0.0;
    if target.get_own(vm, length_key)?.is_some() {
        let l = target.get(vm, length_key, Value::object(target))?;
        if l.as_number().is_some() {
            length = vm.to_integer(l)?.max(0.0);
        }
    }
    f.define_own(vm, length_key, Value::number(length), CONFIGURABLE)?;
    let name = target.get(vm, name_key, Value::object(target))?;
    let name = if name.as_string().is_some() { name } else { Value::string(vm.intern("")?) };
    f.define_own(vm, name_key, name, CONFIGURABLE)
}

/// OrdinaryWrappedFunctionCall ( F, thisArgument, argumentsList ): the running realm is that of F.
fn call_wrapped<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let target = native_slots(args.callee())[0].get();
    let caller = vm.realm();
    let realm = vm.function_realm(target.as_object().expect("it wraps a function"))?;
    let mut list = Vec::with_capacity(args.len());
    for &v in args.slice() {
        vm.charge(1)?;
        list.push(wrapped_value(vm, realm, v)?);
    }
    let this = wrapped_value(vm, realm, args.this())?;
    match vm.call(target, this, &list) {
        Ok(v) => wrapped_value(vm, caller, v),
        Err(t) => Err(other_side(vm, t)),
    }
}

/// ShadowRealm.prototype.importValue ( specifier, exportName ), ShadowRealmImportValue
fn import_value<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let realm = this(vm, args, "ShadowRealm.prototype.importValue")?;
    let specifier = Value::string(vm.to_string(args.get(0))?);
    if args.get(1).as_string().is_none() {
        return Err(vm.type_error("the name of an export must be a string"));
    }
    let inner = within(vm, realm, |vm| {
        let phase = ImportPhase::Evaluation as u32;
        crate::module::import_call(vm, specifier, Value::undefined(), phase)
    })?;
    let promise = vm.new_promise()?;
    let (resolve, reject) = vm.resolving_functions(promise)?;
    let fulfilled = Value::object(vm.native(exported, 1, &[args.get(1)])?);
    let rejected = Value::object(vm.native(failed, 1, &[])?);
    let capability = Some(Capability { promise: Value::object(promise), resolve, reject });
    let inner = inner.as_object().expect("import() gives a promise");
    vm.perform_then(inner, Reaction::Then { fulfilled, rejected, capability })?;
    Ok(Value::object(promise))
}

/// The export of a namespace, for the realm that asked.
fn exported<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let name = native_slots(args.callee())[0].get();
    let key = vm.to_key(name)?;
    let namespace = args.get(0).as_object().expect("import() gives a namespace");
    if namespace.get_own(vm, key)?.is_none() {
        let text = format!("the module has no export {}", vm.show(name));
        return Err(vm.type_error(&text));
    }
    let v = namespace.get(vm, key, args.get(0))?;
    let realm = vm.realm();
    wrapped_value(vm, realm, v)
}

/// What importing failed with comes over as a TypeError.
fn failed<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let thrown = vm.throw(args.get(0));
    Err(other_side(vm, thrown))
}
