//! What programs declare at run time: GlobalDeclarationInstantiation (16.1.7) and
//! EvalDeclarationInstantiation (19.2.1.3), with the functions in blocks of Annex B (B.3.2).
//!
//! Nothing is declared before everything is known to be declarable: programs check all names first.
#![forbid(unsafe_code)]

use gc::Gc;

use crate::bytecode::code::GlobalDeclKind;
use crate::object::data::ObjectData;
use crate::object::descriptor::Descriptor;
use crate::object::environment::Env;
use crate::object::shape::{ACCESSOR, CONFIGURABLE, DEFAULT, ENUMERABLE, WRITABLE};
use crate::object::{Class, Object};
use crate::value::{PropertyKey, Value};
use crate::vm::ops::name::env_value;
use crate::vm::realm::{LexicalCell, Realm};
use crate::vm::{JsResult, Throw, Vm};

/// A function (else a `var`); see [`crate::bytecode::opcode::Op::DeclareVarDyn`].
pub(crate) const FUNCTION: u32 = 1;
/// Only look whether a lexical declaration conflicts.
pub(crate) const CHECK_CONFLICT: u32 = 2;
/// Only look whether the global object takes it.
pub(crate) const CHECK_GLOBAL: u32 = 4;

/// Where a sloppy direct eval declares a name.
enum VarPlace<'gc> {
    /// An existing variable.
    Slot(Env<'gc>, u32),
    /// The environment that takes the variables of evals.
    Scope(Env<'gc>),
    Global,
}

impl<'gc> Vm<'gc> {
    #[cold]
    fn redeclared(&mut self, key: PropertyKey<'gc>) -> Throw {
        let text = format!("identifier {} has already been declared", self.show_key(key));
        self.syntax_error(&text)
    }

    /// CanDeclareGlobalVar, CanDeclareGlobalFunction.
    fn can_declare_global(
        &mut self,
        global: Object<'gc>,
        key: PropertyKey<'gc>,
        function: bool,
    ) -> JsResult<bool> {
        match global.get_own(self, key)? {
            None => global.is_extensible(self),
            Some(_) if !function => Ok(true),
            Some(p) => Ok(p.attrs & CONFIGURABLE != 0
                || p.attrs & ACCESSOR == 0 && p.attrs & (WRITABLE | ENUMERABLE) == WRITABLE | ENUMERABLE),
        }
    }

    fn check_declare_global(
        &mut self,
        global: Object<'gc>,
        key: PropertyKey<'gc>,
        function: bool,
    ) -> JsResult<()> {
        if self.can_declare_global(global, key, function)? {
            return Ok(());
        }
        let what = if function { "function" } else { "variable" };
        let text = format!("cannot declare global {what} {}", self.show_key(key));
        Err(self.type_error(&text))
    }

    /// CreateGlobalVarBinding.
    fn create_global_var(
        &mut self,
        global: Object<'gc>,
        key: PropertyKey<'gc>,
        deletable: bool,
    ) -> JsResult<()> {
        if global.get_own(self, key)?.is_none() {
            let attrs = if deletable { DEFAULT } else { WRITABLE | ENUMERABLE };
            global.define(self, key, &Descriptor::data(Value::undefined(), attrs))?;
        }
        Ok(())
    }

    /// GlobalDeclarationInstantiation, and EvalDeclarationInstantiation of indirect evals.
    pub(crate) fn declare_globals(&mut self) -> JsResult<()> {
        let code = self.current_frame().expect("a program runs").rt.code.clone();
        let realm = self.code_realm();
        let global = realm.global();
        let is_eval = code.is_eval;
        let mut keys = Vec::with_capacity(code.globals.len());
        for d in &code.globals {
            let s = crate::object::ordinary::gc_text(self, &d.name)?;
            keys.push((self.key_of(s)?, d.kind));
        }
        let is_lexical = |kind| matches!(kind, GlobalDeclKind::Let | GlobalDeclKind::Const);
        for &(key, kind) in &keys {
            if kind != GlobalDeclKind::Hoisted && realm.lexical(key).is_some() {
                return Err(self.redeclared(key));
            }
            // HasRestrictedGlobalProperty.
            if is_lexical(kind) && global.get_own(self, key)?.is_some_and(|p| p.attrs & CONFIGURABLE == 0) {
                return Err(self.redeclared(key));
            }
        }
        for &(key, kind) in &keys {
            if matches!(kind, GlobalDeclKind::Function | GlobalDeclKind::Var) {
                self.check_declare_global(global, key, kind == GlobalDeclKind::Function)?;
            }
        }
        for (key, kind) in keys {
            match kind {
                GlobalDeclKind::Let | GlobalDeclKind::Const => {
                    let shape = self.root_shape(None, 1);
                    let cell = Object::new(self.mc, shape, Class::Object, 0, ObjectData::None)?;
                    let constant = kind == GlobalDeclKind::Const;
                    Realm::declare(realm, self.mc, LexicalCell { name: key, cell, constant });
                }
                GlobalDeclKind::Var => self.create_global_var(global, key, is_eval)?,
                // By `HoistGlobal`, one by one.
                GlobalDeclKind::Function | GlobalDeclKind::Hoisted => {}
            }
        }
        Ok(())
    }

    /// CreateGlobalFunctionBinding.
    pub(crate) fn declare_function(
        &mut self,
        key: PropertyKey<'gc>,
        f: Value<'gc>,
        deletable: bool,
    ) -> JsResult<()> {
        let global = self.code_realm().global();
        let existing = global.get_own(self, key)?;
        let desc = match existing {
            Some(p) if p.attrs & CONFIGURABLE == 0 => Descriptor { value: Some(f), ..Descriptor::default() },
            _ => {
                let attrs = WRITABLE | ENUMERABLE | if deletable { CONFIGURABLE } else { 0 };
                Descriptor::data(f, attrs)
            }
        };
        if !global.define(self, key, &desc)? {
            return Err(self.refused_write(key));
        }
        if !global.set(self, key, f, Value::object(global))? {
            return Err(self.refused_write(key));
        }
        Ok(())
    }

    /// Where an eval called from an environment declares a `var`; `None` if something lexical of that
    /// name stands between.
    fn var_place(&mut self, env: Value<'gc>, key: PropertyKey<'gc>) -> Option<VarPlace<'gc>> {
        use crate::bytecode::code::SlotKind;
        let mut e = env_value(env);
        while let Some(env) = e {
            e = env.parent;
            let Some(dynamic) = env.dynamic else { continue };
            let Some((code, scope)) = &dynamic.names else { continue };
            let info = &code.scopes[*scope as usize];
            let named = match key {
                PropertyKey::Name(n) => {
                    let units = n.flat_units();
                    info.names.iter().find(|(t, ..)| crate::value::string::text_units(t).equals(units))
                }
                _ => None,
            };
            match named {
                Some(&(_, slot, SlotKind::Var)) => return Some(VarPlace::Slot(env, slot)),
                Some((_, _, SlotKind::FunctionName)) | None => {}
                Some(_) => return None,
            }
            if info.is_var_scope {
                return Some(VarPlace::Scope(env));
            }
        }
        Some(VarPlace::Global)
    }

    /// A `var` or function of a sloppy direct eval; the flags are the constants above.
    pub(crate) fn declare_var(
        &mut self,
        env: Value<'gc>,
        name: u32,
        v: Value<'gc>,
        flags: u32,
    ) -> JsResult<()> {
        let key = self.const_key(name)?;
        let function = flags & FUNCTION != 0;
        let realm = self.code_realm();
        let place = self.var_place(env, key);
        if flags & CHECK_CONFLICT != 0 {
            return match place {
                None => Err(self.redeclared(key)),
                Some(VarPlace::Global) if realm.lexical(key).is_some() => Err(self.redeclared(key)),
                Some(_) => Ok(()),
            };
        }
        if flags & CHECK_GLOBAL != 0 {
            return match place {
                Some(VarPlace::Global) => self.check_declare_global(realm.global(), key, function),
                _ => Ok(()),
            };
        }
        self.declare_at(place, key, v, function)
    }

    fn declare_at(
        &mut self,
        place: Option<VarPlace<'gc>>,
        key: PropertyKey<'gc>,
        v: Value<'gc>,
        function: bool,
    ) -> JsResult<()> {
        match place {
            None => Err(self.redeclared(key)),
            Some(VarPlace::Slot(env, slot)) => {
                if function {
                    self.set_env(env, slot as usize, v);
                }
                Ok(())
            }
            Some(VarPlace::Scope(env)) => {
                let dynamic = env.dynamic.expect("a scope that takes vars has its names");
                let object = match dynamic.object.get() {
                    Some(o) => o,
                    None => {
                        let shape = self.root_shape(None, 4);
                        let o = Object::new(self.mc, shape, Class::Object, 0, ObjectData::None)?;
                        Gc::write(self.mc, dynamic).project(|d| &d.object).set(Some(o));
                        o
                    }
                };
                if function || object.get_own(self, key)?.is_none() {
                    object.define_own(self, key, v, DEFAULT)?;
                }
                Ok(())
            }
            // At the top level of a script: deletable properties of the global object.
            Some(VarPlace::Global) if function => self.declare_function(key, v, true),
            Some(VarPlace::Global) => {
                let global = self.code_realm().global();
                self.create_global_var(global, key, true)
            }
        }
    }

    /// B.3.2.3: a function in a block of a direct eval becomes a `var` too, unless that conflicts.
    pub(crate) fn hoist_in_eval(&mut self, env: Value<'gc>, name: Value<'gc>) -> JsResult<bool> {
        let key = self.to_key(name)?;
        let place = self.var_place(env, key);
        match place {
            None => return Ok(false),
            Some(VarPlace::Global) if !self.hoistable_in_global(key)? => return Ok(false),
            Some(_) => {}
        }
        self.declare_at(place, key, Value::undefined(), false)?;
        Ok(true)
    }

    /// B.3.2.2: the same for scripts and indirect evals.
    pub(crate) fn hoist_in_global(&mut self, name: Value<'gc>) -> JsResult<bool> {
        let key = self.to_key(name)?;
        if !self.hoistable_in_global(key)? {
            return Ok(false);
        }
        let is_eval = self.current_frame().is_some_and(|f| f.rt.code.is_eval);
        let global = self.code_realm().global();
        self.create_global_var(global, key, is_eval)?;
        Ok(true)
    }

    fn hoistable_in_global(&mut self, key: PropertyKey<'gc>) -> JsResult<bool> {
        let realm = self.code_realm();
        Ok(realm.lexical(key).is_none() && self.can_declare_global(realm.global(), key, true)?)
    }
}
