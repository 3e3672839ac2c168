//! Built-ins written in JavaScript: those that call back. Compiled once a process, shared by all
//! threads; each realm runs the library's wrapper once and takes its functions.
#![forbid(unsafe_code)]

use std::sync::{Arc, OnceLock};

use crate::bytecode::code::Code;
use crate::compiler;
use crate::object::Object;
use crate::object::shape::HIDDEN;
use crate::syntax::{ParseOptions, Source};
use crate::value::Value;
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{JsResult, Vm};

/// A part of the library, compiled when it is first wanted.
struct Part {
    name: &'static str,
    text: &'static str,
    code: OnceLock<Arc<Code>>,
}

static ARRAY: Part = Part { name: "array.js", text: include_str!("array.js"), code: OnceLock::new() };
static SET: Part = Part { name: "set.js", text: include_str!("set.js"), code: OnceLock::new() };
static ITERATOR: Part =
    Part { name: "iterator.js", text: include_str!("iterator.js"), code: OnceLock::new() };

static DECORATORS: Part =
    Part { name: "decorators.js", text: include_str!("decorators.js"), code: OnceLock::new() };

static CALLS: Part = Part { name: "calls.js", text: include_str!("calls.js"), code: OnceLock::new() };
static COPY: Part = Part { name: "copy.js", text: include_str!("copy.js"), code: OnceLock::new() };
static PROMISE: Part = Part { name: "promise.js", text: include_str!("promise.js"), code: OnceLock::new() };
static KEYED: Part = Part { name: "keyed.js", text: include_str!("keyed.js"), code: OnceLock::new() };
static OBJECT: Part = Part { name: "object.js", text: include_str!("object.js"), code: OnceLock::new() };

static STRING: Part = Part { name: "string.js", text: include_str!("string.js"), code: OnceLock::new() };
static REGEXP: Part = Part { name: "regexp.js", text: include_str!("regexp.js"), code: OnceLock::new() };

static TYPED_ARRAY: Part =
    Part { name: "typed_array.js", text: include_str!("typed_array.js"), code: OnceLock::new() };

static FILL: Part = Part { name: "fill.js", text: include_str!("fill.js"), code: OnceLock::new() };

static JSON: Part = Part { name: "json.js", text: include_str!("json.js"), code: OnceLock::new() };

static HOST: Part = Part { name: "host.js", text: include_str!("host.js"), code: OnceLock::new() };

/// What a function of the host does with objects, by [`crate::HostCall`].
pub(crate) fn host_functions<'gc>(vm: &mut Vm<'gc>) -> JsResult<Object<'gc>> {
    run(vm, &HOST)
}

/// The functions that apply the decorators of a class.
pub(crate) fn init_decorators(vm: &mut Vm<'_>) -> JsResult<()> {
    let names = [("decorate", Intrinsic::DecorateClass), ("finish", Intrinsic::FinishClass)];
    take_intrinsics(vm, &DECORATORS, &names)
}

/// What operations of the machine do when they call a script.
pub(crate) fn init_calls(vm: &mut Vm<'_>) -> JsResult<()> {
    let names = [
        ("executor", Intrinsic::CallExecutor),
        ("fields", Intrinsic::InitFields),
        ("construct", Intrinsic::ProxyConstruct),
        ("get", Intrinsic::ProxyGet),
        ("set", Intrinsic::ProxySet),
        ("add", Intrinsic::AddObjects),
        ("arith", Intrinsic::ArithObjects),
        ("number", Intrinsic::ObjectToNumber),
        ("string", Intrinsic::ObjectToString),
        ("compare", Intrinsic::CompareObjects),
        ("unary", Intrinsic::UnaryObject),
        ("key", Intrinsic::ObjectToKey),
        ("element", Intrinsic::ElementByObject),
        ("hasInstance", Intrinsic::HasInstance),
        ("close", Intrinsic::CloseIterator),
    ];
    take_intrinsics(vm, &CALLS, &names)
}

/// What copies properties, and items, when that calls a script.
pub(crate) fn init_copy(vm: &mut Vm<'_>) -> JsResult<()> {
    let names = [
        ("assign", Intrinsic::AssignFrom),
        ("list", Intrinsic::ListValues),
        ("copy", Intrinsic::CopyProps),
        ("concat", Intrinsic::ConcatFrom),
        ("set", Intrinsic::ReflectSetter),
        ("slice", Intrinsic::SliceFrom),
        ("indexOf", Intrinsic::IndexOf),
        ("includes", Intrinsic::Includes),
    ];
    take_intrinsics(vm, &COPY, &names)
}

