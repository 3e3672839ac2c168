//! Symbol objects (20.4).
#![forbid(unsafe_code)]

use super::{Row, getters, methods};
use crate::object::Class;
use crate::object::data::ObjectData;
use crate::object::function::NativeCode;
use crate::object::shape::CONFIGURABLE;
use crate::value::Value;
use crate::value::symbol::{Symbol, SymbolSort, WellKnown};
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const STATIC: &[Row] = &[("for", 1, for_), ("keyFor", 1, key_for)];

const PROTOTYPE: &[Row] = &[("toString", 0, to_string), ("valueOf", 0, value_of)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let proto = super::prototype(
        vm,
        Intrinsic::SymbolPrototype,
        Intrinsic::ObjectPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    let c = super::constructor(vm, Intrinsic::Symbol, "Symbol", 0, symbol, proto)?;
    methods(vm, c, STATIC)?;
    for &(which, name) in WellKnown::ALL {
        let key = vm.key(name)?;
        let v = vm.well_known(which).to_value();
        c.define_own(vm, key, v, 0)?;
    }
    methods(vm, proto, PROTOTYPE)?;
    getters(vm, proto, &[("description", description)])?;
    let key = vm.well_known(WellKnown::ToPrimitive);
    let f = super::new_native(vm, NativeCode::Leaf(to_primitive), 1, key, "", &[], false)?;
    proto.define_own(vm, key, Value::object(f), CONFIGURABLE)?;
    super::tag(vm, proto, "Symbol")
}

/// 20.4.1.1 Symbol ( [ description ] )
fn symbol<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if !args.new_target().is_undefined() {
        return Err(vm.type_error("Symbol is not a constructor"));
    }
    let description = match args.get(0) {
        v if v.is_undefined() => None,
        v => Some(vm.to_string(v)?),
    };
    Ok(Value::symbol(vm.symbol(description, SymbolSort::Unique)))
}

/// 20.4.2.2 Symbol.for ( key )
fn for_<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let key = vm.to_string(args.get(0))?;
    let key = vm.st.interner.intern_str(vm.mc, key)?;
    vm.charge(vm.st.registry.len() / 16)?;
    for &(s, symbol) in &vm.st.registry {
        if s.gc().ptr_eq(key.gc()) {
            return Ok(Value::symbol(symbol));
        }
    }
    vm.mc.try_charge(16)?;
    let symbol = vm.symbol(Some(key), SymbolSort::Registered);
    vm.st.registry.push((key, symbol));
    Ok(Value::symbol(symbol))
}

/// 20.4.2.6 Symbol.keyFor ( sym )
fn key_for<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(s) = args.get(0).as_symbol() else {
        let text = format!("{} is not a symbol", vm.show(args.get(0)));
        return Err(vm.type_error(&text));
    };
    Ok(match s.description {
        Some(d) if s.sort == SymbolSort::Registered => Value::string(d),
        _ => Value::undefined(),
    })
}

/// 20.4.3.4.1 ThisSymbolValue ( value )
fn this_symbol<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, name: &str) -> JsResult<Symbol<'gc>> {
    let this = args.this();
    if let Some(s) = this.as_symbol() {
        return Ok(s);
    }
    if let Some(ObjectData::Primitive(v)) =
        this.as_object().filter(|o| o.is_class(Class::Symbol)).map(|o| o.data())
        && let Some(s) = v.as_symbol()
    {
        return Ok(s);
    }
    super::wrong_receiver(vm, name, this)
}

/// 20.4.3.2 get Symbol.prototype.description
fn description<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_symbol(vm, args, "Symbol.prototype.description")?;
    Ok(s.description.map_or(Value::undefined(), Value::string))
}

/// 20.4.3.3.1 SymbolDescriptiveString ( sym )
pub(crate) fn descriptive<'gc>(vm: &mut Vm<'gc>, s: Symbol<'gc>) -> JsResult<Value<'gc>> {
    let mut out = super::string::Builder::new();
    out.push_str(vm, "Symbol(")?;
    if let Some(d) = s.description {
        out.push(vm, d)?;
    }
    out.push_str(vm, ")")?;
    Ok(Value::string(out.finish(vm)?))
}

/// 20.4.3.3 Symbol.prototype.toString ( )
fn to_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_symbol(vm, args, "Symbol.prototype.toString")?;
    descriptive(vm, s)
}

/// 20.4.3.4 Symbol.prototype.valueOf ( )
fn value_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    this_symbol(vm, args, "Symbol.prototype.valueOf").map(Value::symbol)
}

/// 20.4.3.5 Symbol.prototype [ %Symbol.toPrimitive% ] ( hint )
fn to_primitive<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    this_symbol(vm, args, "Symbol.prototype[Symbol.toPrimitive]").map(Value::symbol)
}
