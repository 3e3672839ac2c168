//! The border to the host: owned values, host functions. `call` has those that call back.
#![forbid(unsafe_code)]

mod call;
mod shared;

pub use call::{Held, HostCall, Slot};
pub(crate) use call::{HostEntry, ReentrantFunction, reentrant_function};
pub use shared::SharedBuffer;
pub(crate) use shared::{instant, park};

use crate::object::buffer::buffer_data;
use crate::object::data::ObjectData;
use crate::object::{Class, Object};
use crate::value::{Kind, Value};
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

/// A value that belongs to no engine: what crosses the border, and threads (a structured clone).
#[derive(Clone, Debug, Default, PartialEq)]
pub enum HostValue {
    /// `undefined`
    #[default]
    Undefined,
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string; unpaired surrogates become U+FFFD.
    String(String),
    /// An array.
    Array(Vec<HostValue>),
    /// The own enumerable string-keyed properties of an object, in order.
    Object(Vec<(String, HostValue)>),
    /// The bytes of a SharedArrayBuffer: not a clone, but the same ones.
    SharedBuffer(SharedBuffer),
}

impl From<&str> for HostValue {
    fn from(s: &str) -> HostValue {
        HostValue::String(s.to_string())
    }
}
impl From<String> for HostValue {
    fn from(s: String) -> HostValue {
        HostValue::String(s)
    }
}
impl From<f64> for HostValue {
    fn from(n: f64) -> HostValue {
        HostValue::Number(n)
    }
}
impl From<bool> for HostValue {
    fn from(b: bool) -> HostValue {
        HostValue::Bool(b)
    }
}

/// How a host function fails.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostError {
    /// Throws an error of a kind (`TypeError`, `RangeError`, …; others give `Error`).
    Throw {
        /// The error's constructor.
        kind: &'static str,
        /// Its message.
        message: String,
    },
    /// Ends the script: no `catch` or `finally` of it runs.
    Terminate(u32),
    /// What the script itself threw, or how it was ended, in something a [`HostCall`] was asked for. Returned by the
    /// host's function it goes on as it was; [`HostCall::take_thrown`] gives the value.
    Script,
}

impl std::fmt::Display for HostError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            HostError::Throw { kind, message } => write!(f, "{kind}: {message}"),
            HostError::Terminate(code) => write!(f, "the script was ended by the host ({code})"),
            HostError::Script => f.write_str("the script threw, or was ended"),
        }
    }
}

impl std::error::Error for HostError {}

/// A host function: called with clones of its arguments.
pub type HostFunction = Box<dyn FnMut(&[HostValue]) -> Result<HostValue, HostError>>;

/// The deepest nesting a value may have to cross the border.
const MAX_DEPTH: usize = 200;

/// A clone in the making: the objects it is inside of, and what its parts are charged for until it is whole. A clone can
/// be much larger than what is cloned: holes are written out, and what is reached twice is there twice.
#[derive(Debug, Default)]
pub(crate) struct Cloning<'gc> {
    parents: Vec<Object<'gc>>,
    charges: Vec<gc::ExternalBytes>,
    owed: usize,
}

/// Bytes of a clone that are charged at once.
const CHARGED: usize = 64 << 10;

impl Cloning<'_> {
    /// Charges for bytes that are about to be taken.
    fn charge(&mut self, vm: &mut Vm<'_>, bytes: usize) -> JsResult<()> {
        self.owed += bytes;
        if self.owed >= CHARGED {
            self.charges.push(vm.mc.external(self.owed)?);
            self.owed = 0;
        }
        Ok(())
    }
}

