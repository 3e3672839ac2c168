//! Modules (16.2): what a host compiles and gives, and what the bytecode asks for.
//!
//! ```text
//! import → ModuleLoader (resolve, load) → record.rs → link.rs → evaluate.rs → a promise
//! ```
//!
//! A [`Module`] is immutable and shared by threads, as a script is. A realm makes a *record* of it
//! (`record.rs`), once for each name and type. The engine does no I/O: a [`ModuleLoader`] of the host
//! says what a specifier means and gives the module; it is asked synchronously, when a graph is
//! loaded. Linking and evaluation walk graphs of any depth without recursion.

mod evaluate;
mod import;
mod link;
mod namespace;
mod record;
mod resolve;

use std::sync::Arc;

use crate::bytecode::code::Code;
use crate::compiler;
use crate::engine::{ScriptOptions, compile_source};
use crate::error::Error;
use crate::host::{HostError, HostValue};
use crate::syntax::{ParseOptions, Source};
use crate::value::Value;
use crate::vm::{JsResult, Vm};

pub(crate) use evaluate::Evaluation;
pub(crate) use import::import_call;
pub(crate) use namespace::NamespaceData;
pub(crate) use namespace::{define, delete, get, get_own, has, own_keys, set};
pub(crate) use record::ModuleGc;

/// A compiled module, or data that is imported as one: immutable, shared by engines and threads.
#[derive(Clone, Debug)]
pub struct Module {
    pub(crate) name: Arc<str>,
    pub(crate) kind: ModuleKind,
}

#[derive(Clone, Debug)]
pub(crate) enum ModuleKind {
    Source(Arc<Code>),
    Json(Arc<str>),
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
}

impl Module {
    /// Compiles a module; `name` stands in errors and stacks, and is the referrer of its imports.
    ///
    /// # Errors
    /// [`ErrorKind::Syntax`](crate::ErrorKind::Syntax) with the place.
    pub fn compile(name: &str, source: &str) -> Result<Module, Error> {
        Module::compile_with(name, source, ScriptOptions::default())
    }

    /// As [`Module::compile`], with options.
    ///
    /// # Errors
    /// [`ErrorKind::Syntax`](crate::ErrorKind::Syntax) with the place.
    pub fn compile_with(name: &str, source: &str, options: ScriptOptions) -> Result<Module, Error> {
        let source = Source::new(name, source);
        let parse = options.parse_options(ParseOptions::module(), &source);
        let code = compile_source(source, parse, compiler::Options::default())?;
        Ok(Module { name: name.into(), kind: ModuleKind::Source(code) })
    }

    /// A JSON module: its default export is the value. That it is not JSON is found when it is loaded.
    pub fn json(name: &str, text: &str) -> Module {
        Module { name: name.into(), kind: ModuleKind::Json(text.into()) }
    }

    /// A text module: its default export is the string.
    pub fn text(name: &str, text: &str) -> Module {
        Module { name: name.into(), kind: ModuleKind::Text(text.into()) }
    }

    /// A module of bytes: its default export is a `Uint8Array` of an immutable buffer.
    pub fn bytes(name: &str, bytes: impl Into<Arc<[u8]>>) -> Module {
        Module { name: name.into(), kind: ModuleKind::Bytes(bytes.into()) }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytecode as text; empty for data.
    pub fn disassemble(&self) -> String {
        match &self.kind {
            ModuleKind::Source(code) => crate::bytecode::disasm::disassemble(code),
            _ => String::new(),
        }
    }
}

/// What an import expects: the attribute `type`, or its absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModuleType {
    /// A module of JavaScript.
    JavaScript,
    /// `with { type: "json" }`
    Json,
    /// `with { type: "text" }`
    Text,
    /// `with { type: "bytes" }`
    Bytes,
}

impl ModuleType {
    pub(crate) fn of_attribute(value: &str) -> Option<ModuleType> {
        match value {
            "json" => Some(ModuleType::Json),
            "text" => Some(ModuleType::Text),
            "bytes" => Some(ModuleType::Bytes),
            _ => None,
        }
    }
}

