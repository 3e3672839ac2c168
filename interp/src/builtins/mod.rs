//! The built-in objects: one file for each global.
//!
//! A file has, in this order: its install table (name, length) in the specification's order, the
//! constructor, static methods, prototype methods, helpers. [`set_up`] makes a realm.

pub mod abstract_module_source;
pub mod array;
pub mod array_buffer;
pub mod array_iterator;
pub mod array_sort;
pub mod async_generator;
pub mod async_iterator;
pub mod atomics;
pub mod bigint;
pub mod boolean;
pub mod console;
pub mod data_view;
pub mod date;
pub mod disposable_stack;
pub mod error;
pub mod finalization_registry;
pub mod function;
pub mod generator;
pub mod global;
pub mod iterator;
pub mod json;
pub(crate) mod json_library;
pub(crate) mod json_source;
pub mod map;
pub mod math;
pub mod number;
pub mod object;
pub(crate) mod object_copy;
pub mod promise;
pub mod proxy;
pub mod reflect;
pub mod regexp;
pub mod regexp_escape;
mod regexp_exec;
pub mod regexp_legacy;
pub mod regexp_plain;
pub mod self_hosted;
mod shadow_realm;
pub mod shared_array_buffer;
pub mod string;
pub mod string_builder;
pub mod string_html;
pub mod string_search;
pub mod symbol;
pub mod test262;
pub mod typed_array;
pub mod uri;
pub mod weak_map;
pub mod weak_ref;

use gc::{Gc, Lock};

use crate::object::data::ObjectData;
use crate::object::function::{HandoverFn, NativeCode, NativeData, NativeFn};
use crate::object::shape::{CONFIGURABLE, HIDDEN};
use crate::object::{CALLABLE, CONSTRUCTOR, Class, LAZY, Object};
use crate::value::symbol::{SymbolSort, WellKnown};
use crate::value::{PropertyKey, Str, Value};
use crate::vm::names::Names;
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{JsResult, Vm};

/// A row of an install table: name, length, code. A name that begins with `@@` is a well-known symbol's.
pub(crate) type Row = (&'static str, u32, NativeFn);

/// Makes what an engine needs before its first script.
pub(crate) fn set_up(vm: &mut Vm<'_>) -> JsResult<()> {
    vm.st.realm = Some(Realm::new(vm.mc));
    let names = Names::new(vm)?;
    vm.st.names = Some(Box::new(names));
    for &(_, name) in WellKnown::ALL {
        let s = vm.intern(&format!("Symbol.{name}"))?;
        let symbol = vm.symbol(Some(s), SymbolSort::WellKnown);
        vm.st.well_known.push(symbol);
    }
    set_up_realm(vm)
}

/// A further realm, set up (InitializeHostDefinedRealm).
pub(crate) fn new_realm<'gc>(vm: &mut Vm<'gc>) -> JsResult<Gc<'gc, Realm<'gc>>> {
    vm.charge(500)?;
    let realm = Realm::new(vm.mc);
    let old = vm.st.native_realm.replace(realm);
    let made = set_up_realm(vm);
    vm.st.native_realm = old;
    made.map(|()| realm)
}

/// Fills the current realm.
pub(crate) fn set_up_realm(vm: &mut Vm<'_>) -> JsResult<()> {
    let realm = vm.realm();
    let shape = vm.root_shape(None, 0);
    let object = Object::new(vm.mc, shape, Class::Object, 0, ObjectData::None)?;
    Realm::set(realm, vm.mc, Intrinsic::ObjectPrototype, object);
    let shape = vm.root_shape(Some(object), 0);
    // %Function.prototype% is itself a function.
    let name = vm.names().empty;
    let data = vm.mc.try_alloc(NativeData {
        code: NativeCode::Leaf(function::nothing),
        length: 0,
        name,
        prefix: "",
        realm,
        slots: Box::default(),
    })?;
    let function = Object::new(vm.mc, shape, Class::Function, CALLABLE | LAZY, ObjectData::Native(data))?;
    Realm::set(realm, vm.mc, Intrinsic::FunctionPrototype, function);
    let global = Object::new(vm.mc, shape, Class::Global, 0, ObjectData::Any(realm.erase()))?;
    Gc::write(vm.mc, realm).project(|r| &r.global).set(Some(global));
    global.set_shape(vm.mc, crate::object::shape::Shape::to_dictionary(global.shape(), vm.mc));
    function::init(vm)?;
    object::init(vm)?;
    global::init(vm)?;
    for group in GROUPS {
        for name in group.globals {
            let key = PropertyKey::Name(vm.intern(name)?);
            global.define_own(vm, key, Value::hole(), HIDDEN)?;
        }
    }
    Ok(())
}

