//! An engine (the specification's agent, with its realm) on a collector's context, and compiled
//! scripts.
//!
//! The engine runs a script as one mutation of its heap and leaves it whenever a collection is
//! wanted; see [`crate::vm`].
#![forbid(unsafe_code)]

use std::sync::Arc;

use bumpalo::Bump;

use crate::bytecode::code::Code;
use crate::compiler::{self, CompileError};
use crate::error::{Error, ErrorKind, Location};
use crate::host::{HostError, HostValue, from_host, to_host};
use crate::module::{Module, ModuleRun, ModuleState};
use crate::object::data::{ErrorData, ObjectData};
use crate::object::function::NativeCode;
use crate::syntax::atoms::AtomTable;
use crate::syntax::{ErrorKind as SyntaxKind, Goal, ParseOptions, Source, parse};
use crate::value::{Kind, Value};
use crate::vm::call::Entered;
use crate::vm::job::Job;
use crate::vm::{Config, Exit, JsResult, State, Throw, Vm, dispatch, native_address};

/// A compiled script: immutable, shared by any number of engines and threads.
#[derive(Clone, Debug)]
pub struct Script {
    pub(crate) code: Arc<Code>,
}

/// How a script is compiled.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ScriptOptions {
    max_bytes: Option<usize>,
}

impl ScriptOptions {
    /// The most bytes that the tree and the names of the script may take while it is compiled; a source that needs more is
    /// refused. By default there is no such limit. (Texts a script evaluates itself count for its engine's heap.)
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = Some(bytes);
        self
    }
}

impl Script {
    /// Compiles a script; `name` stands in errors and stacks.
    ///
    /// # Errors
    /// [`ErrorKind::Syntax`] with the place.
    pub fn compile(name: &str, source: &str) -> Result<Script, Error> {
        Script::compile_with(name, source, ScriptOptions::default())
    }

    /// As [`Script::compile`], with options.
    ///
    /// # Errors
    /// [`ErrorKind::Syntax`] with the place.
    pub fn compile_with(name: &str, source: &str, options: ScriptOptions) -> Result<Script, Error> {
        let mut parse = ParseOptions::script();
        parse.max_bytes = options.max_bytes.unwrap_or(usize::MAX);
        let code = compile_source(Source::new(name, source), parse, compiler::Options::default())?;
        Ok(Script { code })
    }

    /// The bytecode as text.
    pub fn disassemble(&self) -> String {
        crate::bytecode::disasm::disassemble(&self.code)
    }
}

/// Bytes of native stack the front end may use.
const COMPILE_STACK: usize = 768 << 10;

/// Parses and compiles.
pub(crate) fn compile_source(
    source: Source,
    parse_options: ParseOptions,
    mut options: compiler::Options,
) -> Result<Arc<Code>, Error> {
    let arena = Bump::new();
    let mut atoms = AtomTable::new();
    let parse_options = ParseOptions { regexp_check: crate::regexp::check, ..parse_options };
    options.stack_limit = native_address().saturating_sub(COMPILE_STACK);
    let program = match parse(&source, &parse_options, &arena, &mut atoms) {
        Ok(p) => p,
        Err(e) => {
            let (excerpt, _) = source.excerpt(e.span.start);
            let location = Location {
                source: source.name().to_string(),
                line: e.line,
                column: e.column,
                excerpt: Some(excerpt),
            };
            let prefix = if e.kind == SyntaxKind::Limit { "RangeError" } else { "SyntaxError" };
            return Err(Error::new(ErrorKind::Syntax, format!("{prefix}: {}", e.message)).at(Some(location)));
        }
    };
    let source = Arc::new(source);
    compiler::compile(&program, source.clone(), &options).map_err(|e| {
        let (message, pos) = match e {
            CompileError::Failed { message, pos } => (message, pos),
            CompileError::NeedsFar => ("function is too complex".to_string(), 0),
        };
        let (line, column) = source.line_column(pos);
        let (excerpt, _) = source.excerpt(pos);
        let location = Location { source: source.name().to_string(), line, column, excerpt: Some(excerpt) };
        Error::new(ErrorKind::Syntax, format!("RangeError: {message}")).at(Some(location))
    })
}

