//! The host object of the conformance suite (`$262`): what needs the engine's inside. Agents are the
//! host's own, since the engine starts no thread.
#![forbid(unsafe_code)]

use super::{Row, getters, methods, new_native, new_realm};
use crate::object::Object;
use crate::object::function::NativeCode;
use crate::object::shape::HIDDEN;
use crate::value::{PropertyKey, Value};
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const METHODS: &[Row] = &[
    ("createRealm", 0, create_realm),
    ("evalScript", 1, eval_script),
    ("detachArrayBuffer", 1, detach_array_buffer),
];

/// The object of the current realm.
pub(crate) fn make<'gc>(vm: &mut Vm<'gc>) -> JsResult<Object<'gc>> {
    let o = vm.new_object(4)?;
    methods(vm, o, METHODS)?;
    getters(vm, o, &[("AbstractModuleSource", abstract_module_source), ("IsHTMLDDA", is_html_dda)])?;
    let (key, global) = (vm.names().global, vm.realm().global());
    o.define_own(vm, key, Value::object(global), HIDDEN)?;
    // A collection needs the mutation left, as functions of the host do that call back.
    let gc = crate::host::reentrant_function(vm, "gc", 0, vm.st.test262_gc as u32)?;
    let key = vm.key("gc")?;
    o.define_own(vm, key, Value::object(gc), HIDDEN)?;
    Ok(o)
}

fn create_realm<'gc>(vm: &mut Vm<'gc>, _: Args<'gc>) -> JsResult<Value<'gc>> {
    let realm = new_realm(vm)?;
    let old = vm.st.native_realm.replace(realm);
    let o = make(vm);
    vm.st.native_realm = old;
    o.map(Value::object)
}

/// Runs a text as a script of the function's realm.
fn eval_script<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let text = vm.to_string(args.get(0))?.to_utf8();
    vm.charge(text.len())?;
    let script = match crate::Script::compile("<evalScript>", &text) {
        Ok(s) => s,
        Err(e) => return Err(super::global::syntax_error(vm, &e)),
    };
    let rt = vm.make_code(script.code)?;
    let global = Value::object(vm.realm().global());
    vm.run_program(rt, Value::undefined(), global, Value::undefined(), None)
}

fn detach_array_buffer<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    match args.get(0).as_object().and_then(crate::object::buffer::buffer_data) {
        Some(b) if !b.is_shared() && !b.immutable.get() => {
            crate::object::buffer::BufferData::detach(b, vm);
            Ok(Value::null())
        }
        _ => Err(vm.type_error("only an ArrayBuffer can be detached")),
    }
}

fn abstract_module_source<'gc>(vm: &mut Vm<'gc>, _: Args<'gc>) -> JsResult<Value<'gc>> {
    vm.intrinsic(Intrinsic::AbstractModuleSource).map(Value::object)
}

fn is_html_dda<'gc>(vm: &mut Vm<'gc>, _: Args<'gc>) -> JsResult<Value<'gc>> {
    let name: PropertyKey<'gc> = vm.names().empty;
    let f = new_native(vm, NativeCode::Leaf(|_, _| Ok(Value::null())), 0, name, "", &[], false)?;
    vm.emulate_undefined(f);
    Ok(Value::object(f))
}
