//! The global object (19): values, functions, `eval`, and code made at run time.
#![forbid(unsafe_code)]

use gc::Gc;

use super::{Row, methods, new_native};
use crate::engine::SourceBudget;
use crate::object::function::{CodeRt, NativeCode, Special};
use crate::object::shape::HIDDEN;
use crate::syntax::atoms::Text;
use crate::syntax::{DynamicFunctionKind, EvalContext};
use crate::value::Value;
use crate::vm::call::Entered;
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::stack::ENTRY;
use crate::vm::{Args, JsResult, Vm};

const FUNCTIONS: &[Row] = &[("isFinite", 1, is_finite), ("isNaN", 1, is_nan)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let global = vm.realm().global();
    let proto = vm.intrinsic(Intrinsic::ObjectPrototype)?;
    global.set_proto(vm, Some(proto))?;
    let this = vm.key("globalThis")?;
    global.define_own(vm, this, Value::object(global), HIDDEN)?;
    for (name, v) in [("Infinity", f64::INFINITY), ("NaN", f64::NAN)] {
        let key = vm.key(name)?;
        global.define_own(vm, key, Value::number(v), 0)?;
    }
    let undefined = vm.names().undefined;
    global.define_own(vm, undefined, Value::undefined(), 0)?;
    methods(vm, global, FUNCTIONS)?;
    let key = vm.names().eval;
    let f = new_native(vm, NativeCode::Special(Special::Eval), 1, key, "", &[], false)?;
    global.define_own(vm, key, Value::object(f), HIDDEN)?;
    Realm::set(vm.realm(), vm.mc, Intrinsic::Eval, f);
    Ok(())
}

/// 19.2.2 isFinite ( number )
fn is_finite<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::bool(vm.to_number(args.get(0))?.is_finite()))
}

/// 19.2.3 isNaN ( number )
fn is_nan<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::bool(vm.to_number(args.get(0))?.is_nan()))
}

/// 19.2.1 eval ( x ), called indirectly.
pub(crate) fn indirect_eval<'gc>(
    vm: &mut Vm<'gc>,
    text: Value<'gc>,
) -> JsResult<Result<Gc<'gc, CodeRt<'gc>>, Value<'gc>>> {
    let Some(s) = text.as_string() else { return Ok(Err(text)) };
    let text = s.units(vm.mc)?.to_text();
    vm.charge(text.len())?;
    let budget = SourceBudget::new(vm, text.len())?;
    let code = match crate::engine::eval_code(text, EvalContext::default(), false, &budget) {
        Ok(c) => c,
        Err(e) => return Err(syntax_error(vm, &e)),
    };
    vm.code_of_text(code).map(Ok)
}

/// An error of the front end as a thrown one.
pub(crate) fn syntax_error(vm: &mut Vm<'_>, e: &crate::error::Error) -> crate::vm::Throw {
    let text = e.message();
    if let Some(rest) = text.strip_prefix("RangeError: ") {
        return vm.range_error(rest);
    }
    let text = text.strip_prefix("SyntaxError: ").unwrap_or(text).to_string();
    vm.syntax_error(&text)
}