/// Built-ins that are made together, when one of their globals or intrinsics is first touched. Until
/// then the global's slot holds the hole.
struct Group {
    globals: &'static [&'static str],
    intrinsics: &'static [Intrinsic],
    init: fn(&mut Vm<'_>) -> JsResult<()>,
}

use Intrinsic as I;

const GROUPS: &[Group] = &[
    Group {
        globals: &[
            "Error",
            "TypeError",
            "RangeError",
            "ReferenceError",
            "SyntaxError",
            "EvalError",
            "URIError",
            "AggregateError",
            "SuppressedError",
        ],
        intrinsics: &[
            I::Error,
            I::ErrorPrototype,
            I::TypeErrorPrototype,
            I::RangeErrorPrototype,
            I::ReferenceErrorPrototype,
            I::SyntaxErrorPrototype,
            I::EvalErrorPrototype,
            I::UriErrorPrototype,
            I::AggregateErrorPrototype,
            I::SuppressedError,
            I::SuppressedErrorPrototype,
        ],
        init: error::init,
    },
    Group {
        globals: &["Array"],
        intrinsics: &[I::Array, I::ArrayPrototype, I::ArrayProtoValues],
        init: array::init,
    },
    Group {
        globals: &["Iterator"],
        intrinsics: &[
            I::Iterator,
            I::IteratorPrototype,
            I::ArrayIteratorPrototype,
            I::ArrayIteratorNext,
            I::IteratorHelperPrototype,
            I::WrapForValidIteratorPrototype,
        ],
        init: iterator::init,
    },
    Group {
        globals: &["String"],
        intrinsics: &[I::String, I::StringPrototype, I::StringIteratorPrototype],
        init: string::init,
    },
    Group {
        globals: &[
            "parseInt",
            "parseFloat",
            "decodeURI",
            "decodeURIComponent",
            "encodeURI",
            "encodeURIComponent",
            "escape",
            "unescape",
        ],
        intrinsics: &[],
        init: uri::init,
    },
    Group { globals: &["Number"], intrinsics: &[I::Number, I::NumberPrototype], init: number::init },
    Group {
        globals: &[],
        intrinsics: &[I::AbstractModuleSource, I::AbstractModuleSourcePrototype],
        init: abstract_module_source::init,
    },
    Group {
        globals: &[],
        intrinsics: &[I::DecorateClass, I::FinishClass],
        init: self_hosted::init_decorators,
    },
    Group { globals: &["Atomics"], intrinsics: &[I::Atomics], init: atomics::init },
    Group { globals: &["Reflect"], intrinsics: &[I::Reflect], init: reflect::init },
    Group { globals: &["Proxy"], intrinsics: &[I::Proxy], init: proxy::init },
    Group {
        globals: &["WeakMap", "WeakSet"],
        intrinsics: &[I::WeakMap, I::WeakMapPrototype, I::WeakSet, I::WeakSetPrototype],
        init: weak_map::init,
    },
    Group { globals: &["WeakRef"], intrinsics: &[I::WeakRef, I::WeakRefPrototype], init: weak_ref::init },
    Group {
        globals: &["FinalizationRegistry"],
        intrinsics: &[I::FinalizationRegistry, I::FinalizationRegistryPrototype],
        init: finalization_registry::init,
    },
    Group {
        globals: &["ArrayBuffer"],
        intrinsics: &[I::ArrayBuffer, I::ArrayBufferPrototype],
        init: array_buffer::init,
    },
    Group { globals: &[], intrinsics: &[I::TypedArray, I::TypedArrayPrototype], init: typed_array::init },
    Group {
        globals: &[
            "Int8Array",
            "Uint8Array",
            "Uint8ClampedArray",
            "Int16Array",
            "Uint16Array",
            "Int32Array",
            "Uint32Array",
            "BigInt64Array",
            "BigUint64Array",
            "Float16Array",
            "Float32Array",
            "Float64Array",
        ],
        intrinsics: &[
            I::Int8Array,
            I::Int8ArrayPrototype,
            I::Uint8Array,
            I::Uint8ArrayPrototype,
            I::Uint8ClampedArray,
            I::Uint8ClampedArrayPrototype,
            I::Int16Array,
            I::Int16ArrayPrototype,
            I::Uint16Array,
            I::Uint16ArrayPrototype,
            I::Int32Array,
            I::Int32ArrayPrototype,
            I::Uint32Array,
            I::Uint32ArrayPrototype,
            I::BigInt64Array,
            I::BigInt64ArrayPrototype,
            I::BigUint64Array,
            I::BigUint64ArrayPrototype,
            I::Float16Array,
            I::Float16ArrayPrototype,
            I::Float32Array,
            I::Float32ArrayPrototype,
            I::Float64Array,
            I::Float64ArrayPrototype,
        ],
        init: typed_array::init_kinds,
    },
    Group { globals: &["DataView"], intrinsics: &[I::DataView, I::DataViewPrototype], init: data_view::init },
    Group {
        globals: &["SharedArrayBuffer"],
        intrinsics: &[I::SharedArrayBuffer, I::SharedArrayBufferPrototype],
        init: shared_array_buffer::init,
    },
    Group { globals: &["Math"], intrinsics: &[], init: math::init },
    Group { globals: &["JSON"], intrinsics: &[], init: json::init },
    Group { globals: &["Date"], intrinsics: &[I::Date, I::DatePrototype], init: date::init },
    Group { globals: &["BigInt"], intrinsics: &[I::BigInt, I::BigIntPrototype], init: bigint::init },
    Group { globals: &["Boolean"], intrinsics: &[I::Boolean, I::BooleanPrototype], init: boolean::init },
    Group { globals: &["Symbol"], intrinsics: &[I::Symbol, I::SymbolPrototype], init: symbol::init },
    Group { globals: &["console", "print"], intrinsics: &[], init: console::init },
    Group {
        globals: &[],
        intrinsics: &[
            I::GeneratorPrototype,
            I::GeneratorFunction,
            I::GeneratorFunctionPrototype,
            I::AsyncFunction,
            I::AsyncFunctionPrototype,
        ],
        init: generator::init,
    },
    Group {
        globals: &[],
        intrinsics: &[I::AsyncIteratorPrototype, I::AsyncFromSyncIteratorPrototype],
        init: async_iterator::init,
    },
    Group {
        globals: &[],
        intrinsics: &[
            I::AsyncGeneratorPrototype,
            I::AsyncGeneratorFunction,
            I::AsyncGeneratorFunctionPrototype,
        ],
        init: async_generator::init,
    },
    Group {
        globals: &["Map", "Set"],
        intrinsics: &[
            I::Map,
            I::MapPrototype,
            I::Set,
            I::SetPrototype,
            I::MapIteratorPrototype,
            I::SetIteratorPrototype,
        ],
        init: map::init,
    },
    Group {
        globals: &["Promise", "queueMicrotask"],
        intrinsics: &[I::Promise, I::PromisePrototype],
        init: promise::init,
    },
    Group {
        globals: &["DisposableStack", "AsyncDisposableStack"],
        intrinsics: &[
            I::DisposableStack,
            I::DisposableStackPrototype,
            I::AsyncDisposableStack,
            I::AsyncDisposableStackPrototype,
        ],
        init: disposable_stack::init,
    },
    Group {
        globals: &["ShadowRealm"],
        intrinsics: &[I::ShadowRealm, I::ShadowRealmPrototype],
        init: shadow_realm::init,
    },
    Group {
        globals: &[],
        intrinsics: &[
            I::CallExecutor,
            I::InitFields,
            I::ProxyConstruct,
            I::ProxyGet,
            I::ProxySet,
            I::AddObjects,
            I::ArithObjects,
            I::ObjectToNumber,
            I::ObjectToString,
            I::CompareObjects,
            I::UnaryObject,
            I::ObjectToKey,
            I::ElementByObject,
            I::HasInstance,
            I::CloseIterator,
        ],
        init: self_hosted::init_calls,
    },
    Group {
        globals: &[],
        intrinsics: &[
            I::AssignFrom,
            I::ListValues,
            I::CopyProps,
            I::ConcatFrom,
            I::ReflectSetter,
            I::SliceFrom,
            I::IndexOf,
            I::Includes,
        ],
        init: self_hosted::init_copy,
    },
    Group {
        globals: &[],
        intrinsics: &[I::CombinePromises, I::AttemptPromise, I::AfterFinally, I::CallSyncIterator],
        init: self_hosted::init_promise,
    },
    Group {
        globals: &["RegExp"],
        intrinsics: &[I::RegExp, I::RegExpPrototype, I::RegExpStringIteratorPrototype],
        init: regexp::init,
    },
];

