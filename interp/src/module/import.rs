//! `import()` (13.3.10): what it reads of its arguments, and the jobs that load, link and evaluate.
#![forbid(unsafe_code)]

use gc::Gc;

use super::ModuleType;
use super::evaluate::module_slot;
use super::record::ModuleGc;
use crate::object::Object;
use crate::object::shape::ENUMERABLE;
use crate::syntax::atoms::Text;
use crate::value::{PropertyKey, Value};
use crate::vm::job::Reaction;
use crate::vm::{Args, JsResult, Throw, Vm};

/// The phases as the compiler writes them.
const DEFER: u32 = crate::syntax::ast::ImportPhase::Defer as u32;
const SOURCE: u32 = crate::syntax::ast::ImportPhase::Source as u32;

/// EvaluateImportCall: a promise.
pub(crate) fn import_call<'gc>(
    vm: &mut Vm<'gc>,
    specifier: Value<'gc>,
    options: Value<'gc>,
    phase: u32,
) -> JsResult<Value<'gc>> {
    let referrer = vm.referrer();
    let promise = vm.new_promise()?;
    let loaded = request(vm, &referrer, specifier, options).and_then(|module| {
        let settled = vm.new_promise()?;
        match vm.load_requested(module) {
            Ok(()) => vm.resolve_promise(settled, Value::undefined())?,
            Err(t) => {
                if vm.is_terminating() {
                    return Err(t);
                }
                let reason = vm.take_thrown();
                vm.reject_promise(settled, reason)?;
            }
        }
        continue_import(vm, promise, module, settled, phase)
    });
    if let Err(t) = loaded {
        reject(vm, promise, t)?;
    }
    Ok(Value::object(promise))
}

/// Rejects with what was thrown.
fn reject<'gc>(vm: &mut Vm<'gc>, promise: Object<'gc>, t: Throw) -> JsResult<()> {
    if vm.is_terminating() {
        return Err(t);
    }
    let reason = vm.take_thrown();
    vm.reject_promise(promise, reason)
}

/// Specifier and options to a module.
fn request<'gc>(
    vm: &mut Vm<'gc>,
    referrer: &str,
    specifier: Value<'gc>,
    options: Value<'gc>,
) -> JsResult<ModuleGc<'gc>> {
    let specifier = vm.to_string(specifier)?.to_utf8();
    let mut attributes: Vec<(Text, Text)> = Vec::new();
    if !options.is_undefined() {
        let Some(o) = options.as_object() else {
            return Err(vm.type_error("the second argument of import() must be an object"));
        };
        let key = vm.key("with")?;
        let with = o.get(vm, key, options)?;
        if !with.is_undefined() {
            let Some(list) = with.as_object() else {
                return Err(vm.type_error("'with' of an import must be an object"));
            };
            for key in list.own_keys(vm)? {
                if key.is_symbol() || list.get_own(vm, key)?.is_none_or(|p| p.attrs & ENUMERABLE == 0) {
                    continue;
                }
                let value = list.get(vm, key, with)?;
                let Some(value) = value.as_string() else {
                    return Err(vm.type_error("an import attribute must be a string"));
                };
                let name = match key {
                    PropertyKey::Index(i) => Text::from_utf8(&i.to_string()),
                    key => vm.to_string(key.to_value())?.units(vm.mc)?.to_text(),
                };
                attributes.push((name, value.units(vm.mc)?.to_text()));
            }
        }
    }
    let expected: Result<ModuleType, String> = Vm::type_of_attributes(attributes.iter().map(|(k, v)| (k, v)));
    match expected {
        Ok(expected) => vm.load_module(referrer, &specifier, expected),
        Err(text) => Err(vm.type_error(&text)),
    }
}

/// ContinueDynamicImport (13.3.10.3).
fn continue_import<'gc>(
    vm: &mut Vm<'gc>,
    promise: Object<'gc>,
    module: ModuleGc<'gc>,
    loaded: Object<'gc>,
    phase: u32,
) -> JsResult<()> {
    if phase == SOURCE {
        let source = vm.module_source(module)?;
        return vm.resolve_promise(promise, source);
    }
    let slots = [Value::object(promise), Value::cell(module.erase()), Value::int(phase as i32)];
    let fulfilled = Value::object(vm.native(link_and_evaluate, 0, &slots)?);
    let rejected = Value::object(vm.native(rejected, 1, &slots)?);
    vm.perform_then(loaded, Reaction::Then { fulfilled, rejected, capability: None })
}

fn promise_slot<'gc>(args: Args<'gc>) -> Option<Object<'gc>> {
    crate::builtins::native_slots(args.callee())[0].get().as_object()
}

