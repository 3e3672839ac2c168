//! The HTML methods of String (B.2.2).
#![forbid(unsafe_code)]

use super::string::*;
use crate::value::Value;
use crate::vm::{Args, JsResult, Vm};

/// B.2.2.2.1 CreateHTML ( string, tag, attribute, value )
pub(crate) fn html<'gc>(
    vm: &mut Vm<'gc>,
    args: Args<'gc>,
    name: &str,
    tag: &str,
    attribute: &str,
) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, name)?;
    let mut out = Builder::new();
    out.push_str(vm, &format!("<{tag}"))?;
    if !attribute.is_empty() {
        let v = vm.to_string(args.get(0))?;
        out.push_str(vm, &format!(" {attribute}=\""))?;
        let units = v.units(vm.mc)?;
        let mut from = 0;
        for i in 0..units.len() {
            if units.at(i) == u16::from(b'"') {
                out.push_units(vm, units.slice(from, i))?;
                out.push_str(vm, "&quot;")?;
                from = i + 1;
            }
        }
        out.push_units(vm, units.slice(from, units.len()))?;
        out.push_str(vm, "\"")?;
    }
    out.push_str(vm, ">")?;
    out.push(vm, s)?;
    out.push_str(vm, &format!("</{tag}>"))?;
    Ok(Value::string(out.finish(vm)?))
}

macro_rules! html {
    ($($(#[$doc:meta])* $name:ident $tag:literal $attribute:literal;)*) => {
        $($(#[$doc])*
        pub(crate) fn $name<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
            html(vm, args, stringify!($name), $tag, $attribute)
        })*
    };
}

html! {
    /// B.2.2.2 String.prototype.anchor ( name )
    anchor "a" "name";
    /// B.2.2.3 String.prototype.big ( )
    big "big" "";
    /// B.2.2.4 String.prototype.blink ( )
    blink "blink" "";
    /// B.2.2.5 String.prototype.bold ( )
    bold "b" "";
    /// B.2.2.6 String.prototype.fixed ( )
    fixed "tt" "";
    /// B.2.2.7 String.prototype.fontcolor ( colour )
    fontcolor "font" "color";
    /// B.2.2.8 String.prototype.fontsize ( size )
    fontsize "font" "size";
    /// B.2.2.9 String.prototype.italics ( )
    italics "i" "";
    /// B.2.2.10 String.prototype.link ( url )
    link "a" "href";
    /// B.2.2.11 String.prototype.small ( )
    small "small" "";
    /// B.2.2.12 String.prototype.strike ( )
    strike "strike" "";
    /// B.2.2.13 String.prototype.sub ( )
    sub "sub" "";
    /// B.2.2.14 String.prototype.sup ( )
    sup "sup" "";
}
