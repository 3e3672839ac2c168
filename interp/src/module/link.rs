//! Loading and linking (16.2.1.6.1.1 LoadRequestedModules, 16.2.1.6.1.2 Link, 16.2.1.7.3.1
//! InitializeEnvironment): graphs of any depth, without recursion.
#![forbid(unsafe_code)]

use super::record::{ImportCell, ModuleGc, ModuleRecord, Status};
use super::resolve::Resolution;
use super::{Module, ModuleType};
use crate::bytecode::code::ImportedName;
use crate::host::HostError;
use crate::object::environment::EnvHead;
use crate::syntax::ast::ImportPhase;
use crate::syntax::atoms::Text;
use crate::value::Value;
use crate::vm::{JsResult, Throw, Vm};
use gc::{Gc, Lock};

impl<'gc> Vm<'gc> {
    /// What a host's failure throws.
    pub(crate) fn throw_host(&mut self, e: HostError) -> Throw {
        crate::host::throw_host(self, e)
    }

    /// HostLoadImportedModule: the record of what a specifier means, made once a realm.
    ///
    /// # Errors
    /// What the loader says, and errors of parsing.
    pub(crate) fn load_module(
        &mut self,
        referrer: &str,
        specifier: &str,
        expected: ModuleType,
    ) -> JsResult<ModuleGc<'gc>> {
        self.charge(50)?;
        // The loader is away while it works: it cannot be asked from within.
        let Some(mut loader) = self.st.loader.take() else {
            let text = format!("cannot import '{specifier}': the host loads no modules");
            return Err(self.type_error(&text));
        };
        let realm = self.realm();
        let key = |name: &str| format!("{expected:?} {name}");
        let result = match loader.resolve(referrer, specifier) {
            Ok(name) => {
                let known = realm.modules.borrow().get(&key(&name)).copied();
                match known {
                    Some(record) => Ok(Ok(record)),
                    None => loader.load(&name, expected).map(|m| Err((name, m))),
                }
            }
            Err(e) => Err(e),
        };
        let has_source = match &result {
            Ok(Err((name, _))) => loader.has_source(name),
            _ => false,
        };
        self.st.loader = Some(loader);
        match result {
            Ok(Ok(record)) => Ok(record),
            Ok(Err((name, module))) => {
                let record = self.new_module(&module)?;
                if has_source {
                    let source = crate::builtins::abstract_module_source::instance(self)?;
                    record.set(self.mc, |m| &m.source, Some(source));
                }
                self.register(key(&name), record);
                Ok(record)
            }
            Err(e) => Err(self.throw_host(e)),
        }
    }

    fn register(&mut self, key: String, record: ModuleGc<'gc>) {
        Gc::write(self.mc, self.realm()).project(|r| &r.modules).borrow_mut().insert(key, record);
    }

    /// The record of a module the host runs itself.
    ///
    /// # Errors
    /// What parsing JSON throws.
    pub(crate) fn host_module(&mut self, module: &Module) -> JsResult<ModuleGc<'gc>> {
        let key = format!("{:?} {}", ModuleType::JavaScript, module.name);
        let known = self.realm().modules.borrow().get(&key).copied();
        if let Some(record) = known
            && let (super::ModuleKind::Source(code), Some(rt)) = (&module.kind, record.body)
            && std::sync::Arc::ptr_eq(code, &rt.code)
        {
            return Ok(record);
        }
        let record = self.new_module(module)?;
        self.register(key, record);
        Ok(record)
    }

    /// The type an import's attributes ask for (AllImportAttributesSupported, HostLoadImportedModule).
    pub(crate) fn type_of_attributes<'a>(
        attributes: impl Iterator<Item = (&'a Text, &'a Text)>,
    ) -> Result<ModuleType, String> {
        let mut expected = ModuleType::JavaScript;
        for (key, value) in attributes {
            let (key, value) = (key.to_string(), value.to_string());
            if key != "type" {
                return Err(format!("import attribute '{key}' is not supported"));
            }
            expected = ModuleType::of_attribute(&value)
                .ok_or_else(|| format!("modules of type '{value}' are not supported"))?;
        }
        Ok(expected)
    }

    /// LoadRequestedModules.
    ///
    /// # Errors
    /// The first error of the loader or of parsing.
    pub(crate) fn load_requested(&mut self, module: ModuleGc<'gc>) -> JsResult<()> {
        let mut visited = std::collections::HashSet::new();
        let mut waiting = vec![module];
        while let Some(m) = waiting.pop() {
            if !visited.insert(m.as_ptr().addr()) || m.status.get() != Status::Unlinked {
                continue;
            }
            let Some(code) = m.as_ref().code() else { continue };
            let mut next = Vec::new();
            for (i, request) in code.requests.iter().enumerate() {
                let target = match m.loaded[i].get() {
                    Some(target) => target,
                    None => {
                        let attributes = request.attributes.iter().map(|(k, v)| (k, v));
                        let expected = match Vm::type_of_attributes(attributes) {
                            Ok(t) => t,
                            Err(text) => return Err(self.syntax_error(&text)),
                        };
                        let specifier = request.specifier.to_string();
                        let target = self.load_module(&m.name, &specifier, expected)?;
                        ModuleRecord::set_loaded(m, self, i as u32, target);
                        target
                    }
                };
                if request.phase != ImportPhase::Source {
                    next.push(target);
                }
            }
            waiting.extend(next.into_iter().rev());
        }
        Ok(())
    }

    /// Link ( ).
    ///
    /// # Errors
    /// A SyntaxError for names that cannot be resolved.
    pub(crate) fn link_module(&mut self, module: ModuleGc<'gc>) -> JsResult<()> {
        let mut stack = Vec::new();
        let result = self.link_graph(module, &mut stack);
        if result.is_err() {
            for m in &stack {
                m.status.set(Status::Unlinked);
            }
        }
        result
    }

    /// InnerModuleLinking, by a stack of its own: (module, next request).
    fn link_graph(&mut self, module: ModuleGc<'gc>, stack: &mut Vec<ModuleGc<'gc>>) -> JsResult<()> {
        let mut index = 0;
        let mut walk: Vec<(ModuleGc<'gc>, usize)> = Vec::new();
        let enter = |m: ModuleGc<'gc>, index: &mut u32, stack: &mut Vec<_>, walk: &mut Vec<_>| {
            if m.status.get() == Status::Unlinked {
                m.status.set(Status::Linking);
                m.index.set(*index);
                m.ancestor.set(*index);
                *index += 1;
                stack.push(m);
                walk.push((m, 0));
            }
        };
        enter(module, &mut index, stack, &mut walk);
        while let Some(&mut (m, ref mut next)) = walk.last_mut() {
            let code = m.as_ref().code().expect("only cyclic modules are walked");
            if let Some(request) = code.requests.get(*next) {
                let i = *next as u32;
                *next += 1;
                if request.phase != ImportPhase::Source {
                    let target = m.requested(i);
                    enter(target, &mut index, stack, &mut walk);
                    if target.status.get() == Status::Linking {
                        // Of one being walked its index, else this comes again below.
                        m.ancestor.set(m.ancestor.get().min(target.ancestor.get()));
                    }
                }
                continue;
            }
            self.initialize_environment(m)?;
            walk.pop();
            if let Some((parent, _)) = walk.last() {
                parent.ancestor.set(parent.ancestor.get().min(m.ancestor.get()));
            }
            if m.ancestor.get() == m.index.get() {
                while let Some(done) = stack.pop() {
                    done.status.set(Status::Linked);
                    if done.ptr_eq(m) {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn unresolved(&mut self, m: ModuleGc<'gc>, name: &str, request: u32, pos: u32, ambiguous: bool) -> Throw {
        let rt = m.body.expect("only code imports");
        let (line, column) = rt.code.source.line_column(pos);
        let from = m.requested(request).name.clone();
        let what = if ambiguous { "exports several bindings" } else { "has no export" };
        let text = format!("'{from}' {what} named '{name}' ({}:{line}:{column})", m.name);
        self.syntax_error(&text)
    }

    /// InitializeEnvironment ( ).
    fn initialize_environment(&mut self, m: ModuleGc<'gc>) -> JsResult<()> {
        let rt = m.body.expect("only cyclic modules are linked");
        let code = rt.code.clone();
        let info = code.module.as_deref().expect("a module's code says so");
        self.charge(info.imports.len() + info.indirect_exports.len())?;
        for (i, e) in info.indirect_exports.iter().enumerate() {
            let name = m.indirect[i].0;
            let r = self.resolve_export(m, name)?;
            if let Resolution::Missing | Resolution::Ambiguous = r {
                let what = e.imported.as_ref().unwrap_or(&e.exported).to_string();
                return Err(self.unresolved(m, &what, e.request, e.pos, matches!(r, Resolution::Ambiguous)));
            }
        }
        for (i, import) in info.imports.iter().enumerate() {
            let target = m.requested(import.request);
            match &import.name {
                ImportedName::Namespace => {
                    let deferred = info.requests[import.request as usize].phase == ImportPhase::Defer;
                    let namespace = self.module_namespace(target, deferred)?;
                    self.set_env(m.env, import.place as usize, Value::object(namespace));
                }
                ImportedName::Source => {
                    let source = self.module_source(target)?;
                    self.set_env(m.env, import.place as usize, source);
                }
                ImportedName::Name(text) => {
                    let name = m.import_names[i].expect("a name");
                    let cell = match self.resolve_export(target, name)? {
                        Resolution::Slot(_, cell) => cell,
                        Resolution::Namespace(of) => {
                            let namespace = self.module_namespace(of, false)?;
                            self.constant_cell(Value::object(namespace))?
                        }
                        r => {
                            let ambiguous = matches!(r, Resolution::Ambiguous);
                            let text = text.to_string();
                            return Err(self.unresolved(m, &text, import.request, import.pos, ambiguous));
                        }
                    };
                    ModuleRecord::set_import(m, self, import.place, cell);
                }
            }
        }
        for slot in (0..info.hidden).chain(info.vars.iter().copied()) {
            self.set_env(m.env, slot as usize, Value::undefined());
        }
        for &(child, slot) in &info.functions {
            let f = self.closure_in(rt, child, Some(m.env))?;
            self.set_env(m.env, slot as usize, f);
        }
        Ok(())
    }

    /// A place that holds a value for good.
    fn constant_cell(&mut self, value: Value<'gc>) -> JsResult<ImportCell<'gc>> {
        let head = EnvHead { parent: None, dynamic: None };
        let env = self.mc.alloc_tail(head, 1, |_| Lock::new(value))?;
        Ok(ImportCell { env, slot: 0 })
    }

    /// GetModuleSource ( ).
    ///
    /// # Errors
    /// A SyntaxError: modules of JavaScript have no source object.
    pub(crate) fn module_source(&mut self, m: ModuleGc<'gc>) -> JsResult<Value<'gc>> {
        match m.source.get() {
            Some(o) => Ok(Value::object(o)),
            None => {
                let text = format!("'{}' has no module source", m.name);
                Err(self.syntax_error(&text))
            }
        }
    }
}
