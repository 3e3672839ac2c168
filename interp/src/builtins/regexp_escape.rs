//! `RegExp.escape` (22.2.5.1).
#![forbid(unsafe_code)]

use super::string::Builder;
use crate::value::Value;
use crate::vm::{Args, JsResult, Vm};

/// 22.2.5.1 RegExp.escape ( S )
pub(crate) fn escape<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(s) = args.get(0).as_string() else { return Err(vm.type_error("RegExp.escape wants a string")) };
    let units = s.units(vm.mc)?;
    let mut out = Builder::new();
    let mut i = 0;
    while i < units.len() {
        let (c, n) = units.code_point(i);
        let ascii = u8::try_from(c).ok().filter(u8::is_ascii);
        if i == 0 && ascii.is_some_and(|b| b.is_ascii_alphanumeric()) {
            out.push_str(vm, &format!("\\x{c:02x}"))?;
        } else {
            match ascii {
                Some(b) if b"^$\\.*+?()[]{}|/".contains(&b) => {
                    out.push_str(vm, &format!("\\{}", char::from(b)))?
                }
                Some(b'\t') => out.push_str(vm, "\\t")?,
                Some(b'\n') => out.push_str(vm, "\\n")?,
                Some(0x0b) => out.push_str(vm, "\\v")?,
                Some(0x0c) => out.push_str(vm, "\\f")?,
                Some(b'\r') => out.push_str(vm, "\\r")?,
                Some(b) if b",-=<>#&!%:;@~'`\"".contains(&b) => out.push_str(vm, &format!("\\x{b:02x}"))?,
                _ if crate::value::number::is_space(c) || (0xd800..0xe000).contains(&c) => {
                    if c <= 0xff {
                        out.push_str(vm, &format!("\\x{c:02x}"))?;
                    } else {
                        out.push_str(vm, &format!("\\u{c:04x}"))?;
                    }
                }
                _ => out.push_units(vm, units.slice(i, i + n))?,
            }
        }
        i += n;
    }
    out.finish(vm).map(Value::string)
}
