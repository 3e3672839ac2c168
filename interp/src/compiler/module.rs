//! What linking needs to know of a module (16.2.1.7): requests, imports, exports, and what its
//! environment holds before it is evaluated.
//!
//! The environment of a module is made when it is linked, not by its code: others may call its
//! functions before it runs.
#![forbid(unsafe_code)]

use crate::bytecode::code::{ImportCode, ImportedName, IndirectExportCode, ModuleCode, ModuleRequestCode};
use crate::syntax::ast::*;
use crate::syntax::atoms::Text;

use super::emitter::Func;
use super::scope::Loc;
use super::{CResult, Compiler};

impl<'a> Compiler<'a> {
    /// The place of an imported binding in the module's scope: names have import cells, namespaces and
    /// sources are the module's own constants.
    pub(crate) fn import_loc(&mut self, name: crate::syntax::atoms::Atom, next_slot: u32) -> Loc {
        let imports = self.program.module.map_or(&[][..], |m| m.imports);
        if self.imports.is_empty() {
            self.imports = imports.iter().enumerate().map(|(i, import)| (import.local, i)).collect();
        }
        match self.imports.get(&name) {
            Some(&i) if matches!(imports[i].name, ImportName::Name(_)) => Loc::Import(i as u32),
            _ => Loc::Env(next_slot),
        }
    }

    /// Function declarations of a module: linking makes them.
    pub(crate) fn module_functions(&mut self, f: &'a Function<'a>) -> CResult<()> {
        for function in super::func::last_of_each_name(f.hoisted) {
            let name = function.name.expect("declarations have names");
            let code = self.function(function, self.declared_name(name), None)?;
            let func = self.cur();
            func.children.push(code);
            let child = (func.children.len() - 1) as u32;
            if let Some(Loc::Env(slot)) = func.scopes.first().and_then(|s| s.names.get(&name)).map(|s| s.loc)
            {
                func.module_functions.push((child, slot));
            }
        }
        Ok(())
    }

    /// The name a declared function or class has: `default` for those without one.
    pub(crate) fn declared_name(&self, name: crate::syntax::atoms::Atom) -> Text {
        use crate::syntax::atoms::Atom;
        self.text(if name == Atom::STAR_DEFAULT { Atom::DEFAULT } else { name }).clone()
    }

    /// What linking needs to know of a module.
    pub(crate) fn module_code(&self, func: &Func<'a>) -> Option<Box<ModuleCode>> {
        let info = self.program.module?;
        let text = |a| self.text(a).clone();
        let scope = func.scopes.first()?;
        let slot = |name| match scope.names.get(&name).map(|s| s.loc) {
            Some(Loc::Env(slot)) => slot,
            _ => u32::MAX,
        };
        let requests = info.requests.iter().map(|r| ModuleRequestCode {
            specifier: text(r.specifier),
            attributes: r.attributes.iter().map(|(k, v)| (text(*k), text(*v))).collect(),
            phase: r.phase,
            pos: r.pos,
        });
        let imports = info.imports.iter().enumerate().map(|(i, import)| {
            let (name, place) = match import.name {
                ImportName::Name(a) => (ImportedName::Name(text(a)), i as u32),
                ImportName::Namespace => (ImportedName::Namespace, slot(import.local)),
                ImportName::Source => (ImportedName::Source, slot(import.local)),
            };
            ImportCode { request: import.request, name, place, pos: import.pos }
        });
        let indirect = info.indirect_exports.iter().map(|e| IndirectExportCode {
            exported: text(e.exported),
            request: e.request,
            imported: match e.name {
                ImportName::Name(a) => Some(text(a)),
                _ => None,
            },
            pos: e.pos,
        });
        let vars = self.scope(func.f.scope).bindings.iter().filter(|b| b.kind == BindingKind::Var);
        Some(Box::new(ModuleCode {
            requests: requests.collect(),
            imports: imports.collect(),
            local_exports: info.local_exports.iter().map(|e| (text(e.exported), slot(e.local))).collect(),
            indirect_exports: indirect.collect(),
            star_exports: info.star_exports.to_vec(),
            functions: func.module_functions.clone(),
            vars: vars.map(|b| slot(b.name)).collect(),
            hidden: if func.f.this_captured { 3 } else { 0 },
            is_async: self.program.has_top_level_await,
        }))
    }
}
