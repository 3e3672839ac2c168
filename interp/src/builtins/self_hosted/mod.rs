//! Built-ins written in JavaScript: those that call back. Compiled once a process, shared by all
//! threads; each realm runs the library's wrapper once and takes its functions.

use std::sync::{Arc, OnceLock};

use crate::bytecode::code::Code;
use crate::compiler;
use crate::object::Object;
use crate::object::shape::HIDDEN;
use crate::syntax::{ParseOptions, Source};
use crate::value::Value;
use crate::vm::realm::Intrinsic;
use crate::vm::{JsResult, Vm};

const SOURCES: &[(&str, &str)] = &[("array.js", include_str!("array.js"))];

static CODE: OnceLock<Vec<Arc<Code>>> = OnceLock::new();

fn library() -> &'static [Arc<Code>] {
    CODE.get_or_init(|| {
        SOURCES
            .iter()
            .map(|(name, text)| {
                let options = compiler::Options { self_hosted: true, ..compiler::Options::default() };
                let source = Source::new(name, text);
                crate::engine::compile_source(source, ParseOptions::script(), options)
                    .expect("the library is part of this crate and compiles")
            })
            .collect()
    })
}

/// Takes the library's functions into the realm.
pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let array = vm.intrinsic(Intrinsic::Array)?;
    let proto = vm.intrinsic(Intrinsic::ArrayPrototype)?;
    let functions = run(vm, 0)?;
    for key in functions.own_keys(vm)? {
        let f = functions.get(vm, key, Value::object(functions))?;
        let from = vm.key("from")?;
        let home = if key == from { array } else { proto };
        home.define_own(vm, key, f, HIDDEN)?;
    }
    Ok(())
}

fn run<'gc>(vm: &mut Vm<'gc>, index: usize) -> JsResult<Object<'gc>> {
    let rt = vm.make_code(library()[index].clone())?;
    let v = vm.run_program(rt, Value::undefined(), Value::undefined(), Value::undefined(), None)?;
    Ok(v.as_object().expect("the library's wrapper gives an object"))
}
