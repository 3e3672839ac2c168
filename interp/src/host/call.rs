//! Functions of the host that call back (the third kind of natives: *re-entrant*).
//!
//! Such a function is a closure whose code is one operation, `CallHost`. In the outermost loop that
//! operation leaves the mutation; the driver ([`Engine::steps`]) calls the host's function, which may
//! run the engine again, and gives its result to the waiting frame. So scripts that it calls are
//! collected in, limited and interrupted as ever, and any kind of call reaches it: `apply`, getters,
//! iterators, jobs. Inside a built-in that runs a loop of its own the mutation cannot be left: there the
//! function is called in place, by the same interface, and nothing is collected until the built-in is done.
//!
//! Values stand in [`State::host_slots`](crate::vm::State), which is part of the root: each call has the
//! slots from its base on, and they go when it returns.
#![forbid(unsafe_code)]

use std::rc::Rc;
use std::sync::Arc;

use super::{HostError, HostValue, from_host, throw_host, to_host};
use crate::bytecode::code::Code;
use crate::bytecode::opcode::Op;
use crate::engine::Engine;
use crate::object::Object;
use crate::syntax::Source;
use crate::syntax::ast::FunctionKind;
use crate::syntax::atoms::Text;
use crate::value::{Kind, Value};
use crate::vm::{JsResult, Throw, Vm};

/// A function of the host that calls back.
pub(crate) type ReentrantFunction = Rc<dyn Fn(&mut HostCall<'_>) -> Result<Slot, HostError>>;

/// A place for a value of the script, good for the [`HostCall`] that gave it; elsewhere it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    index: u32,
    call: u32,
}

/// An object of the script that the host holds beyond a call: a callback, say. It keeps the object alive, until it is
/// dropped or its engine's context is closed.
#[derive(Debug)]
pub struct Held(gc::Handle<<crate::object::ObjectCell<'static> as gc::Trace>::Static>);

impl Held {
    /// The object; undefined in another engine.
    pub(crate) fn resolve<'gc>(&self, vm: &Vm<'gc>) -> Value<'gc> {
        vm.mc.resolve(&self.0).map_or(Value::undefined(), |o| Value::object(Object::from_gc(o)))
    }
}

/// How a call of the host reaches the machine.
enum Machine<'a> {
    /// Between mutations.
    Outside(&'a mut Engine),
    /// In the middle of one.
    Inside(&'a mut dyn Inside),
}

/// A machine whose brand is hidden.
trait Inside {
    fn within(&mut self, f: &mut dyn for<'gc> FnMut(&mut Vm<'gc>));
}

impl Inside for Vm<'_> {
    fn within(&mut self, f: &mut dyn for<'gc> FnMut(&mut Vm<'gc>)) {
        f(self);
    }
}

/// A call of a host's function by a script (see [`Engine::define_reentrant`]): its arguments, and what it may do.
///
/// Values of the script stand in [`Slot`]s, which are cheap and go with the call. Everything that may run script gives
/// [`HostError::Script`] for what the script throws: passed on by `?`, the exception goes on in the caller.
pub struct HostCall<'a> {
    machine: Machine<'a>,
    base: usize,
    arguments: usize,
    call: u32,
}

impl std::fmt::Debug for HostCall<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostCall").field("arguments", &self.arguments).finish_non_exhaustive()
    }
}

/// The slots every call begins with: `this`, and undefined.
const FIRST: usize = 2;