struct Root;

impl gc::Rootable for Root {
    type Root<'gc> = State<'gc>;
}

/// How an engine is opened.
#[derive(Clone, Debug, Default)]
pub struct EngineBuilder {
    name: String,
    config: Config,
    heap_limit: Option<usize>,
}

impl EngineBuilder {
    /// The name in the collector's reports.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.name = name.to_string();
        self
    }
    /// The work a script may do: about one unit a call, loop iteration, or element touched by a
    /// built-in. Unlimited by default.
    #[must_use]
    pub fn fuel(mut self, fuel: u64) -> Self {
        self.config.fuel = fuel;
        self
    }
    /// The bytes the engine's heap may have. Unlimited by default.
    #[must_use]
    pub fn heap_limit(mut self, bytes: usize) -> Self {
        self.heap_limit = Some(bytes);
        self
    }
    /// The bytes of native stack built-ins may use below the caller of the engine; 512 KiB by default.
    #[must_use]
    pub fn native_stack(mut self, bytes: usize) -> Self {
        self.config.native_stack = bytes;
        self
    }
    /// Uses the looping dispatch back-end even where the threaded one is there (for tests of both).
    #[must_use]
    pub fn looped(mut self, looped: bool) -> Self {
        self.config.looped = looped;
        self
    }
    /// Opens the engine.
    ///
    /// # Errors
    /// If the heap limit is too small for an empty engine, or the context is configured for generations or to mark in
    /// slices: inline caches are filled without the barrier that those need.
    pub fn open(self, context: &gc::Context) -> Result<Engine, Error> {
        if context.needs_barrier() {
            let why = "the engine cannot be opened: its context collects by generations or in slices";
            return Err(Error::new(ErrorKind::Host, why.to_string()));
        }
        let mut config = gc::EngineConfig::named(self.name);
        if let Some(limit) = self.heap_limit {
            config = config.hard_limit(limit).soft_limit(limit / 4 * 3);
        }
        let settings = self.config;
        let opened = context.engine::<Root>(config, |_| State::new(settings));
        let gc =
            opened.map_err(|e| Error::new(ErrorKind::Host, format!("the engine cannot be opened: {e}")))?;
        let remote = context.remote();
        let mut engine = Engine { gc, remote };
        engine.enter(|vm| crate::builtins::set_up(vm).map(|()| Value::undefined()), |_, _| ())?;
        Ok(engine)
    }
}

/// A script engine.
pub struct Engine {
    gc: gc::Engine<Root>,
    remote: gc::Remote,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("name", &self.gc.name()).finish_non_exhaustive()
    }
}

impl Engine {
    /// How an engine is opened, with defaults.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// Runs a script in the engine's realm and gives the clone of its completion value (functions and
    /// the like give [`HostValue::Undefined`]).
    ///
    /// # Errors
    /// What the script throws, or how it was ended. The engine can be used again.
    pub fn run(&mut self, script: &Script) -> Result<HostValue, Error> {
        let code = script.code.clone();
        self.drive(
            |vm| {
                let rt = vm.code(&code)?;
                let global = Value::object(vm.realm().global());
                vm.enter_program(rt, Value::undefined(), global, Value::undefined(), None)?;
                Ok(Entered::Frame)
            },
            completion,
        )
    }

    /// Compiles and runs.
    ///
    /// # Errors
    /// As [`Script::compile`] and [`Engine::run`].
    pub fn eval(&mut self, source: &str) -> Result<HostValue, Error> {
        self.run(&Script::compile("<eval>", source)?)
    }

