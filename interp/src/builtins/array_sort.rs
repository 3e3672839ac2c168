//! SortCompare without a comparison function (23.1.3.30.2), for lists of strings and numbers: their order can be found at
//! once, since making strings of them runs no script.
#![forbid(unsafe_code)]

use crate::object::Object;
use crate::value::string::{Str, Units};
use crate::value::{Kind, Value};
use crate::vm::{JsResult, Vm};

/// Sorts a list of the library by the strings of its values, if they are all strings or numbers; false if not.
pub(crate) fn sort_primitives<'gc>(vm: &mut Vm<'gc>, list: Object<'gc>) -> JsResult<bool> {
    let n = list.array_length() as usize;
    let mut keyed: Vec<(Str<'gc>, Value<'gc>)> = Vec::new();
    let bytes = n * size_of::<(Str<'gc>, Value<'gc>)>();
    let _charge = vm.mc.external(bytes)?;
    keyed.reserve_exact(n);
    for i in 0..n as u32 {
        let v = list.element(i).unwrap_or(Value::undefined());
        match v.kind() {
            Kind::String(s) => keyed.push((s.flat(vm.mc)?, v)),
            Kind::Int(_) | Kind::Double(_) => keyed.push((vm.to_string(v)?, v)),
            _ => return Ok(false),
        }
        vm.charge(1)?;
    }
    vm.charge(n * (usize::BITS - n.leading_zeros()) as usize / 4)?;
    let units = |s: &Str<'gc>| -> Units<'gc> { s.flat_units() };
    keyed.sort_by(|a, b| units(&a.0).compare(units(&b.0)));
    for (i, (_, v)) in keyed.into_iter().enumerate() {
        list.set_element(vm.mc, i as u32, v);
    }
    Ok(true)
}