/// Where modules come from (HostLoadImportedModule): the host's own, since the engine does no I/O.
///
/// ```
/// use interp::{Engine, HostError, Module, ModuleLoader, ModuleState, ModuleType};
///
/// struct Fixed;
/// impl ModuleLoader for Fixed {
///     fn resolve(&mut self, _referrer: &str, specifier: &str) -> Result<String, HostError> {
///         Ok(specifier.to_string())
///     }
///     fn load(&mut self, name: &str, _: ModuleType) -> Result<Module, HostError> {
///         Ok(Module::compile(name, "export const answer = 42")?)
///     }
/// }
///
/// let context = gc::Context::open(gc::Config::default())?;
/// let mut engine = Engine::builder().open(&context)?;
/// engine.set_module_loader(Fixed);
/// let main = Module::compile("main", "import { answer } from 'a'; if (answer !== 42) throw answer")?;
/// let run = engine.run_module(&main)?;
/// engine.run_jobs()?;
/// assert!(matches!(engine.module_state(&run), ModuleState::Fulfilled));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait ModuleLoader {
    /// The name of the module that `specifier` means in `referrer` (the name of a script or module).
    /// A realm asks for a module of a name and type once.
    ///
    /// # Errors
    /// What is thrown instead.
    fn resolve(&mut self, referrer: &str, specifier: &str) -> Result<String, HostError>;

    /// The module of a name.
    ///
    /// # Errors
    /// What is thrown instead; an [`Error`] of compilation converts to a `SyntaxError`.
    fn load(&mut self, name: &str, expected: ModuleType) -> Result<Module, HostError>;

    /// The properties of a module's `import.meta`.
    fn meta(&mut self, name: &str) -> Vec<(String, HostValue)> {
        let _ = name;
        Vec::new()
    }

    /// Whether the host has a representation of the source of the module of a name, so that
    /// `import source` gives an object of `%AbstractModuleSource%`. JavaScript modules have none.
    fn has_source(&mut self, name: &str) -> bool {
        let _ = name;
        false
    }
}

/// The evaluation of a module that [`Engine::run_module`](crate::Engine::run_module) began.
#[derive(Clone, Debug)]
pub struct ModuleRun {
    pub(crate) promise: gc::Handle<<crate::object::ObjectCell<'static> as gc::Trace>::Static>,
}

/// How far the evaluation of a module is.
#[derive(Clone, Debug)]
pub enum ModuleState {
    /// It waits in a top-level `await`.
    Pending,
    /// It ran to its end, and so did everything it imports.
    Fulfilled,
    /// It threw, or something it imports did.
    Rejected(Error),
}

impl From<Error> for HostError {
    fn from(e: Error) -> HostError {
        let text = e.message();
        let (kind, message) = match text.split_once(": ") {
            Some(("SyntaxError", rest)) => ("SyntaxError", rest),
            Some(("RangeError", rest)) => ("RangeError", rest),
            _ => ("Error", text),
        };
        let message = match e.location() {
            Some(l) => format!("{message} ({}:{}:{})", l.source, l.line, l.column),
            None => message.to_string(),
        };
        HostError::Throw { kind, message }
    }
}

/// `import.meta` (13.3.12.1)
pub(crate) fn import_meta<'gc>(vm: &mut Vm<'gc>) -> JsResult<Value<'gc>> {
    let module = vm.current_frame().and_then(|f| f.rt.module.get());
    let Some(module) = module else { return Err(vm.syntax_error("import.meta outside of a module")) };
    if let Some(meta) = module.meta.get() {
        return Ok(Value::object(meta));
    }
    let shape = vm.root_shape(None, 4);
    let class = crate::object::Class::Object;
    let meta = crate::object::Object::new(vm.mc, shape, class, 0, crate::object::data::ObjectData::None)?;
    let name = module.name.clone();
    let properties = match &mut vm.st.loader {
        Some(loader) => loader.meta(&name),
        None => Vec::new(),
    };
    for (name, value) in properties {
        let key = vm.key(&name)?;
        let value = crate::host::from_host(vm, &value)?;
        meta.create_data(vm, key, value)?;
    }
    module.set(vm.mc, |m| &m.meta, Some(meta));
    Ok(Value::object(meta))
}