/// The rejectedClosure.
fn rejected<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if let Some(promise) = promise_slot(args) {
        vm.reject_promise(promise, args.get(0))?;
    }
    Ok(Value::undefined())
}

/// The linkAndEvaluateClosure.
fn link_and_evaluate<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (Some(promise), Some(module)) = (promise_slot(args), module_slot(args, 1)) else {
        return Ok(Value::undefined());
    };
    if let Err(t) = vm.link_module(module) {
        reject(vm, promise, t)?;
        return Ok(Value::undefined());
    }
    let slots: Vec<Value<'gc>> =
        crate::builtins::native_slots(args.callee()).iter().map(|s| s.get()).collect();
    let fulfilled = Value::object(vm.native(evaluated, 0, &slots)?);
    let rejected = Value::object(vm.native(rejected, 1, &slots)?);
    if slots[2].as_int() == Some(DEFER as i32) {
        return defer(vm, module, fulfilled, rejected);
    }
    let (done, evaluation) = vm.evaluate_module(module)?;
    if let Some(evaluation) = evaluation {
        vm.evaluate_next(evaluation);
    }
    vm.perform_then(done, Reaction::Then { fulfilled, rejected, capability: None })?;
    Ok(Value::undefined())
}

/// The evaluation of what `import.defer()` must evaluate at once: asynchronous dependencies, all of
/// which are waited for.
fn defer<'gc>(
    vm: &mut Vm<'gc>,
    module: ModuleGc<'gc>,
    fulfilled: Value<'gc>,
    rejected: Value<'gc>,
) -> JsResult<Value<'gc>> {
    let list = vm.asynchronous_dependencies(module)?;
    let all = vm.new_promise()?;
    vm.perform_then(all, Reaction::Then { fulfilled, rejected, capability: None })?;
    if list.is_empty() {
        vm.resolve_promise(all, Value::undefined())?;
        return Ok(Value::undefined());
    }
    let count = vm.new_array(0)?;
    vm.array_push(count, Value::int(list.len() as i32))?;
    let slots = [Value::object(all), Value::object(count)];
    let one = Value::object(vm.native(one_evaluated, 1, &slots)?);
    let failed = Value::object(vm.native(self::rejected, 1, &slots)?);
    // Each is put before those already waiting: the last one first.
    for m in list.into_iter().rev() {
        let (done, evaluation) = vm.evaluate_module(m)?;
        if let Some(evaluation) = evaluation {
            vm.evaluate_next(evaluation);
        }
        vm.perform_then(done, Reaction::Then { fulfilled: one, rejected: failed, capability: None })?;
    }
    Ok(Value::undefined())
}

fn one_evaluated<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let slots = crate::builtins::native_slots(args.callee());
    if let (Some(all), Some(count)) = (slots[0].get().as_object(), slots[1].get().as_object()) {
        let left = count.element(0).and_then(|v| v.as_int()).unwrap_or(1) - 1;
        count.set_element(vm.mc, 0, Value::int(left));
        if left == 0 {
            vm.resolve_promise(all, Value::undefined())?;
        }
    }
    Ok(Value::undefined())
}

/// The fulfilledClosure: the namespace.
fn evaluated<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (Some(promise), Some(module)) = (promise_slot(args), module_slot(args, 1)) else {
        return Ok(Value::undefined());
    };
    let phase = crate::builtins::native_slots(args.callee())[2].get().as_int();
    let namespace = vm.module_namespace(module, phase == Some(DEFER as i32))?;
    vm.resolve_promise(promise, Value::object(namespace))?;
    Ok(Value::undefined())
}

impl<'gc> Vm<'gc> {
    /// The name of the script or module that runs (GetActiveScriptOrModule).
    pub(crate) fn referrer(&self) -> String {
        let frame = self.st.frames.iter().rev().find(|f| !f.rt.code.self_hosted);
        match frame {
            Some(f) => match f.rt.module.get() {
                Some(m) => m.name.to_string(),
                None => f.rt.origin().name().to_string(),
            },
            None => String::new(),
        }
    }

    /// Loads and links a module the host runs; its promise and evaluation.
    ///
    /// # Errors
    /// What loading or linking throws.
    pub(crate) fn start_module(
        &mut self,
        module: &super::Module,
    ) -> JsResult<(Object<'gc>, Option<Gc<'gc, super::Evaluation<'gc>>>)> {
        let record = self.host_module(module)?;
        self.load_requested(record)?;
        self.link_module(record)?;
        self.evaluate_module(record)
    }
}