    /// Defines a global function that calls the host. Arguments and result are clones.
    ///
    /// # Errors
    /// If memory is full.
    pub fn define_function(
        &mut self,
        name: &str,
        length: u32,
        f: impl FnMut(&[HostValue]) -> Result<HostValue, HostError> + 'static,
    ) -> Result<(), Error> {
        let f = Box::new(f);
        self.enter(
            |vm| {
                vm.st.hosts.push(f);
                let index = (vm.st.hosts.len() - 1) as u32;
                let key = vm.key(name)?;
                let function =
                    crate::builtins::new_native(vm, NativeCode::Host(index), length, key, "", &[], false)?;
                let global = vm.realm().global();
                global.define_own(vm, key, Value::object(function), crate::object::shape::HIDDEN)?;
                Ok(Value::undefined())
            },
            |_, _| (),
        )
    }

    /// Sets where `console` and `print` write: called with a line, and whether it is an error's.
    /// Without it nothing is written.
    pub fn set_console(&mut self, sink: impl FnMut(&str, bool) + 'static) {
        let sink: crate::vm::Sink = Box::new(sink);
        self.gc.mutate(|_, st| st.sink = Some(sink));
    }

    /// Sets a global property.
    ///
    /// # Errors
    /// If memory is full.
    pub fn set_global(&mut self, name: &str, value: HostValue) -> Result<(), Error> {
        self.enter(
            |vm| {
                let v = from_host(vm, &value)?;
                let key = vm.key(name)?;
                let global = vm.realm().global();
                global.put(vm, key, v)?;
                Ok(Value::undefined())
            },
            |_, _| (),
        )
    }

    /// Calls a global function.
    ///
    /// # Errors
    /// What the function throws, or how it was ended.
    pub fn call_global(&mut self, name: &str, args: &[HostValue]) -> Result<HostValue, Error> {
        self.drive(
            |vm| {
                let mut list = Vec::with_capacity(args.len());
                for a in args {
                    list.push(from_host(vm, a)?);
                }
                let key = vm.key(name)?;
                let f = match vm.realm().lexical(key) {
                    Some(cell) => cell.cell.slot(0),
                    None => {
                        let global = vm.realm().global();
                        global.get(vm, key, Value::object(global))?
                    }
                };
                vm.start_call(f, Value::undefined(), &list)
            },
            completion,
        )
    }

    /// Defines `$262`, the host object of the conformance suite test262, all but its agents.
    ///
    /// # Errors
    /// If memory is full.
    pub fn define_test262(&mut self) -> Result<(), Error> {
        self.enter(
            |vm| {
                let o = crate::builtins::test262::make(vm)?;
                let key = vm.key("$262")?;
                let global = vm.realm().global();
                global.define_own(vm, key, Value::object(o), crate::object::shape::HIDDEN)?;
                Ok(Value::undefined())
            },
            |_, _| (),
        )
    }

    /// Sets where modules come from; without it nothing can be imported.
    pub fn set_module_loader(&mut self, loader: impl crate::module::ModuleLoader + 'static) {
        let loader: Box<dyn crate::module::ModuleLoader> = Box::new(loader);
        self.gc.mutate(|_, st| st.loader = Some(loader));
    }

    /// Loads, links and evaluates a module and what it imports, up to the first top-level `await`; the
    /// rest goes on in [`Engine::run_jobs`]. In a realm a module of a name is evaluated once.
    ///
    /// # Errors
    /// What loading or linking throws, or how evaluation was ended by a limit. What a body throws is
    /// the result's state.
    pub fn run_module(&mut self, module: &Module) -> Result<ModuleRun, Error> {
        let promise = self.enter(
            |vm| {
                let (promise, evaluation) = vm.start_module(module)?;
                if let Some(evaluation) = evaluation {
                    vm.evaluate_next(evaluation);
                }
                Ok(Value::object(promise))
            },
            |vm, promise| vm.mc.handle(promise.as_object().expect("a promise is an object").gc()),
        )?;
        loop {
            let mut more = false;
            self.gc.mutate(|_, st| more = matches!(st.jobs.front(), Some(Job::Evaluate(_))));
            if !more {
                break;
            }
            self.run_job()?;
        }
        Ok(ModuleRun { promise })
    }