fn start_group(vm: &mut Vm<'_>, index: usize) -> JsResult<bool> {
    let made = &vm.realm().as_ref().made;
    if made.get() >> index & 1 != 0 {
        return Ok(false);
    }
    made.set(made.get() | 1 << index);
    // What a script may use is the same whether or not a group was made before: the work is not its own, and must not be
    // ended half-way.
    let (fuel, ticks) = (vm.st.fuel, vm.ticks);
    vm.ticks = i32::MAX;
    let result = (GROUPS[index].init)(vm);
    (vm.st.fuel, vm.ticks) = (fuel, ticks);
    if result.is_err() {
        // Memory is full: made again when the group is asked for again.
        let made = &vm.realm().as_ref().made;
        made.set(made.get() & !(1 << index));
    }
    result.map(|()| true)
}

/// Makes the built-in of a global whose slot still holds the hole, in the global object's realm.
pub(crate) fn make_global<'gc>(vm: &mut Vm<'gc>, global: Object<'gc>, key: PropertyKey<'gc>) -> JsResult<()> {
    let PropertyKey::Name(name) = key else { return Ok(()) };
    let ObjectData::Any(realm) = global.data() else { return Ok(()) };
    let units = name.flat_units();
    let named = |g: &&str| units.equals(crate::value::string::Units::Latin1(g.as_bytes()));
    let Some(group) = GROUPS.iter().position(|g| g.globals.iter().any(&named)) else {
        return Ok(());
    };
    let old = vm.st.native_realm;
    vm.st.native_realm = realm.downcast().or(old);
    let made = start_group(vm, group);
    vm.st.native_realm = old;
    made.map(|_| ())
}

