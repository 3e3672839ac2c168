//! Names that are found at run time: globals, `with`, direct eval.
#![forbid(unsafe_code)]

use gc::{Gc, Lock, Weak};

use crate::bytecode::code::SlotKind;
use crate::object::environment::{DynamicEnv, Env, EnvHead};
use crate::object::shape::{ACCESSOR, Shape, WRITABLE};
use crate::object::{EXOTIC, Object};
use crate::value::symbol::WellKnown;
use crate::value::{PropertyKey, Value};
use crate::vm::inline_cache::{Ic, IcKind};
use crate::vm::realm::Realm;
use crate::vm::{JsResult, Throw, Vm};

/// Where a name was found at run time.
#[derive(Clone, Copy)]
enum Found<'gc> {
    Slot(Env<'gc>, u32, SlotKind),
    Object(Object<'gc>, bool),
    Nowhere,
}

impl<'gc> Vm<'gc> {
    pub(super) fn const_key(&mut self, index: u32) -> JsResult<PropertyKey<'gc>> {
        let v = self.current_frame().expect("a frame runs").rt.consts[index as usize].get();
        self.to_key(v)
    }

    fn const_name(&self, index: u32) -> String {
        match self.current_frame().and_then(|f| f.rt.code.consts.get(index as usize).cloned()) {
            Some(crate::bytecode::code::Const::Text(t)) => t.to_string(),
            _ => String::new(),
        }
    }

    #[cold]
    pub(crate) fn dead_zone(&mut self, index: u32) -> Throw {
        let name = self.const_name(index);
        if name == "this" {
            return self.reference_error("'this' is not initialised: super() has not been called");
        }
        self.reference_error(&format!("cannot access '{name}' before initialization"))
    }

    #[cold]
    pub(crate) fn assign_constant(&mut self, index: u32) -> Throw {
        let name = self.const_name(index);
        self.type_error(&format!("assignment to constant variable '{name}'"))
    }

    #[cold]
    pub(crate) fn fixed_error(&mut self, kind: usize, index: u32) -> Throw {
        let text = self.const_name(index);
        match kind {
            0 => self.type_error(&text),
            1 => self.reference_error(&text),
            _ => self.syntax_error(&text),
        }
    }

    #[cold]
    fn not_defined(&mut self, key: PropertyKey<'gc>) -> Throw {
        let text = match key {
            PropertyKey::Name(n) => format!("{} is not defined", n.to_utf8()),
            k => format!("{} is not defined", self.show_key(k)),
        };
        self.reference_error(&text)
    }

    #[cold]
    fn dead_name(&mut self, key: PropertyKey<'gc>) -> Throw {
        let text = format!("cannot access {} before initialization", self.show_key(key));
        self.reference_error(&text)
    }

    /// A global name's value.
    pub(crate) fn get_global(
        &mut self,
        key: PropertyKey<'gc>,
        or_undefined: bool,
        ic: *mut Ic<'gc>,
    ) -> JsResult<Value<'gc>> {
        let realm = self.code_realm();
        if let Some(cell) = realm.lexical(key) {
            let v = cell.cell.slot(0);
            if v.is_hole() {
                return Err(self.dead_name(key));
            }
            let holder = Weak::new(cell.cell.gc());
            self.learn(ic, Ic { holder, kind: IcKind::Lexical, ..Ic::default() });
            return Ok(v);
        }
        let global = realm.global();
        if !global.has(EXOTIC)
            && let Some(p) = global.get_own_ordinary(self, key)?
        {
            if p.attrs & ACCESSOR == 0 {
                self.remember_global(global, key, ic);
                return Ok(p.value);
            }
            return self.prop_value(p, Value::object(global));
        }
        if !global.has_property(self, key)? {
            if or_undefined {
                return Ok(Value::undefined());
            }
            return Err(self.not_defined(key));
        }
        global.get(self, key, Value::object(global))
    }

    fn remember_global(&mut self, global: Object<'gc>, key: PropertyKey<'gc>, ic: *mut Ic<'gc>) {
        if let Some(place) = Shape::lookup(global.shape(), self.mc, key) {
            let (shape, holder) = (Weak::new(global.shape()), Weak::new(global.gc()));
            self.learn(ic, Ic { shape, holder, slot: place.slot, kind: IcKind::OwnOutline, ..Ic::default() });
        }
    }

    /// Assigns to a global name.
    pub(crate) fn set_global(
        &mut self,
        key: PropertyKey<'gc>,
        v: Value<'gc>,
        strict: bool,
        ic: *mut Ic<'gc>,
    ) -> JsResult<()> {
        let realm = self.code_realm();
        if let Some(cell) = realm.lexical(key) {
            if cell.cell.slot(0).is_hole() {
                return Err(self.dead_name(key));
            }
            if cell.constant {
                let text = format!("assignment to constant variable {}", self.show_key(key));
                return Err(self.type_error(&text));
            }
            cell.cell.set_slot(self.mc, 0, v);
            let holder = Weak::new(cell.cell.gc());
            self.learn(ic, Ic { holder, kind: IcKind::Lexical, ..Ic::default() });
            return Ok(());
        }
        let global = realm.global();
        if strict && !global.has_property(self, key)? {
            return Err(self.not_defined(key));
        }
        if !global.set(self, key, v, Value::object(global))? && strict {
            return Err(self.refused_write(key));
        }
        if let Some(p) = Shape::lookup(global.shape(), self.mc, key)
            && p.attrs & ACCESSOR == 0
            && p.attrs & WRITABLE != 0
            && !global.has(EXOTIC)
        {
            self.remember_global(global, key, ic);
        }
        Ok(())
    }

    /// Initialises a global lexical binding.
    pub(crate) fn init_global(&mut self, key: PropertyKey<'gc>, v: Value<'gc>) -> JsResult<()> {
        if let Some(cell) = self.code_realm().lexical(key) {
            cell.cell.set_slot(self.mc, 0, v);
        }
        Ok(())
    }

    /// Whether a global name resolves.
    pub(crate) fn has_global(&mut self, key: PropertyKey<'gc>) -> JsResult<bool> {
        let realm = self.code_realm();
        Ok(realm.lexical(key).is_some() || realm.global().has_property(self, key)?)
    }

    /// The realm of the running code.
    pub(crate) fn code_realm(&self) -> Gc<'gc, Realm<'gc>> {
        self.current_frame().map_or(self.realm(), |f| f.rt.realm)
    }

    /// A new environment of the running code's scope.
    pub(crate) fn new_env(&mut self, parent: Value<'gc>, scope: u32) -> JsResult<Value<'gc>> {
        let code = &self.current_frame().expect("a frame runs").rt.code;
        let info = &code.scopes[scope as usize];
        let slots = info.slots as usize;
        let dynamic = if info.names.is_empty() && !info.is_var_scope {
            None
        } else {
            let names = Some((code.clone(), scope));
            Some(self.mc.try_alloc(DynamicEnv { object: Lock::new(None), names, is_with: false })?)
        };
        let head = EnvHead { parent: env_value(parent), dynamic };
        let env = self.mc.alloc_tail(head, slots, |_| Lock::new(Value::hole()))?;
        Ok(Value::cell(env.erase()))
    }

    /// A copy of an environment for the next iteration.
    pub(crate) fn copy_env(&mut self, v: Value<'gc>) -> JsResult<Value<'gc>> {
        let env = env_value(v).expect("an environment");
        let dynamic = match env.dynamic {
            Some(d) => {
                let (object, names) = (Lock::new(d.object.get()), d.names.clone());
                Some(self.mc.try_alloc(DynamicEnv { object, names, is_with: false })?)
            }
            None => None,
        };
        let head = EnvHead { parent: env.parent, dynamic };
        let copy = self.mc.alloc_tail(head, env.len(), |i| Lock::new(env.tail()[i].get()))?;
        Ok(Value::cell(copy.erase()))
    }

    /// Sets a slot of an environment.
    #[inline(always)]
    pub(crate) fn set_env(&mut self, env: Env<'gc>, slot: usize, v: Value<'gc>) {
        if let Some(s) = Gc::write_tail(self.mc, env).get(slot) {
            s.set(v);
        }
    }

    /// The object environment of `with`.
    pub(crate) fn new_with(&mut self, o: Value<'gc>, parent: Value<'gc>) -> JsResult<Value<'gc>> {
        let object = self.to_object(o)?;
        let dynamic = DynamicEnv { object: Lock::new(Some(object)), names: None, is_with: true };
        let head = EnvHead { parent: env_value(parent), dynamic: Some(self.mc.try_alloc(dynamic)?) };
        let env = self.mc.alloc_tail(head, 0, |_| Lock::new(Value::hole()))?;
        Ok(Value::cell(env.erase()))
    }

    /// Finds a name from an environment outwards; the global scope is `Nowhere`.
    fn find_name(&mut self, env: Value<'gc>, key: PropertyKey<'gc>) -> JsResult<Found<'gc>> {
        let mut env = env_value(env);
        while let Some(e) = env {
            let Some(dynamic) = e.dynamic else {
                env = e.parent;
                continue;
            };
            if let Some(o) = dynamic.object.get()
                && o.has_property(self, key)?
            {
                if !dynamic.is_with {
                    return Ok(Found::Object(o, false));
                }
                let unscopables = self.well_known(WellKnown::Unscopables);
                let list = o.get(self, unscopables, Value::object(o))?;
                let blocked = match list.as_object() {
                    Some(l) => {
                        let b = l.get(self, key, list)?;
                        self.to_boolean(b)
                    }
                    None => false,
                };
                if !blocked {
                    return Ok(Found::Object(o, true));
                }
            }
            if let (Some((code, scope)), PropertyKey::Name(name)) = (&dynamic.names, key) {
                let units = name.flat_units();
                for (text, slot, kind) in &code.scopes[*scope as usize].names {
                    if crate::value::string::text_units(text).equals(units) {
                        return Ok(Found::Slot(e, *slot, *kind));
                    }
                }
            }
            env = e.parent;
        }
        Ok(Found::Nowhere)
    }

    /// GetBindingValue of an object environment: the property may have gone since it was found.
    fn get_from_object(&mut self, o: Object<'gc>, key: PropertyKey<'gc>) -> JsResult<Value<'gc>> {
        if o.has_property(self, key)? {
            return o.get(self, key, Value::object(o));
        }
        if self.current_frame().is_some_and(|f| f.rt.code.strict) {
            return Err(self.not_defined(key));
        }
        Ok(Value::undefined())
    }

    /// A name's value, searched from an environment on.
    pub(crate) fn get_name(
        &mut self,
        env: Value<'gc>,
        name: u32,
        or_undefined: bool,
    ) -> JsResult<Value<'gc>> {
        let key = self.const_key(name)?;
        let found = self.find_name(env, key)?;
        self.get_found(found, key, or_undefined)
    }

    fn get_found(
        &mut self,
        found: Found<'gc>,
        key: PropertyKey<'gc>,
        or_undefined: bool,
    ) -> JsResult<Value<'gc>> {
        match found {
            Found::Slot(e, slot, kind) => {
                let v = self.slot_value(e, slot, kind);
                if v.is_hole() { Err(self.dead_name(key)) } else { Ok(v) }
            }
            Found::Object(o, _) => self.get_from_object(o, key),
            Found::Nowhere => self.get_global(key, or_undefined, std::ptr::null_mut()),
        }
    }

    /// The value of a slot, or the hole. Of an import: that of the running code's module, which is the
    /// only one that code can see.
    fn slot_value(&self, env: Env<'gc>, slot: u32, kind: SlotKind) -> Value<'gc> {
        if kind != SlotKind::Import {
            return env.tail()[slot as usize].get();
        }
        let module = self.current_frame().and_then(|f| f.rt.module.get());
        module.map_or(Value::hole(), |m| m.as_ref().import(slot))
    }

    /// Callee and `this` of a call of a name.
    pub(crate) fn get_name_call(&mut self, env: Value<'gc>, name: u32) -> JsResult<(Value<'gc>, Value<'gc>)> {
        let key = self.const_key(name)?;
        let found = self.find_name(env, key)?;
        let f = self.get_found(found, key, false)?;
        let this = match found {
            Found::Object(o, true) => Value::object(o),
            _ => Value::undefined(),
        };
        Ok((f, this))
    }

    /// Assigns to a name, searched from an environment on.
    pub(crate) fn set_name(
        &mut self,
        env: Value<'gc>,
        name: u32,
        v: Value<'gc>,
        strict: bool,
    ) -> JsResult<()> {
        let holder = self.resolve_name(env, name)?;
        self.put_name(holder, name, v, strict)
    }

    /// What holds a name: an object, an environment, or undefined (global, or nowhere: hole).
    pub(crate) fn resolve_name(&mut self, env: Value<'gc>, name: u32) -> JsResult<Value<'gc>> {
        let key = self.const_key(name)?;
        Ok(match self.find_name(env, key)? {
            Found::Slot(e, ..) => Value::cell(e.erase()),
            Found::Object(o, _) => Value::object(o),
            Found::Nowhere if self.has_global(key)? => Value::undefined(),
            Found::Nowhere => Value::hole(),
        })
    }

    /// Assigns to a name in what holds it.
    pub(crate) fn put_name(
        &mut self,
        holder: Value<'gc>,
        name: u32,
        v: Value<'gc>,
        strict: bool,
    ) -> JsResult<()> {
        let key = self.const_key(name)?;
        if let Some(o) = holder.as_object() {
            let still_exists = o.has_property(self, key)?;
            if strict && !still_exists {
                return Err(self.not_defined(key));
            }
            if !o.set(self, key, v, holder)? && strict {
                return Err(self.refused_write(key));
            }
            return Ok(());
        }
        if holder.is_hole() && strict {
            return Err(self.not_defined(key));
        }
        if let Found::Slot(e, slot, kind) = self.find_name(holder, key)? {
            let old = self.slot_value(e, slot, kind);
            if old.is_hole() && kind != SlotKind::Var {
                return Err(self.dead_name(key));
            }
            match kind {
                SlotKind::Const | SlotKind::Import => return Err(self.assign_constant(name)),
                SlotKind::FunctionName if strict => return Err(self.assign_constant(name)),
                SlotKind::FunctionName => {}
                _ => self.set_env(e, slot as usize, v),
            }
            return Ok(());
        }
        self.set_global(key, v, strict, std::ptr::null_mut())
    }

    /// A name's value in what holds it.
    pub(crate) fn get_name_from(
        &mut self,
        holder: Value<'gc>,
        name: u32,
        or_undefined: bool,
    ) -> JsResult<Value<'gc>> {
        let key = self.const_key(name)?;
        if let Some(o) = holder.as_object() {
            return self.get_from_object(o, key);
        }
        self.get_name(holder, name, or_undefined)
    }

    /// `delete name`
    pub(crate) fn delete_name(&mut self, env: Value<'gc>, name: u32) -> JsResult<Value<'gc>> {
        let key = self.const_key(name)?;
        Ok(Value::bool(match self.find_name(env, key)? {
            Found::Slot(..) => false,
            Found::Object(o, _) => o.delete(self, key)?,
            Found::Nowhere => {
                let realm = self.code_realm();
                realm.lexical(key).is_none() && realm.global().delete(self, key)?
            }
        }))
    }
}

/// The environment in a value.
pub(crate) fn env_value<'gc>(v: Value<'gc>) -> Option<Env<'gc>> {
    v.as_cell()?.downcast()
}