/// What the functions of Promise do when they call a script.
pub(crate) fn init_promise(vm: &mut Vm<'_>) -> JsResult<()> {
    let names = [
        ("combine", Intrinsic::CombinePromises),
        ("attempt", Intrinsic::AttemptPromise),
        ("afterFinally", Intrinsic::AfterFinally),
        ("callSync", Intrinsic::CallSyncIterator),
    ];
    take_intrinsics(vm, &PROMISE, &names)
}

fn take_intrinsics(vm: &mut Vm<'_>, part: &'static Part, names: &[(&str, Intrinsic)]) -> JsResult<()> {
    let functions = run(vm, part)?;
    for &(name, which) in names {
        let key = vm.key(name)?;
        let f = functions.get(vm, key, Value::object(functions))?;
        Realm::set(vm.realm(), vm.mc, which, f.as_object().expect("the part has this function"));
    }
    Ok(())
}

/// Takes the library's functions into the realm.
pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let array = vm.intrinsic(Intrinsic::Array)?;
    let proto = vm.intrinsic(Intrinsic::ArrayPrototype)?;
    let functions = run(vm, &ARRAY)?;
    for key in functions.own_keys(vm)? {
        let f = functions.get(vm, key, Value::object(functions))?;
        let is_static = key == vm.key("from")? || key == vm.key("fromAsync")?;
        let home = if is_static { array } else { proto };
        home.define_own(vm, key, f, HIDDEN)?;
    }
    Ok(())
}

/// The methods of `Set.prototype` that take another set.
pub(crate) fn init_set<'gc>(vm: &mut Vm<'gc>, proto: Object<'gc>) -> JsResult<()> {
    let functions = run(vm, &SET)?;
    for key in functions.own_keys(vm)? {
        let f = functions.get(vm, key, Value::object(functions))?;
        proto.define_own(vm, key, f, HIDDEN)?;
    }
    Ok(())
}

/// The methods of `Iterator.prototype`, of `Iterator`, and of wrapped iterators.
pub(crate) fn init_iterator(vm: &mut Vm<'_>) -> JsResult<()> {
    let parts = run(vm, &ITERATOR)?;
    let homes = [
        ("prototype", Intrinsic::IteratorPrototype),
        ("constructor", Intrinsic::Iterator),
        ("wrapper", Intrinsic::WrapForValidIteratorPrototype),
    ];
    for (name, home) in homes {
        let key = vm.key(name)?;
        let home = vm.intrinsic(home)?;
        let Some(functions) = parts.get_own_data(vm, key).and_then(|v| v.as_object()) else { continue };
        for key in functions.own_keys(vm)? {
            let f = functions.get(vm, key, Value::object(functions))?;
            home.define_own(vm, key, f, HIDDEN)?;
        }
    }
    Ok(())
}

/// The functions of maps, sets and WeakMaps.
pub(crate) fn keyed_functions<'gc>(vm: &mut Vm<'gc>) -> JsResult<Object<'gc>> {
    run(vm, &KEYED)
}

/// The static methods of Object.
pub(crate) fn init_object<'gc>(vm: &mut Vm<'gc>, constructor: Object<'gc>) -> JsResult<()> {
    for f in closed(vm, &OBJECT)? {
        own_by_name(vm, constructor, f)?;
    }
    Ok(())
}

/// The methods of typed arrays that call back. Gives what `sort` and what the constructors hand over to, and how lists are
/// sorted.
pub(crate) fn init_typed_arrays<'gc>(
    vm: &mut Vm<'gc>,
    constructor: Object<'gc>,
    prototype: Object<'gc>,
) -> JsResult<[Value<'gc>; 3]> {
    let mut functions = closed(vm, &TYPED_ARRAY)?;
    let (Some(construct), Some(sort), Some(from)) = (functions.pop(), functions.pop(), functions.pop())
    else {
        panic!("the part ends with these")
    };
    own_by_name(vm, constructor, from)?;
    for f in functions {
        own_by_name(vm, prototype, f)?;
    }
    let [wrapper] = &*compiled(&ARRAY).children else { panic!("a part is one function") };
    let list = wrapper.children.iter().find(|c| c.name.to_string() == "sortList").expect("the part has it");
    let realm = vm.realm();
    let list = vm.make_uncalled(list.clone(), realm)?;
    let list = vm.closure_from(list, None)?;
    Ok([sort, construct, Value::object(list)])
}