/// Makes an intrinsic that was not made yet.
pub(crate) fn make_intrinsic<'gc>(vm: &mut Vm<'gc>, which: Intrinsic) -> JsResult<Object<'gc>> {
    if let Some(i) = GROUPS.iter().position(|g| g.intrinsics.contains(&which)) {
        start_group(vm, i)?;
        if let Some(o) = vm.realm().get(which) {
            return Ok(o);
        }
    }
    match vm.realm().get(Intrinsic::ErrorPrototype) {
        Some(o) => Err(vm.error_of(o, &format!("{which:?} is not supported yet"))),
        None => Err(crate::vm::Throw::pending()),
    }
}

/// A built-in function.
pub(crate) fn new_native<'gc>(
    vm: &mut Vm<'gc>,
    code: NativeCode,
    length: u32,
    name: PropertyKey<'gc>,
    prefix: &'static str,
    slots: &[Value<'gc>],
    constructor: bool,
) -> JsResult<Object<'gc>> {
    let realm = vm.realm();
    let slots = slots.iter().map(|&v| Lock::new(v)).collect();
    let data = vm.mc.try_alloc(NativeData { code, length, name, prefix, realm, slots })?;
    let proto = vm.intrinsic(Intrinsic::FunctionPrototype)?;
    let shape = vm.root_shape(Some(proto), 0);
    let flags = CALLABLE | LAZY | if constructor { CONSTRUCTOR } else { 0 };
    Ok(Object::new(vm.mc, shape, Class::Function, flags, ObjectData::Native(data))?)
}

