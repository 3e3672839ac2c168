//! Object objects (20.1).

use super::{Row, methods};
use crate::object::descriptor::Descriptor;
use crate::object::shape::ACCESSOR;
use crate::object::{FROZEN, Object};
use crate::value::Value;
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const PROTOTYPE: &[Row] = &[("hasOwnProperty", 1, has_own_property)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let proto = vm.intrinsic(Intrinsic::ObjectPrototype)?;
    super::constructor(vm, Intrinsic::Object, "Object", 1, object, proto)?;
    methods(vm, proto, PROTOTYPE)
}

/// 20.1.1.1 Object ( [ value ] )
fn object<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if let Some(t) = args.new_target().as_object() {
        if !t.is(args.callee()) {
            return vm.create_from_constructor(t, Intrinsic::ObjectPrototype, 4).map(Value::object);
        }
    }
    let v = args.get(0);
    if v.is_nullish() {
        return vm.new_object(4).map(Value::object);
    }
    vm.to_object(v).map(Value::object)
}

/// 20.1.3.2 Object.prototype.hasOwnProperty ( V )
fn has_own_property<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let key = vm.to_key(args.get(0))?;
    let o = vm.to_object(args.this())?;
    Ok(Value::bool(o.get_own(vm, key)?.is_some()))
}

/// 7.3.14 SetIntegrityLevel ( O, level ); false if it was refused.
pub(crate) fn set_integrity<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, frozen: bool) -> JsResult<bool> {
    if !o.prevent_extensions(vm)? {
        return Ok(false);
    }
    for key in o.own_keys(vm)? {
        let mut desc = Descriptor { configurable: Some(false), ..Descriptor::default() };
        if frozen {
            let Some(p) = o.get_own(vm, key)? else { continue };
            if p.attrs & ACCESSOR == 0 {
                desc.writable = Some(false);
            }
        }
        if !o.define(vm, key, &desc)? {
            let text = format!("cannot redefine property {}", vm.show_key(key));
            return Err(vm.type_error(&text));
        }
    }
    Ok(true)
}

/// 7.3.15 TestIntegrityLevel ( O, level )
pub(crate) fn test_integrity<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, frozen: bool) -> JsResult<bool> {
    if o.is_extensible(vm)? {
        return Ok(false);
    }
    for key in o.own_keys(vm)? {
        if let Some(p) = o.get_own(vm, key)? {
            let d = p.descriptor();
            if d.configurable == Some(true) || frozen && d.writable == Some(true) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

const _: u32 = FROZEN;
