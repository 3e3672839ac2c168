//! Module records (16.2.1.5 to 16.2.1.8): what a realm keeps of a module.
//!
//! The environment is made with the record, uninitialised, so that importers hold places in it,
//! never names. A module of data (16.2.1.8, a synthetic one) has one export and is evaluated from the
//! start.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use gc::{Gc, Lock, RefLock, Trace};

use super::{Module, ModuleKind, NamespaceData};
use crate::bytecode::code::ModuleCode;
use crate::object::Object;
use crate::object::environment::{DynamicEnv, Env, EnvHead};
use crate::object::function::CodeRt;
use crate::object::ordinary::gc_text;
use crate::value::key::AddressHash;
use crate::value::{PropertyKey, Value};
use crate::vm::realm::Realm;
use crate::vm::{JsResult, Vm};

/// [[Status]]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Status {
    Unlinked,
    Linking,
    Linked,
    Evaluating,
    EvaluatingAsync,
    Evaluated,
}

/// [[AsyncEvaluationOrder]]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum AsyncOrder {
    Unset,
    At(u64),
    Done,
}

/// A module record.
#[derive(Debug, Trace)]
pub struct ModuleRecord<'gc> {
    /// The host's name for it.
    #[trace(skip)]
    pub name: Arc<str>,
    /// The realm.
    pub realm: Gc<'gc, Realm<'gc>>,
    /// The code; `None` for data.
    pub body: Option<Gc<'gc, CodeRt<'gc>>>,
    /// The environment.
    pub env: Env<'gc>,
    /// Own exports: name and slot.
    pub local: Vec<(PropertyKey<'gc>, u32)>,
    /// Re-exports: name, request, imported name or `None` for the namespace.
    pub indirect: Vec<(PropertyKey<'gc>, u32, Option<PropertyKey<'gc>>)>,
    /// From a name's address to its place: in `local`, or beyond it in `indirect`.
    #[trace(skip)]
    pub exports: HashMap<usize, u32, AddressHash>,
    /// Names whose places the imports are, in the order of the code's imports.
    pub import_names: Vec<Option<PropertyKey<'gc>>>,
    /// Import cells.
    pub imports: Box<[Lock<Option<ImportCell<'gc>>>]>,
    /// [[LoadedModules]], by request.
    pub loaded: Box<[Lock<Option<Gc<'gc, ModuleRecord<'gc>>>>]>,
    /// [[Namespace]], and that of `import defer`.
    pub namespaces: [Lock<Option<Object<'gc>>>; 2],
    /// `import.meta`
    pub meta: Lock<Option<Object<'gc>>>,
    /// [[ModuleSource]], if the host says there is one.
    pub source: Lock<Option<Object<'gc>>>,
    #[trace(skip)]
    pub status: Cell<Status>,
    /// [[DFSIndex]] and [[DFSAncestorIndex]]
    #[trace(skip)]
    pub index: Cell<u32>,
    #[trace(skip)]
    pub ancestor: Cell<u32>,
    /// [[EvaluationError]]
    pub error: Lock<Option<Value<'gc>>>,
    /// [[CycleRoot]]
    pub cycle_root: Lock<Option<Gc<'gc, ModuleRecord<'gc>>>>,
    /// [[TopLevelCapability]], of which only the promise is ever used.
    pub top_level: Lock<Option<Object<'gc>>>,
    #[trace(skip)]
    pub order: Cell<AsyncOrder>,
    /// [[AsyncParentModules]]
    pub async_parents: RefLock<Vec<Gc<'gc, ModuleRecord<'gc>>>>,
    /// [[PendingAsyncDependencies]]
    #[trace(skip)]
    pub pending: Cell<u32>,
    /// What the tables are charged for.
    pub charge: Option<gc::ExternalBytes>,
}

/// The place of an imported binding.
#[derive(Clone, Copy, Debug, Trace)]
pub struct ImportCell<'gc> {
    /// The environment.
    pub env: Env<'gc>,
    /// The slot.
    #[trace(skip)]
    pub slot: u32,
}

/// A module record's cell.
pub type ModuleGc<'gc> = Gc<'gc, ModuleRecord<'gc>>;

impl<'gc> ModuleRecord<'gc> {
    /// What linking needs to know; `None` for data.
    pub fn code(&self) -> Option<&ModuleCode> {
        self.body.as_ref().and_then(|rt| rt.as_ref().code.module.as_deref())
    }

    /// [[HasTLA]]
    pub fn has_tla(&self) -> bool {
        self.code().is_some_and(|c| c.is_async)
    }

    /// Whether it is a Cyclic Module Record.
    pub fn is_cyclic(&self) -> bool {
        self.body.is_some()
    }

    /// IsModuleSCCEvaluated
    pub fn is_component_evaluated(&self) -> bool {
        let root = self.cycle_root.get();
        root.map_or(self.status.get(), |r| r.status.get()) == Status::Evaluated
    }

    /// The module whose namespace or source an own slot holds, and which of them: such slots of several
    /// modules are one binding.
    pub fn aliased(&self, slot: u32) -> Option<(usize, u8)> {
        use crate::bytecode::code::ImportedName;
        let code = self.code()?;
        let import = code.imports.iter().find(|i| match i.name {
            ImportedName::Name(_) => false,
            _ => i.place == slot,
        })?;
        let sort = match import.name {
            ImportedName::Source => 2,
            _ if code.requests[import.request as usize].phase == crate::syntax::ast::ImportPhase::Defer => 1,
            _ => 0,
        };
        Some((self.requested(import.request).as_ptr().addr(), sort))
    }

    /// An imported binding's value, or the hole.
    #[inline]
    pub fn import(&self, index: u32) -> Value<'gc> {
        match self.imports.get(index as usize).and_then(|c| c.get()) {
            Some(cell) => cell.env.tail()[cell.slot as usize].get(),
            None => Value::hole(),
        }
    }

    /// GetImportedModule.
    ///
    /// # Panics
    /// If the graph was not loaded.
    pub fn requested(&self, request: u32) -> ModuleGc<'gc> {
        self.loaded[request as usize].get().expect("linking follows loading")
    }

    /// Sets [[CycleRoot]] and the like.
    pub fn set_loaded(this: ModuleGc<'gc>, vm: &Vm<'gc>, request: u32, module: ModuleGc<'gc>) {
        let list = Gc::write(vm.mc, this).project(|m| &m.loaded).unbox();
        if let Some(place) = list.get(request as usize) {
            place.set(Some(module));
        }
    }

    /// Sets an import cell.
    pub fn set_import(this: ModuleGc<'gc>, vm: &Vm<'gc>, index: u32, cell: ImportCell<'gc>) {
        let list = Gc::write(vm.mc, this).project(|m| &m.imports).unbox();
        if let Some(place) = list.get(index as usize) {
            place.set(Some(cell));
        }
    }

    /// The namespace object made so far.
    pub fn namespace(&self, deferred: bool) -> Option<Object<'gc>> {
        self.namespaces[usize::from(deferred)].get()
    }

    /// Remembers the namespace object.
    pub fn set_namespace(this: ModuleGc<'gc>, vm: &Vm<'gc>, deferred: bool, o: Object<'gc>) {
        if deferred {
            this.set(vm.mc, |m| &m.namespaces[1], Some(o));
        } else {
            this.set(vm.mc, |m| &m.namespaces[0], Some(o));
        }
    }
}