/// The values a built-in function closes over.
///
/// # Panics
/// If it is no built-in function.
pub(crate) fn native_slots<'gc>(f: Object<'gc>) -> &'gc [Lock<Value<'gc>>] {
    match f.data() {
        ObjectData::Native(n) => &n.as_ref().slots,
        _ => panic!("only built-ins ask for their slots"),
    }
}

/// Changes a value a built-in function closes over.
pub(crate) fn set_native_slot<'gc>(vm: &mut Vm<'gc>, f: Object<'gc>, i: usize, v: Value<'gc>) {
    if let ObjectData::Native(n) = f.data()
        && let Some(s) = Gc::write(vm.mc, n).project(|n| &n.slots).unbox().get(i)
    {
        s.set(v);
    }
}

/// The `name` of a function with a key and a prefix (SetFunctionName).
pub(crate) fn function_name<'gc>(
    vm: &mut Vm<'gc>,
    key: PropertyKey<'gc>,
    prefix: &str,
) -> JsResult<Str<'gc>> {
    let text = match key {
        PropertyKey::Name(s) if prefix.is_empty() => return Ok(s),
        PropertyKey::Name(s) => s.to_utf8(),
        PropertyKey::Index(i) => i.to_string(),
        PropertyKey::Symbol(s) => match s.description {
            Some(d) if s.sort == SymbolSort::Private => d.to_utf8(),
            Some(d) => format!("[{}]", d.to_utf8()),
            None => String::new(),
        },
    };
    vm.str(&if prefix.is_empty() { text } else { format!("{prefix} {text}") })
}

/// The key of a row's name.
fn row_key<'gc>(vm: &mut Vm<'gc>, name: &str) -> JsResult<PropertyKey<'gc>> {
    if let Some(symbol) = name.strip_prefix("@@") {
        for &(which, text) in WellKnown::ALL {
            if text == symbol {
                return Ok(vm.well_known(which));
            }
        }
    }
    Ok(PropertyKey::Name(vm.intern(name)?))
}

/// Installs methods.
pub(crate) fn methods<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, rows: &[Row]) -> JsResult<()> {
    // Their shapes would be shared with nobody.
    if rows.len() > 3 && !o.shape().dictionary {
        o.set_shape(vm.mc, crate::object::shape::Shape::to_dictionary(o.shape(), vm.mc));
    }
    for &(name, length, f) in rows {
        method(vm, o, name, length, NativeCode::Leaf(f))?;
    }
    Ok(())
}

/// Installs a method.
pub(crate) fn method<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    name: &str,
    length: u32,
    code: NativeCode,
) -> JsResult<Object<'gc>> {
    let key = row_key(vm, name)?;
    let f = new_native(vm, code, length, key, "", &[], false)?;
    o.define_own(vm, key, Value::object(f), HIDDEN)?;
    Ok(f)
}

/// Installs a method that may end by a call, mostly of a function of the library from its slots.
pub(crate) fn handover<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    name: &str,
    length: u32,
    f: HandoverFn,
    slots: &[Value<'gc>],
) -> JsResult<()> {
    let key = row_key(vm, name)?;
    let f = new_native(vm, NativeCode::Handover(f), length, key, "", slots, false)?;
    o.define_own(vm, key, Value::object(f), HIDDEN)
}