/// 20.2.1.1.1 CreateDynamicFunction
pub(crate) fn dynamic_function<'gc>(
    vm: &mut Vm<'gc>,
    args: Args<'gc>,
    kind: DynamicFunctionKind,
) -> JsResult<Value<'gc>> {
    let n = args.len();
    let mut params: Vec<u16> = Vec::new();
    for i in 0..n.saturating_sub(1) {
        if i > 0 {
            params.push(u16::from(b','));
        }
        let s = vm.to_string(args.get(i))?;
        params.extend(s.units(vm.mc)?.iter());
    }
    let body = if n > 0 { vm.to_string(args.get(n - 1))? } else { vm.intern("")? };
    let body = body.units(vm.mc)?.to_text();
    let params = Text::from_units(&params);
    vm.charge(params.len() + body.len())?;
    let budget = SourceBudget::new(vm, params.len() + body.len())?;
    let code = match crate::engine::function_code(kind, params, body, &budget) {
        Ok(c) => c,
        Err(e) => return Err(syntax_error(vm, &e)),
    };
    let rt = vm.make_code(code)?;
    let global = Value::object(vm.realm().global());
    let f = vm.run_program(rt, Value::undefined(), global, Value::undefined(), None)?;
    if let (Some(f), Some(target)) = (f.as_object(), args.new_target().as_object()) {
        let active = vm.realm().get(Intrinsic::Function);
        if !active.is_some_and(|a| a.is(target)) {
            let default = match kind {
                DynamicFunctionKind::Normal => Intrinsic::FunctionPrototype,
                DynamicFunctionKind::Generator => Intrinsic::GeneratorFunctionPrototype,
                DynamicFunctionKind::Async => Intrinsic::AsyncFunctionPrototype,
                DynamicFunctionKind::AsyncGenerator => Intrinsic::AsyncGeneratorFunctionPrototype,
            };
            let proto = vm.prototype_from(target, default)?;
            f.set_proto(vm, Some(proto))?;
        }
    }
    Ok(f)
}

impl<'gc> Vm<'gc> {
    /// Runs a program's code as a nested loop.
    pub(crate) fn run_program(
        &mut self,
        rt: gc::Gc<'gc, crate::object::function::CodeRt<'gc>>,
        callee: Value<'gc>,
        this: Value<'gc>,
        new_target: Value<'gc>,
        env: Option<crate::object::environment::Env<'gc>>,
    ) -> JsResult<Value<'gc>> {
        self.check_native_stack()?;
        let (segment, top) = (self.segment(), self.top);
        let r = match self.enter_program(rt, callee, this, new_target, env, ENTRY, 0) {
            Ok(()) => self.run_nested(false),
            Err(t) => Err(t),
        };
        self.restore_stack(segment, top);
        r
    }

    /// Code made of a text belongs to the script or module that runs.
    pub(crate) fn code_of_text(
        &mut self,
        code: std::sync::Arc<crate::bytecode::code::Code>,
    ) -> JsResult<gc::Gc<'gc, crate::object::function::CodeRt<'gc>>> {
        let rt = self.make_code(code)?;
        if let Some(frame) = self.st.frames.iter().rev().find(|f| !f.rt.code.self_hosted) {
            crate::object::function::CodeRt::inherit(rt, self.mc, frame.rt);
        }
        Ok(rt)
    }

    /// A direct eval (19.2.1.1 PerformEval).
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn direct_eval(
        &mut self,
        text: Value<'gc>,
        this: Value<'gc>,
        callee: Value<'gc>,
        new_target: Value<'gc>,
        env: Value<'gc>,
        flags: u32,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        use crate::compiler::func as f;
        let Some(s) = text.as_string() else { return Ok(Entered::Value(text)) };
        let text = s.units(self.mc)?.to_text();
        self.charge(text.len())?;
        let env = crate::vm::ops::env_value(env);
        let context = EvalContext {
            strict: flags & f::STRICT != 0,
            new_target: flags & f::IN_FUNCTION != 0,
            super_property: flags & f::IN_METHOD != 0,
            super_call: flags & f::IN_DERIVED != 0,
            class_field_init: flags & f::IN_FIELD_INIT != 0,
            private_names: private_names(env),
        };
        let budget = SourceBudget::new(self, text.len())?;
        let code = match crate::engine::eval_code(text, context, true, &budget) {
            Ok(c) => c,
            Err(e) => return Err(syntax_error(self, &e)),
        };
        let rt = self.code_of_text(code)?;
        self.go_on_in(rt, callee, this, new_target, env, 0, dst)
    }
}

/// The private names that are visible from an environment.
fn private_names(mut env: Option<crate::object::environment::Env<'_>>) -> Vec<Text> {
    let mut names = Vec::new();
    while let Some(e) = env {
        if let Some((code, scope)) = &e.dynamic.and_then(|d| d.names.clone()) {
            for (text, ..) in &code.scopes[*scope as usize].names {
                if text.len() > 1 && text.unit(0) == u16::from(b'#') {
                    names.push(text.clone());
                }
            }
        }
        env = e.parent;
    }
    names
}