impl HostCall<'_> {
    /// The number of arguments.
    pub fn argument_count(&self) -> usize {
        self.arguments
    }

    /// An argument; undefined beyond the last.
    pub fn argument(&self, i: usize) -> Slot {
        if i < self.arguments { self.slot(FIRST + i) } else { self.undefined() }
    }

    /// `this`, as it was passed.
    pub fn this(&self) -> Slot {
        self.slot(0)
    }

    /// A slot that holds `undefined`.
    pub fn undefined(&self) -> Slot {
        self.slot(1)
    }

    fn slot(&self, i: usize) -> Slot {
        Slot { index: i as u32, call: self.call }
    }

    /// Runs something in the machine; what it throws stands there.
    fn within<T>(
        &mut self,
        f: impl for<'gc> FnOnce(&mut Vm<'gc>, &Window) -> JsResult<T>,
    ) -> Result<T, HostError> {
        let window = Window { base: self.base, call: self.call };
        let mut f = Some(f);
        let mut result = Err(HostError::Script);
        let mut run = |vm: &mut Vm<'_>| {
            if begin(vm).is_ok() {
                let f = f.take().expect("it is run once");
                result = f(vm, &window).map_err(|_| ended(vm));
            }
        };
        match &mut self.machine {
            Machine::Outside(engine) => engine.within(|vm| run(vm)),
            Machine::Inside(machine) => machine.within(&mut |vm| run(vm)),
        }
        result
    }

    /// Runs a call to its end; its value goes to a new slot.
    fn run(
        &mut self,
        f: impl for<'gc> FnOnce(&mut Vm<'gc>, &Window) -> JsResult<(Value<'gc>, Value<'gc>, Vec<Value<'gc>>)>,
    ) -> Result<Slot, HostError> {
        let window = Window { base: self.base, call: self.call };
        match &mut self.machine {
            Machine::Outside(engine) => engine.steps(
                |vm| {
                    begin(vm)?;
                    let (callee, this, args) = f(vm, &window)?;
                    vm.start_call(callee, this, &args)
                },
                |vm, result| match result.and_then(|v| window.push(vm, v)) {
                    Ok(slot) => Ok(slot),
                    Err(_) => Err(ended(vm)),
                },
            ),
            Machine::Inside(_) => self.within(|vm, window| {
                let (callee, this, args) = f(vm, window)?;
                let v = vm.call(callee, this, &args)?;
                window.push(vm, v)
            }),
        }
    }

    /// Brings a value of the host into the script.
    ///
    /// # Errors
    /// [`HostError::Script`] if memory is full, or the value is nested too deeply.
    pub fn value(&mut self, value: &HostValue) -> Result<Slot, HostError> {
        self.within(|vm, window| {
            let v = from_host(vm, value)?;
            window.push(vm, v)
        })
    }

    /// A clone of a value for the host. Getters run, but nothing is collected meanwhile.
    ///
    /// # Errors
    /// A TypeError for functions, symbols, cycles and values nested too deeply; what getters throw.
    pub fn to_host(&mut self, slot: Slot) -> Result<HostValue, HostError> {
        self.within(|vm, window| {
            let v = window.get(vm, slot)?;
            to_host(vm, v, &mut Default::default())
        })
    }

    /// The `typeof` of a value.
    ///
    /// # Errors
    /// If the slot is of another call.
    pub fn type_of(&mut self, slot: Slot) -> Result<&'static str, HostError> {
        self.within(|vm, window| {
            let v = window.get(vm, slot)?;
            Ok(match v.kind() {
                Kind::Undefined | Kind::Internal => "undefined",
                Kind::Bool(_) => "boolean",
                Kind::Int(_) | Kind::Double(_) => "number",
                Kind::String(_) => "string",
                Kind::BigInt(_) => "bigint",
                Kind::Symbol(_) => "symbol",
                Kind::Object(_) if vm.is_callable(v) => "function",
                Kind::Object(_) | Kind::Null => "object",
            })
        })
    }

    /// Whether two slots hold the same value (SameValue).
    ///
    /// # Errors
    /// If a slot is of another call.
    pub fn is_same(&mut self, a: Slot, b: Slot) -> Result<bool, HostError> {
        self.within(|vm, window| {
            let (a, b) = (window.get(vm, a)?, window.get(vm, b)?);
            Ok(vm.same_value(a, b))
        })
    }

    /// Calls a function of the script.
    ///
    /// # Errors
    /// [`HostError::Script`] for what it throws, or if it cannot be called.
    pub fn call(&mut self, function: Slot, this: Slot, arguments: &[Slot]) -> Result<Slot, HostError> {
        self.run(|vm, window| {
            let mut list = Vec::with_capacity(arguments.len());
            for &a in arguments {
                list.push(window.get(vm, a)?);
            }
            Ok((window.get(vm, function)?, window.get(vm, this)?, list))
        })
    }

    /// Gets a property, by getters and traps if there are.
    ///
    /// # Errors
    /// [`HostError::Script`] for what getting throws.
    pub fn get(&mut self, object: Slot, key: &str) -> Result<Slot, HostError> {
        self.run(|vm, window| {
            let o = window.get(vm, object)?;
            let key = Value::string(vm.str(key)?);
            Ok((library(vm, "get")?, Value::undefined(), vec![o, key]))
        })
    }

    /// Sets a property, by setters and traps if there are.
    ///
    /// # Errors
    /// [`HostError::Script`] for what setting throws, or if it cannot be set.
    pub fn set(&mut self, object: Slot, key: &str, value: Slot) -> Result<(), HostError> {
        self.run(|vm, window| {
            let (o, v) = (window.get(vm, object)?, window.get(vm, value)?);
            let key = Value::string(vm.str(key)?);
            Ok((library(vm, "set")?, Value::undefined(), vec![o, key, v]))
        })?;
        Ok(())
    }

    /// After [`HostError::Script`]: what was thrown, which does not go on then.
    ///
    /// # Errors
    /// [`HostError::Script`] if the script is being ended: that cannot be stopped.
    pub fn take_thrown(&mut self) -> Result<Slot, HostError> {
        let window = Window { base: self.base, call: self.call };
        let mut result = Err(HostError::Script);
        let mut run = |vm: &mut Vm<'_>| {
            if !vm.is_terminating() {
                let v = match vm.st.thrown.is_hole() {
                    true => Value::undefined(),
                    false => vm.take_thrown(),
                };
                result = window.push(vm, v).map_err(|_| ended(vm));
            }
        };
        match &mut self.machine {
            Machine::Outside(engine) => engine.within(|vm| run(vm)),
            Machine::Inside(machine) => machine.within(&mut |vm| run(vm)),
        }
        result
    }

    /// Holds an object beyond this call.
    ///
    /// # Errors
    /// A TypeError if the value is no object.
    pub fn hold(&mut self, slot: Slot) -> Result<Held, HostError> {
        self.within(|vm, window| match window.get(vm, slot)?.as_object() {
            Some(o) => Ok(Held(vm.mc.try_handle(o.gc())?)),
            None => Err(vm.type_error("only an object can be held")),
        })
    }

    /// A held object; undefined if it is another engine's.
    ///
    /// # Errors
    /// [`HostError::Script`] if there are too many slots.
    pub fn held(&mut self, held: &Held) -> Result<Slot, HostError> {
        self.within(|vm, window| {
            let v = held.resolve(vm);
            window.push(vm, v)
        })
    }

    /// Collects garbage. False in a function that was called by a built-in which runs a loop of its own (a callback of
    /// `replace`, say): then it is collected as soon as that is over.
    pub fn collect(&mut self) -> bool {
        match &mut self.machine {
            Machine::Outside(engine) => {
                engine.collect();
                true
            }
            Machine::Inside(machine) => {
                machine.within(&mut |vm| vm.collect_soon());
                false
            }
        }
    }

    /// Frees the slots that were made since this many were there ([`HostCall::slots`]): in a loop the slots of a turn
    /// need not wait for the end of the call. Those freed are given out again.
    pub fn truncate(&mut self, slots: usize) {
        let at = self.base + slots.max(FIRST + self.arguments);
        let run = |vm: &mut Vm<'_>| vm.st.host_slots.truncate(at);
        match &mut self.machine {
            Machine::Outside(engine) => engine.within(run),
            Machine::Inside(machine) => machine.within(&mut |vm| run(vm)),
        }
    }

    /// How many slots there are, `this` and the arguments among them.
    pub fn slots(&mut self) -> usize {
        let mut n = 0;
        let run = |vm: &mut Vm<'_>| n = vm.st.host_slots.len();
        let mut run = run;
        match &mut self.machine {
            Machine::Outside(engine) => engine.within(|vm| run(vm)),
            Machine::Inside(machine) => machine.within(&mut |vm| run(vm)),
        }
        n - self.base
    }
}