/// Installs getters.
pub(crate) fn getters<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    rows: &[(&'static str, NativeFn)],
) -> JsResult<()> {
    for &(name, f) in rows {
        let key = row_key(vm, name)?;
        let g = new_native(vm, NativeCode::Leaf(f), 0, key, "get", &[], false)?;
        o.define_accessor(vm, key, Value::object(g), Value::undefined(), CONFIGURABLE)?;
    }
    Ok(())
}

/// An intrinsic prototype object of a class.
pub(crate) fn prototype<'gc>(
    vm: &mut Vm<'gc>,
    which: Intrinsic,
    parent: Intrinsic,
    class: Class,
    data: ObjectData<'gc>,
) -> JsResult<Object<'gc>> {
    let parent = vm.intrinsic(parent)?;
    let shape = vm.root_shape(Some(parent), 0);
    let o = Object::new(vm.mc, shape, class, 0, data)?;
    Realm::set(vm.realm(), vm.mc, which, o);
    Ok(o)
}

/// An intrinsic constructor with its prototype, as a global.
pub(crate) fn constructor<'gc>(
    vm: &mut Vm<'gc>,
    which: Intrinsic,
    name: &'static str,
    length: u32,
    f: NativeFn,
    proto: Object<'gc>,
) -> JsResult<Object<'gc>> {
    constructor_of(vm, which, name, length, NativeCode::Leaf(f), proto)
}

/// The same of any kind of native.
pub(crate) fn constructor_of<'gc>(
    vm: &mut Vm<'gc>,
    which: Intrinsic,
    name: &'static str,
    length: u32,
    code: NativeCode,
    proto: Object<'gc>,
) -> JsResult<Object<'gc>> {
    constructor_with(vm, which, name, (length, code), proto, &[])
}

/// The same with values that it closes over.
pub(crate) fn constructor_with<'gc>(
    vm: &mut Vm<'gc>,
    which: Intrinsic,
    name: &'static str,
    (length, code): (u32, NativeCode),
    proto: Object<'gc>,
    slots: &[Value<'gc>],
) -> JsResult<Object<'gc>> {
    let key = row_key(vm, name)?;
    let c = new_native(vm, code, length, key, "", slots, true)?;
    let (prototype, constructor) = (vm.names().prototype, vm.names().constructor);
    c.make_lazy(vm)?;
    c.define_own(vm, prototype, Value::object(proto), 0)?;
    proto.define_own(vm, constructor, Value::object(c), HIDDEN)?;
    Realm::set(vm.realm(), vm.mc, which, c);
    let global = vm.realm().global();
    global.define_own(vm, key, Value::object(c), HIDDEN)?;
    Ok(c)
}

/// `Symbol.toStringTag` of a prototype or namespace.
pub(crate) fn tag<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, text: &str) -> JsResult<()> {
    let key = vm.well_known(WellKnown::ToStringTag);
    let s = vm.intern(text)?;
    o.define_own(vm, key, Value::string(s), CONFIGURABLE)
}

/// `get [Symbol.species]`
pub(crate) fn species<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>) -> JsResult<()> {
    getters(vm, o, &[("@@species", |_, args| Ok(args.this()))])
}

/// The new object of a constructor called with `new`; its prototype comes from `new.target`.
pub(crate) fn construct_with<'gc>(
    vm: &mut Vm<'gc>,
    args: crate::vm::Args<'gc>,
    default: Intrinsic,
    class: Class,
    flags: u32,
    data: ObjectData<'gc>,
) -> JsResult<Object<'gc>> {
    let proto = match args.new_target().as_object() {
        Some(t) => vm.prototype_from(t, default)?,
        None => vm.intrinsic(default)?,
    };
    let shape = vm.root_shape(Some(proto), 0);
    Ok(Object::new(vm.mc, shape, class, flags, data)?)
}

/// The TypeError of a method called on something else.
pub(crate) fn wrong_receiver<'gc, T>(vm: &mut Vm<'gc>, what: &str, v: Value<'gc>) -> JsResult<T> {
    let text = format!("{what} called on incompatible receiver {}", vm.show(v));
    Err(vm.type_error(&text))
}