    /// How far a module's evaluation is.
    pub fn module_state(&mut self, run: &ModuleRun) -> ModuleState {
        use crate::vm::job::{PromiseState, promise_data};
        self.gc.mutate(|mc, st| {
            let data = mc.resolve(&run.promise).and_then(|p| promise_data(crate::object::Object::from_gc(p)));
            let Some(data) = data else { return ModuleState::Pending };
            match data.state.get() {
                PromiseState::Pending => ModuleState::Pending,
                PromiseState::Fulfilled => ModuleState::Fulfilled,
                PromiseState::Rejected => {
                    data.handled.set(true);
                    let mut vm = Vm::new(mc, st);
                    let error = describe(&mut vm, data.value.get());
                    vm.finish();
                    ModuleState::Rejected(error)
                }
            }
        })
    }

    /// Runs promise jobs until none is left.
    ///
    /// # Errors
    /// How a job was ended by a limit; what jobs throw goes to their promises.
    pub fn run_jobs(&mut self) -> Result<(), Error> {
        loop {
            // Jobs may be many and short: the garbage of one goes before the next.
            self.gc.safepoint();
            let mut job = None;
            // The job itself cannot leave the mutation; it waits in the state.
            let mut collect = false;
            self.gc.mutate(|mc, st| {
                st.enqueue_cleanups(mc);
                job = st.jobs.front().map(|_| ());
                collect = std::mem::take(&mut st.collect_soon);
            });
            if collect {
                self.gc.collect();
            }
            if job.is_none() {
                return Ok(());
            }
            self.run_job()?;
        }
    }

    /// Runs the first job, which is there.
    fn run_job(&mut self) -> Result<(), Error> {
        self.drive(
            |vm| {
                let job = vm.st.jobs.pop_front().expect("the caller saw it");
                vm.st.current_job = Some(job);
                vm.start_job(job)
            },
            |vm, result| {
                if let Some(job) = vm.st.current_job.take() {
                    let _ = vm.finish_job(job, result);
                }
                Ok(HostValue::Undefined)
            },
        )?;
        Ok(())
    }

    /// Gives the engine this much fuel.
    pub fn set_fuel(&mut self, fuel: u64) {
        self.gc.mutate(|_, st| st.fuel = fuel);
    }

    /// The fuel that is left.
    pub fn fuel_left(&mut self) -> u64 {
        self.gc.mutate(|_, st| st.fuel)
    }

    /// A handle by which other threads interrupt scripts of this engine's context.
    pub fn remote(&self) -> gc::Remote {
        self.remote
    }

    /// The bytes of the engine's heap, and those charged to it.
    pub fn heap_bytes(&self) -> usize {
        let stats = self.gc.stats();
        stats.bytes + stats.external_bytes
    }

    /// Collects garbage now.
    pub fn collect(&mut self) {
        self.gc.collect();
    }

    /// Closes the engine.
    pub fn close(self) -> gc::EngineReport {
        self.gc.close()
    }

