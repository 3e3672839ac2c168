//! The names the engine itself uses, interned once an engine.

use gc::Trace;

use super::{JsResult, Vm};
use crate::value::PropertyKey;

macro_rules! names {
    ($($field:ident $text:literal;)*) => {
        /// Common property names.
        #[derive(Debug, Trace)]
        #[allow(missing_docs)]
        pub struct Names<'gc> { $(pub $field: PropertyKey<'gc>),* }

        impl<'gc> Names<'gc> {
            /// Interns them.
            ///
            /// # Errors
            /// If memory is full.
            pub fn new(vm: &mut Vm<'gc>) -> JsResult<Names<'gc>> {
                Ok(Names { $($field: PropertyKey::Name(vm.intern($text)?)),* })
            }
        }
    };
}

names! {
    length "length"; prototype "prototype"; constructor "constructor"; name "name"; message "message";
    stack "stack"; cause "cause"; errors "errors"; value "value"; done "done"; next "next"; return_ "return";
    throw "throw"; get "get"; set "set"; writable "writable"; enumerable "enumerable";
    configurable "configurable"; to_string "toString"; value_of "valueOf"; to_json "toJSON";
    callee "callee"; index "index"; input "input"; groups "groups"; indices "indices";
    last_index "lastIndex"; source "source"; flags "flags"; exec "exec"; raw "raw"; join "join";
    proxy "proxy"; revoke "revoke"; then "then"; resolve "resolve"; global "global"; unicode "unicode";
    has "has"; add "add"; keys "keys"; size "size"; default "default"; undefined "undefined"; empty "";
    string "string"; number "number"; boolean "boolean"; symbol "symbol"; object "object";
    function "function"; bigint "bigint"; null "null"; true_ "true"; false_ "false"; eval "eval";
    own_keys "ownKeys"; get_prototype_of "getPrototypeOf"; set_prototype_of "setPrototypeOf";
    is_extensible "isExtensible"; prevent_extensions "preventExtensions";
    get_own_property_descriptor "getOwnPropertyDescriptor"; define_property "defineProperty";
    delete_property "deleteProperty"; apply "apply"; construct "construct"; proto "__proto__";
    arguments "arguments"; status "status"; reason "reason"; promise "promise"; reject "reject";
    error "error"; suppressed "suppressed";
}
