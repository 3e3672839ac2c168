//! RegExp objects (22.2).

use crate::value::Value;
use crate::vm::{JsResult, Vm};

/// RegExpCreate.
pub(crate) fn create<'gc>(vm: &mut Vm<'gc>, _: Value<'gc>, _: Value<'gc>) -> JsResult<Value<'gc>> {
    Err(vm.syntax_error("regular expressions are not supported yet"))
}