/// What a call before this one threw is forgotten, unless the script is being ended.
fn begin(vm: &mut Vm<'_>) -> JsResult<()> {
    if vm.is_terminating() {
        return Err(Throw::pending());
    }
    vm.st.thrown = Value::hole();
    Ok(())
}

/// Something threw: from here on a value stands for it even if memory ran out.
fn ended(vm: &mut Vm<'_>) -> HostError {
    vm.out_of_memory();
    HostError::Script
}

/// The slots of a call.
struct Window {
    base: usize,
    call: u32,
}

impl Window {
    fn get<'gc>(&self, vm: &mut Vm<'gc>, slot: Slot) -> JsResult<Value<'gc>> {
        let value = vm.st.host_slots.get(self.base + slot.index as usize).copied();
        match value {
            Some(v) if slot.call == self.call => Ok(v),
            _ => Err(vm.type_error("the slot is of another call of the host")),
        }
    }

    fn push<'gc>(&self, vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<Slot> {
        push(vm, v)?;
        Ok(Slot { index: (vm.st.host_slots.len() - 1 - self.base) as u32, call: self.call })
    }
}

/// Puts a value into a new slot.
fn push<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<()> {
    let slots = &mut vm.st.host_slots;
    let limit = vm.st.config.stack_values;
    if slots.len() >= limit || slots.len() == slots.capacity() && slots.try_reserve(16).is_err() {
        return Err(vm.range_error("too many slots of the host"));
    }
    slots.push(v);
    Ok(())
}