fn own_by_name<'gc>(vm: &mut Vm<'gc>, home: Object<'gc>, f: Value<'gc>) -> JsResult<()> {
    let name = vm.names().name;
    let name = vm.get_value(f, name)?;
    let key = vm.to_key(name)?;
    home.define_own(vm, key, f, HIDDEN)
}

/// What the constructors of collections hand over to: for entries, and for values.
pub(crate) fn fill_functions<'gc>(vm: &mut Vm<'gc>) -> JsResult<Vec<Value<'gc>>> {
    closed(vm, &FILL)
}

/// What JSON hands over to: to revive, and to serialize.
pub(crate) fn json_functions<'gc>(vm: &mut Vm<'gc>) -> JsResult<Vec<Value<'gc>>> {
    closed(vm, &JSON)
}

/// What `replace` of strings hands over to.
pub(crate) fn string_functions<'gc>(vm: &mut Vm<'gc>) -> JsResult<Vec<Value<'gc>>> {
    closed(vm, &STRING)
}

/// What `replace` of RegExps hands over to.
pub(crate) fn regexp_functions<'gc>(vm: &mut Vm<'gc>) -> JsResult<Vec<Value<'gc>>> {
    closed(vm, &REGEXP)
}

/// The functions of a part in their order. They close over nothing, so that its wrapper need not run.
fn closed<'gc>(vm: &mut Vm<'gc>, part: &'static Part) -> JsResult<Vec<Value<'gc>>> {
    let [wrapper] = &*compiled(part).children else { panic!("a part is one function") };
    let realm = vm.realm();
    let mut functions = Vec::with_capacity(wrapper.children.len());
    for code in &wrapper.children {
        let code = vm.make_uncalled(code.clone(), realm)?;
        functions.push(Value::object(vm.closure_from(code, None)?));
    }
    Ok(functions)
}

/// Gives `home` the functions that stand in a part's object under `name`.
pub(crate) fn move_in<'gc>(
    vm: &mut Vm<'gc>,
    part: Object<'gc>,
    name: &str,
    home: Object<'gc>,
) -> JsResult<()> {
    let key = vm.key(name)?;
    let functions = part.get(vm, key, Value::object(part))?.as_object().expect("the part has such functions");
    for key in functions.own_keys(vm)? {
        let f = functions.get(vm, key, Value::object(functions))?;
        home.define_own(vm, key, f, HIDDEN)?;
    }
    Ok(())
}

fn compiled(part: &'static Part) -> &'static Arc<Code> {
    part.code.get_or_init(|| {
        let options = compiler::Options { self_hosted: true, ..compiler::Options::default() };
        let source = Source::new(part.name, part.text);
        crate::engine::compile_source(source, ParseOptions::script(), options)
            .expect("the library is part of this crate and compiles")
    })
}

fn run<'gc>(vm: &mut Vm<'gc>, part: &'static Part) -> JsResult<Object<'gc>> {
    let rt = vm.make_code(compiled(part).clone())?;
    let v = vm.run_program(rt, Value::undefined(), Value::undefined(), Value::undefined(), None)?;
    Ok(v.as_object().expect("the library's wrapper gives an object"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The functions of these parts get no environment: one that closed over something would read through nothing.
    #[test]
    fn closed_parts_close_over_nothing() {
        for part in [&OBJECT, &TYPED_ARRAY, &FILL, &JSON, &STRING, &REGEXP] {
            let [wrapper] = &*compiled(part).children else { panic!("{} is one function", part.name) };
            let text = crate::bytecode::disasm::disassemble(wrapper);
            assert!(text.contains("Closure"), "{}: {text}", part.name);
            assert!(!text.contains("NewEnv"), "{} keeps something for its functions: {text}", part.name);
        }
        // This one does, so the test can tell.
        let [wrapper] = &*compiled(&CALLS).children else { panic!("a part is one function") };
        assert!(crate::bytecode::disasm::disassemble(wrapper).contains("NewEnv"));
    }
}
