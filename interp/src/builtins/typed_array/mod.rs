//! TypedArray objects (23.2): the constructors. Methods stand in `prototype.rs`, elements in
//! `object/typed_array.rs`.
#![forbid(unsafe_code)]

mod base64;
mod iteration;
mod prototype;

use super::promise::species_constructor;
use super::{Row, getters, methods, native_slots, new_native, species};
use crate::compiler::intrinsics as n;
use crate::object::buffer::{BufferGc, buffer_data};
use crate::object::data::ObjectData;
use crate::object::function::{Handover, NativeCode};
use crate::object::shape::HIDDEN;
use crate::object::typed_array::{ElementKind, KINDS, ViewData, ViewGc, set_element, view};
use crate::object::{Class, EXOTIC, Object};
use crate::value::symbol::WellKnown;
use crate::value::{PropertyKey, Value};
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Vm};

const STATIC: &[Row] = &[("of", 0, of)];

/// %TypedArray% and its prototype.
pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let which = Intrinsic::TypedArrayPrototype;
    let p = super::prototype(vm, which, Intrinsic::ObjectPrototype, Class::Object, ObjectData::None)?;
    let name = PropertyKey::Name(vm.intern("TypedArray")?);
    let c = new_native(vm, NativeCode::Leaf(abstract_constructor), 0, name, "", &[Value::undefined()], true)?;
    let (prototype_key, constructor) = (vm.names().prototype, vm.names().constructor);
    c.make_lazy(vm)?;
    c.define_own(vm, prototype_key, Value::object(p), 0)?;
    p.define_own(vm, constructor, Value::object(c), HIDDEN)?;
    Realm::set(vm.realm(), vm.mc, Intrinsic::TypedArray, c);
    methods(vm, c, STATIC)?;
    species(vm, c)?;
    getters(vm, p, prototype::GETTERS)?;
    methods(vm, p, prototype::METHODS)?;
    let [sort_into, collect, sort_list] = super::self_hosted::init_typed_arrays(vm, c, p)?;
    iteration::init(vm, p, sort_into, sort_list)?;
    // The constructors of the kinds find it here.
    super::set_native_slot(vm, c, 0, collect);
    // Array.prototype's own function.
    let array = vm.intrinsic(Intrinsic::ArrayPrototype)?;
    let key = vm.names().to_string;
    let f = array.get(vm, key, Value::object(array))?;
    p.define_own(vm, key, f, HIDDEN)?;
    let (values, iterator) = (vm.key("values")?, vm.well_known(WellKnown::Iterator));
    if let Some(f) = p.get_own_data(vm, values) {
        p.define_own(vm, iterator, f, HIDDEN)?;
    }
    Ok(())
}

/// The constructors of all kinds.
pub(crate) fn init_kinds(vm: &mut Vm<'_>) -> JsResult<()> {
    let parent = vm.intrinsic(Intrinsic::TypedArray)?;
    let parent_proto = vm.intrinsic(Intrinsic::TypedArrayPrototype)?;
    let global = vm.realm().global();
    let size_key = PropertyKey::Name(vm.intern("BYTES_PER_ELEMENT")?);
    for (kind, name, which, which_proto) in KINDS {
        let key = PropertyKey::Name(vm.intern(name)?);
        let slots = [Value::int(kind as i32), native_slots(parent)[0].get()];
        let c = new_native(vm, NativeCode::Handover(construct), 3, key, "", &slots, true)?;
        c.make_lazy(vm)?;
        c.set_proto(vm, Some(parent))?;
        let shape = vm.root_shape(Some(parent_proto), 0);
        let p = Object::new(vm.mc, shape, Class::Object, 0, ObjectData::None)?;
        let (prototype, constructor) = (vm.names().prototype, vm.names().constructor);
        c.define_own(vm, prototype, Value::object(p), 0)?;
        p.define_own(vm, constructor, Value::object(c), HIDDEN)?;
        for o in [c, p] {
            o.define_own(vm, size_key, Value::int(kind.size() as i32), 0)?;
        }
        Realm::set(vm.realm(), vm.mc, which, c);
        Realm::set(vm.realm(), vm.mc, which_proto, p);
        global.define_own(vm, key, Value::object(c), HIDDEN)?;
        if kind == ElementKind::Uint8 {
            base64::init(vm, c, p)?;
        }
    }
    Ok(())
}