/// Whether a namespace object was of `import defer`.
pub(crate) fn namespace_data<'gc>(o: Object<'gc>) -> Option<Gc<'gc, NamespaceData<'gc>>> {
    match o.data() {
        crate::object::data::ObjectData::Any(c) if o.is_class(crate::object::Class::Namespace) => {
            c.downcast()
        }
        _ => None,
    }
}

impl<'gc> Vm<'gc> {
    /// ParseModule, CreateDefaultExportSyntheticModule: a new record.
    ///
    /// # Errors
    /// What parsing JSON throws.
    pub(crate) fn new_module(&mut self, module: &Module) -> JsResult<ModuleGc<'gc>> {
        let realm = self.realm();
        let (body, slots, names) = match &module.kind {
            ModuleKind::Source(code) => {
                let rt = self.make_code(code.clone())?;
                let slots = code.scopes.first().map_or(0, |s| s.slots);
                (Some(rt), slots, Some((code.clone(), 0)))
            }
            _ => (None, 1, None),
        };
        let dynamic = match names {
            Some(_) => {
                Some(self.mc.try_alloc(DynamicEnv { object: Lock::new(None), names, is_with: false })?)
            }
            None => None,
        };
        let head = EnvHead { parent: None, dynamic };
        let env = self.mc.alloc_tail(head, slots as usize, |_| Lock::new(Value::hole()))?;
        let (mut local, mut indirect, mut import_names) = (Vec::new(), Vec::new(), Vec::new());
        let mut requests = 0;
        match body.as_ref().and_then(|rt| rt.as_ref().code.module.as_deref()) {
            Some(code) => {
                for (name, slot) in &code.local_exports {
                    let name = gc_text(self, name)?;
                    local.push((self.key_of(name)?, *slot));
                }
                for e in &code.indirect_exports {
                    let name = gc_text(self, &e.exported)?;
                    let name = self.key_of(name)?;
                    let imported = match &e.imported {
                        Some(t) => {
                            let t = gc_text(self, t)?;
                            Some(self.key_of(t)?)
                        }
                        None => None,
                    };
                    indirect.push((name, e.request, imported));
                }
                for i in &code.imports {
                    import_names.push(match &i.name {
                        crate::bytecode::code::ImportedName::Name(t) => {
                            let t = gc_text(self, t)?;
                            Some(self.key_of(t)?)
                        }
                        _ => None,
                    });
                }
                requests = code.requests.len();
            }
            None => {
                local.push((self.names().default, 0));
                let value = self.data_module(module)?;
                self.set_env(env, 0, value);
            }
        }
        let keys = local.iter().map(|e| e.0).chain(indirect.iter().map(|e| e.0));
        let exports = keys.enumerate().map(|(i, k)| (k.address(), i as u32)).collect();
        let bytes = (local.len() + indirect.len() + import_names.len() + requests) * 64;
        let record = ModuleRecord {
            name: module.name.clone(),
            realm,
            body,
            env,
            exports,
            imports: import_names.iter().map(|_| Lock::new(None)).collect(),
            loaded: (0..requests).map(|_| Lock::new(None)).collect(),
            local,
            indirect,
            import_names,
            namespaces: [Lock::new(None), Lock::new(None)],
            meta: Lock::new(None),
            source: Lock::new(None),
            status: Cell::new(if body.is_some() { Status::Unlinked } else { Status::Evaluated }),
            index: Cell::new(0),
            ancestor: Cell::new(0),
            error: Lock::new(None),
            cycle_root: Lock::new(None),
            top_level: Lock::new(None),
            order: Cell::new(AsyncOrder::Unset),
            async_parents: RefLock::new(Vec::new()),
            pending: Cell::new(0),
            charge: self.mc.external(bytes).ok(),
        };
        let record = self.mc.try_alloc(record)?;
        if let Some(rt) = body {
            rt.set(self.mc, |c| &c.module, Some(record));
        }
        Ok(record)
    }

    /// The default export of a module of data.
    fn data_module(&mut self, module: &Module) -> JsResult<Value<'gc>> {
        match &module.kind {
            ModuleKind::Json(text) => {
                let text = text.strip_prefix('\u{feff}').unwrap_or(text);
                let text = self.str(text)?;
                crate::builtins::json::parse_text(self, text)
            }
            ModuleKind::Text(text) => {
                let text = text.strip_prefix('\u{feff}').unwrap_or(text);
                Ok(Value::string(self.str(text)?))
            }
            ModuleKind::Bytes(bytes) => {
                let buffer = crate::builtins::array_buffer::new_buffer(self, bytes.len() as u64)?;
                let data = crate::object::buffer::buffer_data(buffer).expect("just made");
                if let Some(block) = data.block() {
                    for (i, &b) in bytes.iter().enumerate() {
                        block.store(i, 1, b.into());
                    }
                }
                data.immutable.set(true);
                crate::builtins::typed_array::of_buffer(self, buffer).map(Value::object)
            }
            ModuleKind::Source(_) => Ok(Value::undefined()),
        }
    }
}