/// A function of the library for the host.
fn library<'gc>(vm: &mut Vm<'gc>, name: &str) -> JsResult<Value<'gc>> {
    let functions = match vm.st.host_library {
        Some(o) => o,
        None => {
            let o = crate::builtins::self_hosted::host_functions(vm)?;
            vm.st.host_library = Some(o);
            o
        }
    };
    let key = vm.key(name)?;
    functions.get(vm, key, Value::object(functions))
}

/// A call of a host's function that is about to be made.
pub(crate) struct HostEntry {
    function: ReentrantFunction,
    base: usize,
    arguments: usize,
    call: u32,
    native_limit: usize,
}

impl HostEntry {
    /// Takes up the call that the topmost frame's `CallHost` asks for, whose number is the machine's result.
    ///
    /// # Errors
    /// A RangeError if the native stack, or the slots, are used up.
    pub(crate) fn new(vm: &mut Vm<'_>) -> JsResult<HostEntry> {
        vm.check_native_stack()?;
        let index = vm.result.as_int().expect("the operation leaves the function's number") as usize;
        let function = vm.st.reentrant[index].clone();
        let base = vm.st.host_slots.len();
        let frame = vm.current_frame().expect("the call has a frame");
        let (this, list) = (frame.this(), frame.arguments());
        let pushed = [this, Value::undefined()].iter().chain(list).try_for_each(|&v| push(vm, v));
        if let Err(t) = pushed {
            vm.st.host_slots.truncate(base);
            return Err(t);
        }
        vm.st.host_calls = vm.st.host_calls.wrapping_add(1);
        let native_limit = std::mem::replace(&mut vm.st.native_limit, vm.native_limit);
        Ok(HostEntry { function, base, arguments: list.len(), call: vm.st.host_calls, native_limit })
    }

    fn call(&self, machine: Machine<'_>) -> Result<Slot, HostError> {
        let (base, arguments, call) = (self.base, self.arguments, self.call);
        (self.function)(&mut HostCall { machine, base, arguments, call })
    }

    /// What it gave, or threw; its slots go.
    fn end<'gc>(&self, vm: &mut Vm<'gc>, result: Result<Slot, HostError>) -> JsResult<Value<'gc>> {
        let result = match result {
            _ if vm.is_terminating() => Err(Throw::pending()),
            Ok(slot) => {
                vm.st.thrown = Value::hole();
                Window { base: self.base, call: self.call }.get(vm, slot)
            }
            Err(e) => Err(throw_host(vm, e)),
        };
        vm.st.host_slots.truncate(self.base);
        vm.st.native_limit = self.native_limit;
        result
    }

    /// Makes the call between mutations; the value goes to the waiting frame.
    pub(crate) fn run(self, engine: &mut Engine) -> JsResult<()> {
        let result = self.call(Machine::Outside(engine));
        engine.within(|vm| {
            let v = self.end(vm, result)?;
            vm.give_first_register(v);
            Ok(())
        })
    }

    /// Makes the call in the middle of a mutation.
    pub(crate) fn run_inside<'gc>(self, vm: &mut Vm<'gc>) -> JsResult<Value<'gc>> {
        let result = self.call(Machine::Inside(vm));
        self.end(vm, result)
    }
}

/// The function object for a function of the host.
pub(crate) fn reentrant_function<'gc>(
    vm: &mut Vm<'gc>,
    name: &str,
    length: u32,
    index: u32,
) -> JsResult<Object<'gc>> {
    let code = Code {
        words: [Op::CallHost as u32, index, Op::Return as u32].into(),
        length,
        registers: 1,
        kind: FunctionKind::Method,
        keeps_args: true,
        self_hosted: true,
        ..Code::empty(Arc::new(Source::new("<host>", "")), Text::from_utf8(name))
    };
    let code = vm.make_code(Arc::new(code))?;
    vm.closure_from(code, None)
}