/// 23.2.1.1 %TypedArray% ( )
fn abstract_constructor<'gc>(vm: &mut Vm<'gc>, _: Args<'gc>) -> JsResult<Value<'gc>> {
    Err(vm.type_error("TypedArray cannot be called or constructed: its subclasses can"))
}

fn allocate<'gc>(vm: &mut Vm<'gc>, proto: Object<'gc>, data: ViewData<'gc>) -> JsResult<Object<'gc>> {
    let data = vm.mc.try_alloc(data)?;
    let shape = vm.root_shape(Some(proto), 0);
    Ok(Object::new(vm.mc, shape, Class::TypedArray, EXOTIC, ObjectData::View(data))?)
}

/// AllocateTypedArrayBuffer
fn allocate_length<'gc>(
    vm: &mut Vm<'gc>,
    proto: Object<'gc>,
    kind: ElementKind,
    len: u64,
) -> JsResult<Object<'gc>> {
    let Some(bytes) = len.checked_mul(kind.size() as u64).filter(|&b| b < 1 << 53) else {
        return Err(vm.range_error("invalid length of a typed array"));
    };
    let object = super::array_buffer::new_buffer(vm, bytes)?;
    let buffer = buffer_data(object).expect("just made");
    let data = ViewData { object, buffer, kind, offset: 0, fixed: Some(len as usize) };
    allocate(vm, proto, data)
}

/// A typed array of the realm's own.
pub(crate) fn new_array<'gc>(vm: &mut Vm<'gc>, kind: ElementKind, len: u64) -> JsResult<Object<'gc>> {
    let proto = vm.intrinsic(kind.intrinsics().1)?;
    allocate_length(vm, proto, kind, len)
}

/// A Uint8Array of a buffer's all bytes.
pub(crate) fn of_buffer<'gc>(vm: &mut Vm<'gc>, object: Object<'gc>) -> JsResult<Object<'gc>> {
    let buffer = buffer_data(object).expect("a buffer");
    let proto = vm.intrinsic(Intrinsic::Uint8ArrayPrototype)?;
    let fixed = Some(buffer.len());
    allocate(vm, proto, ViewData { object, buffer, kind: ElementKind::Uint8, offset: 0, fixed })
}

/// 23.2.5.1 TypedArray ( ...args )
fn construct<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let slots = native_slots(args.callee());
    let kind = KINDS[slots[0].get().as_int().unwrap_or(0) as usize].0;
    let Some(target) = args.new_target().as_object() else {
        let text = format!("constructor {} requires 'new'", kind.name());
        return Err(vm.type_error(&text));
    };
    let which = kind.intrinsics().1;
    let first = args.get(0);
    let done = |o| Ok(Handover::Done(Value::object(o)));
    let Some(o) = first.as_object() else {
        let len = vm.to_index(first)?;
        let proto = vm.prototype_from(target, which)?;
        return done(allocate_length(vm, proto, kind, len)?);
    };
    let proto = vm.prototype_from(target, which)?;
    if let Some(source) = view(o) {
        return done(from_view(vm, proto, kind, source)?);
    }
    if let Some(buffer) = buffer_data(o) {
        return done(from_buffer(vm, proto, kind, (o, buffer), args.get(1), args.get(2))?);
    }
    let key = vm.well_known(WellKnown::Iterator);
    let iterator = vm.get_method(first, key)?;
    if !iterator.is_undefined() {
        let list = plain_items(vm, first)?;
        if let Some(list) = list.as_object() {
            return done(from_list(vm, proto, kind, list)?);
        }
        let args = [first, iterator, Value::object(proto), slots[0].get()];
        return Ok(Handover::call(slots[1].get(), Value::undefined(), &args));
    }
    let n = vm.length_of(o)?;
    let new = allocate_length(vm, proto, kind, n)?;
    let data = view(new).expect("just made");
    for i in 0..n {
        vm.charge(1)?;
        let key = vm.index_key(i)?;
        let v = o.get(vm, key, first)?;
        set_element(vm, data, Some(i as usize), v)?;
    }
    done(new)
}

/// The items of an array whose iteration nobody touched, as an array of the engine's own; the hole if it is another iterable.
fn plain_items<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<Value<'gc>> {
    let Some(a) = v.as_object().filter(|a| a.is_array()) else { return Ok(Value::hole()) };
    if !vm.iteration_untouched(a) {
        return Ok(Value::hole());
    }
    let n = a.array_length();
    vm.charge(n as usize / 8)?;
    let list = vm.new_array(n as usize)?;
    for i in 0..n {
        vm.array_push(list, a.element(i).unwrap_or(Value::undefined()))?;
    }
    Ok(Value::object(list))
}