    /// Runs something short that is no script.
    fn enter<T>(
        &mut self,
        start: impl for<'gc> FnOnce(&mut Vm<'gc>) -> JsResult<Value<'gc>>,
        end: impl for<'gc> FnOnce(&mut Vm<'gc>, Value<'gc>) -> T,
    ) -> Result<T, Error> {
        self.gc.mutate(|mc, st| {
            let mut vm = Vm::new(mc, st);
            vm.depth = 1;
            let result = start(&mut vm);
            vm.reset_stack();
            let r = match result {
                // A termination may have been taken for an abrupt completion on its way.
                Ok(v) if !vm.is_terminating() => Ok(end(&mut vm, v)),
                Ok(_) => Err(failure(&mut vm, Throw::pending())),
                Err(t) => Err(failure(&mut vm, t)),
            };
            end_termination(&mut vm);
            vm.finish();
            r
        })
    }

    /// Runs frames to their end, leaving the mutation for collections.
    fn drive(
        &mut self,
        start: impl for<'gc> FnOnce(&mut Vm<'gc>) -> JsResult<Entered<'gc>>,
        end: impl for<'gc> Fn(&mut Vm<'gc>, JsResult<Value<'gc>>) -> Result<HostValue, Error>,
    ) -> Result<HostValue, Error> {
        let mut start = Some(start);
        loop {
            let outcome = self.gc.mutate(|mc, st| {
                let mut vm = Vm::new(mc, st);
                vm.depth = 1;
                let began = match start.take() {
                    Some(start) => start(&mut vm),
                    None => Ok(Entered::Frame),
                };
                let result = match began {
                    Ok(Entered::Value(v)) => Some(Ok(v)),
                    Err(t) => Some(Err(t)),
                    Ok(e) => match dispatch::run(&mut vm, matches!(e, Entered::FrameThrow)) {
                        Exit::Done => Some(Ok(vm.result)),
                        Exit::Threw => Some(Err(Throw::pending())),
                        Exit::Safepoint => None,
                    },
                };
                let outcome = result.map(|result| {
                    vm.st.kept.clear();
                    vm.reset_stack();
                    let r = end(&mut vm, result);
                    match vm.st.termination {
                        Some(why) => {
                            let error = terminated(&mut vm, why);
                            end_termination(&mut vm);
                            Err(error)
                        }
                        None => r,
                    }
                });
                vm.finish();
                outcome
            });
            match outcome {
                Some(r) => {
                    let full = ErrorKind::Terminated(crate::error::Termination::Heap);
                    if r.as_ref().is_err_and(|e| e.kind() == full) {
                        // What filled the heap is garbage now: the engine goes on with room.
                        self.gc.collect();
                    }
                    return r;
                }
                None => self.gc.safepoint(),
            }
        }
    }
}

fn completion<'gc>(vm: &mut Vm<'gc>, result: JsResult<Value<'gc>>) -> Result<HostValue, Error> {
    match result {
        Ok(v) => match to_host(vm, v, &mut Default::default()) {
            Ok(h) => Ok(h),
            Err(_) => {
                if !vm.is_terminating() {
                    let _ = vm.take_thrown();
                }
                Ok(HostValue::Undefined)
            }
        },
        Err(t) => Err(failure(vm, t)),
    }
}

/// What was ended is reported: the engine goes on.
fn end_termination(vm: &mut Vm<'_>) {
    if vm.st.termination.take().is_some() {
        vm.st.thrown = Value::hole();
        vm.st.current_job = None;
        vm.st.terminated_at = None;
    }
}

fn terminated(vm: &mut Vm<'_>, why: crate::error::Termination) -> Error {
    use crate::error::Termination;
    let text = match why {
        Termination::Fuel => "the script used up its fuel".to_string(),
        Termination::Heap => "the script used up its heap".to_string(),
        Termination::Stack => "the script used up its stack".to_string(),
        Termination::Interrupted(r) => format!("the script was interrupted ({r})"),
        Termination::Host(c) => format!("the script was ended by the host ({c})"),
    };
    let (stack, location) = vm.st.terminated_at.clone().unwrap_or_default();
    Error::new(ErrorKind::Terminated(why), text).at(location).with_stack(stack)
}

/// What was thrown, as an error of the host. Runs no script.
fn failure(vm: &mut Vm<'_>, _: Throw) -> Error {
    if let Some(why) = vm.st.termination {
        return terminated(vm, why);
    }
    let v = vm.take_thrown();
    describe(vm, v)
}

/// The name of what made an object that has none itself, unless it is a plain one. Runs no script.
fn constructor_name<'gc>(vm: &mut Vm<'gc>, o: crate::object::Object<'gc>) -> Option<String> {
    let (constructor_key, name_key) = (vm.names().constructor, vm.names().name);
    let mut at = Some(o);
    while let Some(x) = at {
        if let Some(f) = x.get_own_data(vm, constructor_key).and_then(|f| f.as_object()) {
            let object = vm.realm().get(crate::vm::realm::Intrinsic::Object);
            let plain = object.is_some_and(|o| o.is(f));
            let name = f.get_own_data(vm, name_key)?.as_string()?.to_utf8();
            return (!plain && f.is_callable() && !name.is_empty()).then_some(name);
        }
        at = x.proto();
    }
    None
}

