//! The part of the tree that linking looks at: a module's requests, imports and exports
//! (the entries of a Source Text Module Record, 16.2.1.7). Seen from outside as part of `ast`.

#![forbid(unsafe_code)]

use super::ast::ImportPhase;
use super::atoms::Atom;

/// What a module asks for and gives.
#[derive(Clone, Copy, Debug)]
pub struct ModuleInfo<'a> {
    /// Requested modules in source order, each (specifier, attributes, phase) once.
    pub requests: &'a [ModuleRequest<'a>],
    /// Imported bindings.
    pub imports: &'a [ImportEntry],
    /// `export { local as exported }` of local bindings.
    pub local_exports: &'a [LocalExport],
    /// `export { imported as exported } from`, `export * as ns from` (and re-exports of imports).
    pub indirect_exports: &'a [IndirectExport],
    /// `export * from`: request indices.
    pub star_exports: &'a [u32],
}

/// A requested module.
#[derive(Clone, Copy, Debug)]
pub struct ModuleRequest<'a> {
    /// The specifier.
    pub specifier: Atom,
    /// `with { key: "value" }`
    pub attributes: &'a [(Atom, Atom)],
    /// The phase.
    pub phase: ImportPhase,
    /// Where.
    pub pos: u32,
}

/// Which binding of another module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportName {
    /// A named export.
    Name(Atom),
    /// The namespace object.
    Namespace,
    /// The module source (`import source x`).
    Source,
}

/// `import { name as local } from request`
#[derive(Clone, Copy, Debug)]
pub struct ImportEntry {
    /// Index into `requests`.
    pub request: u32,
    /// What is imported.
    pub name: ImportName,
    /// The local binding.
    pub local: Atom,
    /// Where.
    pub pos: u32,
}

/// `export { local as exported }`
#[derive(Clone, Copy, Debug)]
pub struct LocalExport {
    /// The local binding (`*default*` for `export default`).
    pub local: Atom,
    /// The exported name.
    pub exported: Atom,
}

/// `export { name as exported } from request`
#[derive(Clone, Copy, Debug)]
pub struct IndirectExport {
    /// Index into `requests`.
    pub request: u32,
    /// What is exported.
    pub name: ImportName,
    /// Under which name.
    pub exported: Atom,
    /// Where.
    pub pos: u32,
}