/// InitializeTypedArrayFromList
fn from_list<'gc>(
    vm: &mut Vm<'gc>,
    proto: Object<'gc>,
    kind: ElementKind,
    list: Object<'gc>,
) -> JsResult<Object<'gc>> {
    let n = list.array_length();
    let new = allocate_length(vm, proto, kind, u64::from(n))?;
    let data = view(new).expect("just made");
    for i in 0..n {
        vm.charge(1)?;
        set_element(vm, data, Some(i as usize), list.element(i).unwrap_or(Value::undefined()))?;
    }
    Ok(new)
}

/// The library's operations on typed arrays (`self_hosted/typed_array.js`).
pub(crate) fn library_operation<'gc>(vm: &mut Vm<'gc>, id: u32, args: &[Value<'gc>]) -> JsResult<Value<'gc>> {
    let x = args[0];
    Ok(match id {
        n::TYPED_LENGTH => Value::number(validate(vm, x, false)?.2 as f64),
        n::TYPED_SPECIES => {
            let o = x.as_object().expect("it was validated");
            let kind = view(o).expect("it was validated").kind;
            let default = Value::object(vm.intrinsic(kind.intrinsics().0)?);
            species_constructor(vm, o, default)?
        }
        n::TYPED_CHECK => {
            // What a constructor gave, the length it was asked for, the exemplar if there is one.
            let (_, data, n) = validate(vm, x, true)?;
            if (n as f64) < args[1].as_number().unwrap_or(0.0) {
                return Err(vm.type_error("the constructor gave a typed array that is too short"));
            }
            if let Some(exemplar) = args.get(2).and_then(|v| v.as_object()).and_then(view)
                && exemplar.kind.is_bigint() != data.kind.is_bigint()
            {
                return Err(vm.type_error("BigInts and numbers cannot be mixed"));
            }
            Value::undefined()
        }
        n::PLAIN_ITEMS => plain_items(vm, x)?,
        n::TYPED_STORE => {
            // As far as there are elements: the comparator may have taken some.
            let data = x.as_object().and_then(view).expect("it was validated");
            let list = args[1].as_object().expect("lists of the library are arrays");
            for i in 0..list.array_length() {
                let v = list.element(i).unwrap_or(Value::undefined());
                set_element(vm, data, Some(i as usize), v)?;
            }
            Value::undefined()
        }
        _ => {
            let (Some(proto), Some(list)) = (x.as_object(), args[2].as_object()) else {
                return Err(vm.not_a(x, "prototype"));
            };
            let kind = KINDS[args[1].as_int().unwrap_or(0) as usize].0;
            Value::object(from_list(vm, proto, kind, list)?)
        }
    })
}

/// InitializeTypedArrayFromTypedArray
fn from_view<'gc>(
    vm: &mut Vm<'gc>,
    proto: Object<'gc>,
    kind: ElementKind,
    source: ViewGc<'gc>,
) -> JsResult<Object<'gc>> {
    let Some(n) = source.length() else {
        return Err(vm.type_error("the typed array is out of bounds or detached"));
    };
    let new = allocate_length(vm, proto, kind, n as u64)?;
    let data = view(new).expect("just made");
    if source.kind.is_bigint() != kind.is_bigint() {
        return Err(vm.type_error("BigInts and numbers cannot be mixed"));
    }
    vm.charge(n / 4)?;
    copy_elements(vm, source, 0, data, 0, n)?;
    Ok(new)
}

/// Elements of one view into another, each converted.
pub(super) fn copy_elements<'gc>(
    vm: &mut Vm<'gc>,
    from: ViewGc<'gc>,
    at: usize,
    to: ViewGc<'gc>,
    start: usize,
    n: usize,
) -> JsResult<()> {
    let size = from.kind.size();
    if from.kind == to.kind
        && let (Some(a), Some(b)) = (from.buffer.block(), to.buffer.block())
    {
        b.copy(to.offset + start * size, &a, from.offset + at * size, n * size);
        return Ok(());
    }
    for i in 0..n {
        let raw = from.raw(at + i);
        let raw = if from.kind.is_bigint() {
            raw
        } else {
            let v = from.kind.to_value(vm, raw)?;
            to.kind.of_number(v.as_number().unwrap_or(f64::NAN))
        };
        to.set_raw(start + i, raw);
    }
    Ok(())
}