/// An error value as an error of the host.
pub(crate) fn describe<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>) -> Error {
    let Kind::Object(o) = v.kind() else {
        let text = match v.kind() {
            Kind::String(s) => s.to_utf8(),
            _ => vm.show(v),
        };
        return Error::new(ErrorKind::Thrown, format!("uncaught {text}"));
    };
    let text = |vm: &mut Vm<'gc>, key| {
        let mut at = Some(o);
        while let Some(x) = at {
            if let Some(v) = x.get_own_data(vm, key) {
                return v.as_string().map(|s| s.to_utf8());
            }
            at = x.proto();
        }
        None
    };
    let (name_key, message_key) = (vm.names().name, vm.names().message);
    let name = text(vm, name_key).or_else(|| constructor_name(vm, o));
    let message = text(vm, message_key);
    let text = match (name, message) {
        (Some(n), Some(m)) if !m.is_empty() => format!("{n}: {m}"),
        (Some(n), _) if !n.is_empty() => n,
        (_, Some(m)) => m,
        _ => vm.show(v),
    };
    let mut error = Error::new(ErrorKind::Thrown, text);
    if let ObjectData::Any(c) = o.data()
        && let Some(data) = c.downcast::<ErrorData<'gc>>()
    {
        error = error.at(data.location.clone()).with_stack(data.stack.to_utf8());
    }
    error
}

/// What compiling a text of a script may take, held against the engine's heap for as long as this lives.
pub(crate) struct SourceBudget {
    max_bytes: usize,
    _charge: Option<gc::ExternalBytes>,
}

impl SourceBudget {
    /// Texts shorter than this are compiled uncharged: their trees are small, and most evals are such.
    const SHORT: usize = 4096;
    /// Bytes for each unit of a text: about what the densest sources need, and what sources must have at least.
    const DENSE: usize = 128;
    const SPARSE: usize = 8;

    /// As much as the text may need, or what there is.
    ///
    /// # Errors
    /// If the heap has no room for even a sparse text.
    pub(crate) fn new(vm: &mut Vm<'_>, units: usize) -> JsResult<SourceBudget> {
        if units < SourceBudget::SHORT {
            return Ok(SourceBudget {
                max_bytes: SourceBudget::SHORT * 4 * SourceBudget::DENSE,
                _charge: None,
            });
        }
        let mut bytes = units.saturating_mul(SourceBudget::DENSE);
        loop {
            match vm.mc.external(bytes) {
                // A third is for the code that is made of the tree.
                Ok(charge) => return Ok(SourceBudget { max_bytes: bytes / 3 * 2, _charge: Some(charge) }),
                Err(_) if bytes / 2 >= units.saturating_mul(SourceBudget::SPARSE) => bytes /= 2,
                Err(e) => return Err(e.into()),
            }
        }
    }
}

/// `eval` of a text, direct or not.
pub(crate) fn eval_code(
    text: crate::syntax::atoms::Text,
    context: crate::syntax::EvalContext,
    direct: bool,
    budget: &SourceBudget,
) -> Result<Arc<Code>, Error> {
    let mut options = ParseOptions::script();
    options.max_bytes = budget.max_bytes;
    options.goal = Goal::Eval(context);
    let source = Source::from_text("<eval>", text);
    compile_source(
        source,
        options,
        compiler::Options { is_eval: true, direct, ..compiler::Options::default() },
    )
}

/// The code of a function made of texts (`new Function`): a program whose value is the function.
pub(crate) fn function_code(
    kind: crate::syntax::DynamicFunctionKind,
    params: crate::syntax::atoms::Text,
    body: crate::syntax::atoms::Text,
    budget: &SourceBudget,
) -> Result<Arc<Code>, Error> {
    let (source, goal) = Source::dynamic_function("<anonymous>", kind, &params, &body);
    let mut options = ParseOptions::script();
    options.max_bytes = budget.max_bytes;
    options.goal = goal;
    compile_source(source, options, compiler::Options { is_eval: true, ..compiler::Options::default() })
}
