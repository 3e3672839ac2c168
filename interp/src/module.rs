//! Modules (16.2): records, linking, evaluation. The parts the bytecode asks for.

use crate::value::Value;
use crate::vm::{JsResult, Vm};

/// `import(…)`
pub(crate) fn import_call<'gc>(vm: &mut Vm<'gc>, _: Value<'gc>, _: Value<'gc>) -> JsResult<Value<'gc>> {
    Err(vm.syntax_error("dynamic import is not supported yet"))
}

/// `import.meta`
pub(crate) fn import_meta<'gc>(vm: &mut Vm<'gc>) -> JsResult<Value<'gc>> {
    Err(vm.syntax_error("import.meta is not supported yet"))
}

/// An imported binding.
pub(crate) fn get_import<'gc>(vm: &mut Vm<'gc>, _: u32) -> JsResult<Value<'gc>> {
    Err(vm.syntax_error("imports are not supported yet"))
}
