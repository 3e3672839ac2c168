//! How an engine is run: mutations that end for collections and for functions of the host, and how what came of it
//! is told.
#![forbid(unsafe_code)]

use super::Engine;
use crate::error::{Error, ErrorKind};
use crate::host::{HostEntry, HostValue, to_host};
use crate::object::data::{ErrorData, ObjectData};
use crate::value::{Kind, Value};
use crate::vm::call::Entered;
use crate::vm::{Exit, JsResult, Throw, Vm, dispatch};

impl Engine {
    /// Runs something short that is no script.
    pub(super) fn enter<T>(
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

    /// Runs a script, or a job, to its end: from an empty stack to an empty stack.
    pub(super) fn drive(
        &mut self,
        start: impl for<'gc> FnOnce(&mut Vm<'gc>) -> JsResult<Entered<'gc>>,
        end: impl for<'gc> FnOnce(&mut Vm<'gc>, JsResult<Value<'gc>>) -> Result<HostValue, Error>,
    ) -> Result<HostValue, Error> {
        self.gc.mutate(|_, st| {
            // What a function of the host left that panicked.
            st.native_limit = 0;
            st.host_slots.clear();
        });
        let r = self.steps(start, |vm, result| {
            vm.st.kept.clear();
            vm.reset_stack();
            let r = end(vm, result);
            match vm.st.termination {
                Some(why) => {
                    let error = terminated(vm, why);
                    end_termination(vm);
                    Err(error)
                }
                None => r,
            }
        });
        let full = ErrorKind::Terminated(crate::error::Termination::Heap);
        if r.as_ref().is_err_and(|e| e.kind() == full) {
            // What filled the heap is garbage now: the engine goes on with room.
            self.gc.collect();
        }
        r
    }

    /// Runs the frames that `start` puts on to their end, leaving the mutation for collections and for functions of the
    /// host, which may come here again: their frames go on top.
    pub(crate) fn steps<T>(
        &mut self,
        start: impl for<'gc> FnOnce(&mut Vm<'gc>) -> JsResult<Entered<'gc>>,
        end: impl for<'gc> FnOnce(&mut Vm<'gc>, JsResult<Value<'gc>>) -> T,
    ) -> T {
        let mut start = Some(start);
        let mut end = Some(end);
        let mut threw = false;
        loop {
            let step = self.gc.mutate(|mc, st| {
                let mut vm = Vm::new(mc, st);
                vm.depth = 1;
                let began = match start.take() {
                    Some(start) => start(&mut vm),
                    None if threw => Ok(Entered::FrameThrow),
                    None => Ok(Entered::Frame),
                };
                threw = false;
                let result = match began {
                    Ok(Entered::Value(v)) => Ok(Ok(v)),
                    Err(t) => Ok(Err(t)),
                    Ok(e) => match dispatch::run(&mut vm, matches!(e, Entered::FrameThrow)) {
                        Exit::Done => Ok(Ok(vm.result)),
                        Exit::Threw => Ok(Err(Throw::pending())),
                        Exit::Safepoint => Err(Step::Collect),
                        Exit::Host => Err(match HostEntry::new(&mut vm) {
                            Ok(entry) => Step::Host(entry),
                            Err(_) => Step::Throw,
                        }),
                    },
                };
                let step = match result {
                    Ok(result) => {
                        let end = end.take().expect("this is the end, and there is one");
                        Step::Over(end(&mut vm, result))
                    }
                    Err(step) => step,
                };
                vm.finish();
                step
            });
            match step {
                Step::Over(r) => return r,
                Step::Collect => self.collect_wanted(),
                Step::Host(entry) => threw = entry.run(self).is_err(),
                Step::Throw => threw = true,
            }
        }
    }

    /// Collects if there is need, or somebody asked.
    pub(super) fn collect_wanted(&mut self) {
        let asked = self.gc.mutate(|_, st| std::mem::take(&mut st.collect_soon));
        if asked { self.gc.collect() } else { self.gc.safepoint() }
    }

    /// Something short in the middle of a script that a function of the host is called by.
    pub(crate) fn within<T>(&mut self, f: impl for<'gc> FnOnce(&mut Vm<'gc>) -> T) -> T {
        self.gc.mutate(|mc, st| {
            let mut vm = Vm::new(mc, st);
            vm.depth = 1;
            let (segment, top) = (vm.segment(), vm.top);
            let r = f(&mut vm);
            vm.restore_stack(segment, top);
            vm.finish();
            r
        })
    }
}

/// Why a mutation of a running script ended.
enum Step<T> {
    /// It is over.
    Over(T),
    /// A collection is wanted.
    Collect,
    /// A function of the host is called.
    Host(HostEntry),
    /// It could not be called: what says so stands thrown.
    Throw,
}

pub(super) fn completion<'gc>(vm: &mut Vm<'gc>, result: JsResult<Value<'gc>>) -> Result<HostValue, Error> {
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