/// InitializeTypedArrayFromArrayBuffer
fn from_buffer<'gc>(
    vm: &mut Vm<'gc>,
    proto: Object<'gc>,
    kind: ElementKind,
    (object, buffer): (Object<'gc>, BufferGc<'gc>),
    offset: Value<'gc>,
    length: Value<'gc>,
) -> JsResult<Object<'gc>> {
    let size = kind.size() as u64;
    let offset = vm.to_index(offset)?;
    if !offset.is_multiple_of(size) {
        let text = format!("the offset of a {} must be a multiple of {size}", kind.name());
        return Err(vm.range_error(&text));
    }
    let given = if length.is_undefined() { None } else { Some(vm.to_index(length)?) };
    if buffer.is_detached() {
        return Err(vm.type_error("the ArrayBuffer is detached"));
    }
    let bytes = buffer.len() as u64;
    let fixed = match given {
        None if buffer.is_resizable() => {
            if offset > bytes {
                return Err(vm.range_error("the offset is beyond the buffer"));
            }
            None
        }
        None => {
            if !bytes.is_multiple_of(size) {
                let text = format!("the length of a {}'s buffer must be a multiple of {size}", kind.name());
                return Err(vm.range_error(&text));
            }
            match bytes.checked_sub(offset) {
                Some(n) => Some((n / size) as usize),
                None => return Err(vm.range_error("the offset is beyond the buffer")),
            }
        }
        Some(n) => match n.checked_mul(size).and_then(|n| n.checked_add(offset)) {
            Some(end) if end <= bytes => Some(n as usize),
            _ => return Err(vm.range_error("the typed array would be longer than its buffer")),
        },
    };
    allocate(vm, proto, ViewData { object, buffer, kind, offset: offset as usize, fixed })
}

/// ValidateTypedArray; for writing, its buffer must not be immutable.
pub(super) fn validate<'gc>(
    vm: &mut Vm<'gc>,
    v: Value<'gc>,
    write: bool,
) -> JsResult<(Object<'gc>, ViewGc<'gc>, usize)> {
    let Some((o, data)) = v.as_object().and_then(|o| view(o).map(|d| (o, d))) else {
        let text = format!("{} is not a typed array", vm.show(v));
        return Err(vm.type_error(&text));
    };
    if write && data.buffer.immutable.get() {
        return Err(vm.type_error("the ArrayBuffer is immutable"));
    }
    match data.length() {
        Some(n) => Ok((o, data, n)),
        None => Err(vm.type_error("the typed array is out of bounds or detached")),
    }
}

/// TypedArrayCreateFromConstructor
pub(super) fn create<'gc>(
    vm: &mut Vm<'gc>,
    constructor: Object<'gc>,
    args: &[Value<'gc>],
) -> JsResult<(Object<'gc>, ViewGc<'gc>)> {
    let made = vm.construct(constructor, args, constructor)?;
    let by_length = args.len() == 1 && args[0].is_number();
    let (o, data, n) = validate(vm, made, by_length)?;
    if by_length && (n as f64) < args[0].as_number().unwrap_or(0.0) {
        return Err(vm.type_error("the constructor gave a typed array that is too short"));
    }
    Ok((o, data))
}

/// TypedArraySpeciesCreate
pub(super) fn species_create<'gc>(
    vm: &mut Vm<'gc>,
    exemplar: Object<'gc>,
    kind: ElementKind,
    args: &[Value<'gc>],
) -> JsResult<(Object<'gc>, ViewGc<'gc>)> {
    let default = Value::object(vm.intrinsic(kind.intrinsics().0)?);
    let c = species_constructor(vm, exemplar, default)?.as_object().expect("a constructor is an object");
    let (o, data) = create(vm, c, args)?;
    if data.kind.is_bigint() != kind.is_bigint() {
        return Err(vm.type_error("BigInts and numbers cannot be mixed"));
    }
    Ok((o, data))
}

fn constructor_this<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<Object<'gc>> {
    match v.as_object().filter(|o| o.is_constructor()) {
        Some(c) => Ok(c),
        None => Err(vm.not_a(v, "constructor")),
    }
}

/// 23.2.2.2 %TypedArray%.of ( ...items )
fn of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let c = constructor_this(vm, args.this())?;
    let (new, _) = create(vm, c, &[Value::number(args.len() as f64)])?;
    for (i, &v) in args.slice().iter().enumerate() {
        let key = vm.index_key(i as u64)?;
        new.put(vm, key, v)?;
    }
    Ok(Value::object(new))
}
