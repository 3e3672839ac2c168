//! An engine (the specification's agent, with its realm) on a collector's context, and compiled
//! scripts.
//!
//! The engine runs a script as one mutation of its heap and leaves it whenever a collection is
//! wanted; see [`crate::vm`].
#![forbid(unsafe_code)]

mod drive;
mod script;
mod wait;

use std::rc::Rc;

use drive::completion;
pub(crate) use drive::describe;
pub use script::{Script, ScriptOptions};
pub(crate) use script::{SourceBudget, compile_source, eval_code, function_code, lazy_code};
pub use wait::PendingWaits;

use crate::error::{Error, ErrorKind};
use crate::host::{Held, HostCall, HostError, HostValue, Slot, from_host};
use crate::module::{Module, ModuleRun, ModuleState};
use crate::object::function::NativeCode;
use crate::value::Value;
use crate::vm::call::Entered;
use crate::vm::job::Job;
use crate::vm::stack::ENTRY;
use crate::vm::{Config, State, Vm};

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
    /// Whether scripts may block their thread by `Atomics.wait` (`[[CanBlock]]` of the agent). They may not by default: on a
    /// thread that others need, a TypeError is better. A wait ends by [`Engine::remote`]'s interrupt as a loop does.
    #[must_use]
    pub fn can_block(mut self, can: bool) -> Self {
        self.config.can_block = can;
        self
    }
    /// Opens the engine.
    ///
    /// # Errors
    /// If the heap limit is too small for an empty engine.
    pub fn open(self, context: &gc::Context) -> Result<Engine, Error> {
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
                vm.enter_program(rt, Value::undefined(), global, Value::undefined(), None, ENTRY, 0)?;
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

    /// Defines a global function of the host that may call back into the script: it gets a [`HostCall`], by which it
    /// reaches its arguments, calls functions, and reads and writes properties. Collections go on in what it calls.
    ///
    /// It may be entered again while it runs, hence `Fn`; what is to change stands in a `Cell` or `RefCell`.
    ///
    /// # Errors
    /// If memory is full.
    ///
    /// # Examples
    /// ```
    /// let context = gc::Context::open(gc::Config::default()).unwrap();
    /// let mut engine = interp::Engine::builder().open(&context).unwrap();
    /// engine.define_reentrant("twice", 1, |call| {
    ///     let f = call.argument(0);
    ///     let once = call.call(f, call.undefined(), &[call.argument(1)])?;
    ///     call.call(f, call.undefined(), &[once])
    /// })?;
    /// let v = engine.eval("twice(x => x * x, 3)")?;
    /// assert_eq!(v, interp::HostValue::Number(81.0));
    /// # Ok::<(), interp::Error>(())
    /// ```
    pub fn define_reentrant(
        &mut self,
        name: &str,
        length: u32,
        f: impl Fn(&mut HostCall<'_>) -> Result<Slot, HostError> + 'static,
    ) -> Result<(), Error> {
        let f = Rc::new(f);
        self.enter(
            |vm| {
                vm.st.reentrant.push(f);
                let index = (vm.st.reentrant.len() - 1) as u32;
                let function = crate::host::reentrant_function(vm, name, length, index)?;
                let key = vm.key(name)?;
                let global = vm.realm().global();
                global.define_own(vm, key, Value::object(function), crate::object::shape::HIDDEN)?;
                Ok(Value::undefined())
            },
            |_, _| (),
        )
    }

    /// Calls a function the host has held ([`HostCall::hold`]), with `this` undefined.
    ///
    /// # Errors
    /// What the function throws, or how it was ended; a TypeError if it cannot be called or is another engine's.
    pub fn call_held(&mut self, f: &Held, args: &[HostValue]) -> Result<HostValue, Error> {
        self.drive(
            |vm| {
                let mut list = Vec::with_capacity(args.len());
                for a in args {
                    list.push(from_host(vm, a)?);
                }
                let f = f.resolve(vm);
                vm.start_call(f, Value::undefined(), &list)
            },
            completion,
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

    /// Defines `$262`, the host object of the conformance suite test262, all but its agents: those are threads, and so the
    /// host's. Its `gc` collects before it returns.
    ///
    /// # Errors
    /// If memory is full.
    pub fn define_test262(&mut self) -> Result<(), Error> {
        self.enter(
            |vm| {
                vm.st.reentrant.push(Rc::new(|call: &mut HostCall<'_>| {
                    call.collect();
                    Ok(call.undefined())
                }));
                vm.st.test262_gc = vm.st.reentrant.len() - 1;
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
            self.collect_wanted();
            let mut job = None;
            // The job itself cannot leave the mutation; it waits in the state.
            self.gc.mutate(|mc, st| {
                st.enqueue_cleanups(mc);
                st.enqueue_waits();
                job = st.jobs.front().map(|_| ());
            });
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
}
