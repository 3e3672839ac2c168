//! Which binding a name of a module is (16.2.1.7.2): GetExportedNames and ResolveExport.
#![forbid(unsafe_code)]

use std::collections::HashSet;

use super::record::{ImportCell, ModuleGc};
use crate::value::PropertyKey;
use crate::vm::{JsResult, Vm};

/// What a name resolves to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Resolution<'gc> {
    /// A slot of a module's environment.
    Slot(ModuleGc<'gc>, ImportCell<'gc>),
    /// The namespace object of a module.
    Namespace(ModuleGc<'gc>),
    /// Nothing, or a circle.
    Missing,
    /// Several bindings.
    Ambiguous,
}

impl<'gc> Resolution<'gc> {
    fn is_same(&self, other: &Resolution<'gc>) -> bool {
        match (self, other) {
            (Resolution::Slot(m, a), Resolution::Slot(n, b)) => {
                m.as_ptr() == n.as_ptr() && a.slot == b.slot
                    || m.aliased(a.slot).is_some_and(|x| n.aliased(b.slot) == Some(x))
            }
            (Resolution::Namespace(a), Resolution::Namespace(b)) => a.as_ptr() == b.as_ptr(),
            (Resolution::Slot(m, a), Resolution::Namespace(n))
            | (Resolution::Namespace(n), Resolution::Slot(m, a)) => {
                m.aliased(a.slot) == Some((n.as_ptr().addr(), 0))
            }
            _ => false,
        }
    }
}

impl<'gc> Vm<'gc> {
    /// ResolveExport (16.2.1.7.2.2).
    ///
    /// # Errors
    /// A RangeError if chains of re-exports are too long; limits.
    pub(crate) fn resolve_export(
        &mut self,
        module: ModuleGc<'gc>,
        name: PropertyKey<'gc>,
    ) -> JsResult<Resolution<'gc>> {
        self.resolve_in(module, name, &mut HashSet::new())
    }

    fn resolve_in(
        &mut self,
        module: ModuleGc<'gc>,
        name: PropertyKey<'gc>,
        seen: &mut HashSet<(usize, usize)>,
    ) -> JsResult<Resolution<'gc>> {
        self.check_native_stack()?;
        self.charge(1)?;
        if !seen.insert((module.as_ptr().addr(), name.address())) {
            return Ok(Resolution::Missing);
        }
        let (record, module) = (module, module.as_ref());
        if let Some(&at) = module.exports.get(&name.address()) {
            let at = at as usize;
            if let Some(&(_, slot)) = module.local.get(at) {
                return Ok(Resolution::Slot(record, ImportCell { env: module.env, slot }));
            }
            let (_, request, imported) = module.indirect[at - module.local.len()];
            let target = module.requested(request);
            return match imported {
                Some(imported) => self.resolve_in(target, imported, seen),
                None => Ok(Resolution::Namespace(target)),
            };
        }
        // A default export is never one of `export *`.
        if name == self.names().default {
            return Ok(Resolution::Missing);
        }
        let mut found = Resolution::Missing;
        let stars = module.code().map_or(&[][..], |c| &c.star_exports);
        for &request in stars {
            match self.resolve_in(module.requested(request), name, seen)? {
                Resolution::Ambiguous => return Ok(Resolution::Ambiguous),
                Resolution::Missing => {}
                r if matches!(found, Resolution::Missing) => found = r,
                r if !r.is_same(&found) => return Ok(Resolution::Ambiguous),
                _ => {}
            }
        }
        Ok(found)
    }

    /// GetExportedNames (16.2.1.7.2.1).
    ///
    /// # Errors
    /// Limits.
    pub(crate) fn exported_names(&mut self, module: ModuleGc<'gc>) -> JsResult<Vec<PropertyKey<'gc>>> {
        let mut names = Vec::new();
        let (mut named, mut seen) = (HashSet::new(), HashSet::new());
        let mut waiting = vec![module];
        let default = self.names().default;
        while let Some(m) = waiting.pop() {
            if !seen.insert(m.as_ptr().addr()) {
                continue;
            }
            let m = m.as_ref();
            self.charge(m.local.len() + m.indirect.len() + 1)?;
            let own = m.local.iter().map(|e| e.0).chain(m.indirect.iter().map(|e| e.0));
            for name in own {
                let is_root = seen.len() == 1;
                if (is_root || name != default) && named.insert(name.address()) {
                    names.push(name);
                }
            }
            for &request in m.code().map_or(&[][..], |c| &c.star_exports) {
                waiting.push(m.requested(request));
            }
        }
        Ok(names)
    }
}