/// A clone of a value for the host.
///
/// # Errors
/// A RangeError if it does not fit under the heap limit; a TypeError for functions, symbols, cycles and values nested too deeply; what getters throw.
pub(crate) fn to_host<'gc>(
    vm: &mut Vm<'gc>,
    v: Value<'gc>,
    cloning: &mut Cloning<'gc>,
) -> JsResult<HostValue> {
    Ok(match v.kind() {
        Kind::Undefined | Kind::Internal => HostValue::Undefined,
        Kind::Null => HostValue::Null,
        Kind::Bool(b) => HostValue::Bool(b),
        Kind::Int(i) => HostValue::Number(f64::from(i)),
        Kind::Double(d) => HostValue::Number(d),
        Kind::String(s) => {
            cloning.charge(vm, s.len() * 3)?;
            HostValue::String(s.to_utf8())
        }
        Kind::BigInt(b) => HostValue::String(b.value.to_string()),
        Kind::Symbol(_) => return Err(vm.type_error("a symbol cannot be cloned")),
        Kind::Object(o) => {
            if o.is_callable() {
                return Err(vm.type_error("a function cannot be cloned"));
            }
            if cloning.parents.iter().any(|p| p.is(o)) {
                return Err(vm.type_error("a cyclic value cannot be cloned"));
            }
            if cloning.parents.len() >= MAX_DEPTH {
                return Err(vm.type_error("the value is nested too deeply to be cloned"));
            }
            if let ObjectData::Primitive(p) = o.data()
                && !o.is_class(Class::Date)
            {
                return to_host(vm, p, cloning);
            }
            if let Some(b) = buffer_data(o)
                && let Some(block) = b.block().filter(|b| b.shared)
            {
                return Ok(HostValue::SharedBuffer(SharedBuffer { block }));
            }
            vm.charge(8)?;
            cloning.parents.push(o);
            let r = if o.is_array() {
                let n = o.array_length();
                let mut list = Vec::new();
                for i in 0..n {
                    let e = o.get(vm, crate::value::PropertyKey::Index(i), v)?;
                    vm.charge(1)?;
                    // The vector grows by doubling.
                    cloning.charge(vm, 2 * size_of::<HostValue>())?;
                    list.push(to_host(vm, e, cloning)?);
                }
                HostValue::Array(list)
            } else {
                let mut list = Vec::new();
                for key in o.own_keys(vm)? {
                    if key.is_symbol() {
                        continue;
                    }
                    let Some(p) = o.get_own(vm, key)? else { continue };
                    if p.attrs & crate::object::shape::ENUMERABLE == 0 {
                        continue;
                    }
                    let e = vm.prop_value(p, v)?;
                    let name = vm.to_string(key.to_value())?;
                    cloning.charge(vm, 2 * size_of::<(String, HostValue)>() + 3 * name.len())?;
                    let name = name.to_utf8();
                    list.push((name, to_host(vm, e, cloning)?));
                }
                HostValue::Object(list)
            };
            cloning.parents.pop();
            r
        }
    })
}

/// A host's value inside the engine.
///
/// # Errors
/// If memory is full, or the value is nested too deeply.
pub(crate) fn from_host<'gc>(vm: &mut Vm<'gc>, v: &HostValue) -> JsResult<Value<'gc>> {
    vm.check_native_stack()?;
    Ok(match v {
        HostValue::Undefined => Value::undefined(),
        HostValue::Null => Value::null(),
        HostValue::Bool(b) => Value::bool(*b),
        HostValue::Number(n) => Value::number(*n),
        HostValue::String(s) => Value::string(vm.str(s)?),
        HostValue::Array(list) => {
            let mut values = Vec::with_capacity(list.len());
            for e in list {
                values.push(from_host(vm, e)?);
            }
            Value::object(vm.array_from(&values)?)
        }
        HostValue::Object(list) => {
            let o = vm.new_object(list.len().min(16) as u32)?;
            for (k, e) in list {
                let key = vm.key(k)?;
                let value = from_host(vm, e)?;
                o.create_data(vm, key, value)?;
            }
            Value::object(o)
        }
        HostValue::SharedBuffer(b) => Value::object(vm.adopt_shared(b.block.clone())?),
    })
}

/// Calls a host function from a script.
pub(crate) fn call_host<'gc>(vm: &mut Vm<'gc>, index: u32, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let mut list = Vec::with_capacity(args.len());
    for &v in args.slice() {
        list.push(to_host(vm, v, &mut Default::default())?);
    }
    let result = (vm.st.hosts[index as usize])(&list);
    match result {
        Ok(v) => from_host(vm, &v),
        Err(e) => Err(throw_host(vm, e)),
    }
}

/// Throws what a host's function failed with.
pub(crate) fn throw_host(vm: &mut Vm<'_>, e: HostError) -> crate::vm::Throw {
    match e {
        HostError::Terminate(code) => vm.terminate(crate::error::Termination::Host(code)),
        // What it threw stands in the machine, unless the host made this up.
        HostError::Script if vm.is_terminating() || !vm.st.thrown.is_hole() => crate::vm::Throw::pending(),
        HostError::Script => vm.error(Intrinsic::ErrorPrototype, "a function of the host failed"),
        HostError::Throw { kind, message } => {
            let which = match kind {
                "TypeError" => Intrinsic::TypeErrorPrototype,
                "RangeError" => Intrinsic::RangeErrorPrototype,
                "ReferenceError" => Intrinsic::ReferenceErrorPrototype,
                "SyntaxError" => Intrinsic::SyntaxErrorPrototype,
                _ => Intrinsic::ErrorPrototype,
            };
            vm.error(which, &message)
        }
    }
}

/// The time in milliseconds since 1970. The host's clock hook replaces what is read here.
pub(crate) fn now(_: &Vm<'_>) -> f64 {
    match std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
        Ok(d) => d.as_millis() as f64,
        Err(e) => -(e.duration().as_millis() as f64),
    }
}
