//! Compiled code: immutable, `Send + Sync`, without heap pointers; shared by all threads.
#![forbid(unsafe_code)]

use std::sync::{Arc, OnceLock};

use crate::syntax::ast::{BindingKind, FunctionKind, ImportPhase, Span};
use crate::syntax::atoms::Text;
use crate::syntax::{LazyFunction, Source};

/// A constant of a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    /// A number that does not fit the instruction.
    Number(f64),
    /// A string; also property names.
    Text(Text),
    /// Decimal digits of a BigInt.
    BigInt(Text),
    /// A template site: cooked (or `None`) and raw strings.
    Template(Arc<[(Option<Text>, Text)]>),
}

/// Where a `switch` over a dense range of integers goes.
#[derive(Clone, Debug, Default)]
pub struct JumpTable {
    /// The lowest integer.
    pub low: i32,
    /// How many words after the instruction to go on, for each integer from there on; [`JumpTable::NONE`] where there is no case.
    pub targets: Vec<u32>,
}

impl JumpTable {
    /// No case.
    pub const NONE: u32 = u32::MAX;

    /// The words to skip for an integer, if there is a case for it.
    pub fn target(&self, i: i32) -> Option<u32> {
        let at = usize::try_from(i64::from(i) - i64::from(self.low)).ok()?;
        self.targets.get(at).copied().filter(|&t| t != JumpTable::NONE)
    }
}

/// What protects a range of instructions.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    /// First word of the range.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// Where to go on; a `Catch` stands there.
    pub target: u32,
}

/// The names of a scope's environment record, in slot order; needed to make the record, and by
/// `eval`, `with` and the debugger to find names at run time.
#[derive(Clone, Debug, Default)]
pub struct ScopeInfo {
    /// Number of slots.
    pub slots: u32,
    /// The names (constants) of slots, if names may be looked up at run time.
    pub names: Vec<(Text, u32, SlotKind)>,
    /// For a mapped `arguments` object: the slot of each parameter (`u32::MAX` if a later one of the
    /// same name hides it).
    pub params: Vec<u32>,
    /// The record takes `var`s of sloppy direct evals.
    pub is_var_scope: bool,
}

/// What assignment to a slot by name does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotKind {
    /// Allowed; never uninitialised.
    Var,
    /// Allowed; may be uninitialised.
    Let,
    /// A TypeError.
    Const,
    /// Ignored in sloppy code, a TypeError in strict.
    FunctionName,
    /// An import: the number is that of the module's import cell.
    Import,
}

/// A declaration a script makes at its start.
#[derive(Clone, Debug)]
pub struct GlobalDecl {
    /// The name.
    pub name: Text,
    /// `var`/function (else lexical).
    pub kind: GlobalDeclKind,
}

/// The kinds of global declarations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum GlobalDeclKind {
    Var,
    Function,
    /// A function in a block that also becomes a `var`, unless that conflicts (B.3.2).
    Hoisted,
    Let,
    Const,
}

/// Compile-time facts an eval needs about where it is called.
#[derive(Clone, Copy, Debug, Default)]
pub struct EvalContext {
    /// Strict code.
    pub strict: bool,
    /// `new.target` allowed.
    pub in_function: bool,
    /// `super.x` allowed.
    pub in_method: bool,
    /// `super()` allowed.
    pub in_derived: bool,
    /// `arguments` forbidden.
    pub in_field_init: bool,
}

/// A compiled function, script, module or eval body.
#[derive(Debug)]
pub struct Code {
    /// The instructions.
    pub words: Box<[u32]>,
    /// The constants.
    pub consts: Box<[Const]>,
    /// For every inline cache the constant that holds its property name.
    pub ics: Box<[u32]>,
    /// Inner functions.
    pub children: Box<[Arc<Code>]>,
    /// Jump tables.
    pub jump_tables: Box<[JumpTable]>,
    /// Exception handlers, inner before outer.
    pub handlers: Box<[Handler]>,
    /// Scope descriptions.
    pub scopes: Box<[ScopeInfo]>,
    /// (word, source offset) in ascending order of words.
    pub positions: Box<[(u32, u32)]>,
    /// The source text.
    pub source: Arc<Source>,
    /// Where the function stands in it.
    pub span: Span,
    /// The name.
    pub name: Text,
    /// The `length` property.
    pub length: u32,
    /// Number of parameter registers.
    pub params: u32,
    /// Number of registers of a frame.
    pub registers: u32,
    /// What sort of function.
    pub kind: FunctionKind,
    /// Strict code.
    pub strict: bool,
    /// `function*`
    pub is_generator: bool,
    /// `async`
    pub is_async: bool,
    /// Class constructors cannot be called.
    pub is_class_constructor: bool,
    /// Declarations of a script.
    pub globals: Box<[GlobalDecl]>,
    /// Uses `arguments` or a rest parameter: a call keeps its arguments in an array.
    pub keeps_args: bool,
    /// All parameters are plain names.
    pub simple_params: bool,
    /// An eval's code.
    pub is_eval: bool,
    /// Self-hosted: leaves no frame in stack traces.
    pub self_hosted: bool,
    /// The module's requests and bindings.
    pub module: Option<Box<ModuleCode>>,
    /// Of a function that is compiled when it is first called: it has no instructions.
    pub lazy: Option<Box<LazyCode>>,
}

/// What a function that is not compiled yet is compiled from, and the code once it is.
#[derive(Debug)]
pub struct LazyCode {
    pub(crate) function: LazyFunction,
    /// Where the names are that it uses and does not declare; those that are not here are global.
    pub(crate) free: Box<[(Text, FreePlace)]>,
    /// Functions inside it are compiled with it.
    pub(crate) innermost: bool,
    pub(crate) code: OnceLock<Arc<Code>>,
}

/// Where a name is that a function uses and does not declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FreePlace {
    /// So many environments out of the closure's, a slot, and how it was declared.
    Outer(u32, u32, BindingKind),
    /// An import cell.
    Import(u32),
    /// To be searched by name.
    Dynamic,
}

/// What linking needs to know of a module.
#[derive(Debug, Default)]
pub struct ModuleCode {
    /// Requested modules, each (specifier, attributes, phase) once.
    pub requests: Vec<ModuleRequestCode>,
    /// Imported bindings.
    pub imports: Vec<ImportCode>,
    /// (exported name, slot of the module environment)
    pub local_exports: Vec<(Text, u32)>,
    /// Names of other modules' bindings.
    pub indirect_exports: Vec<IndirectExportCode>,
    /// Requests whose all names are re-exported.
    pub star_exports: Vec<u32>,
    /// (inner function, slot) of the functions that linking makes.
    pub functions: Vec<(u32, u32)>,
    /// Slots of `var`s, which linking initialises.
    pub vars: Vec<u32>,
    /// Slots of the module's `this`, which linking initialises.
    pub hidden: u32,
    /// Top-level await.
    pub is_async: bool,
}

/// A requested module.
#[derive(Debug)]
pub struct ModuleRequestCode {
    /// The specifier.
    pub specifier: Text,
    /// `with { key: "value" }`
    pub attributes: Vec<(Text, Text)>,
    /// The phase.
    pub phase: ImportPhase,
    /// Where.
    pub pos: u32,
}

/// What of another module is meant.
#[derive(Clone, Debug)]
pub enum ImportedName {
    /// An export.
    Name(Text),
    /// The namespace object.
    Namespace,
    /// The module's source.
    Source,
}

/// An import.
#[derive(Debug)]
pub struct ImportCode {
    /// Index into the requests.
    pub request: u32,
    /// What is imported.
    pub name: ImportedName,
    /// For names the import cell, else the slot of the environment.
    pub place: u32,
    /// Where.
    pub pos: u32,
}

/// `export { imported as exported } from …`
#[derive(Debug)]
pub struct IndirectExportCode {
    /// The exported name.
    pub exported: Text,
    /// Index into the requests.
    pub request: u32,
    /// The imported name, or `None` for the namespace object.
    pub imported: Option<Text>,
    /// Where.
    pub pos: u32,
}

impl Code {
    /// A plain function of that source without instructions, to be given what it has.
    pub(crate) fn empty(source: Arc<Source>, name: Text) -> Code {
        Code {
            words: [].into(),
            consts: [].into(),
            ics: [].into(),
            children: [].into(),
            jump_tables: [].into(),
            handlers: [].into(),
            scopes: [].into(),
            positions: [].into(),
            source,
            span: Span { start: 0, end: 0 },
            name,
            length: 0,
            params: 0,
            registers: 0,
            kind: FunctionKind::Normal,
            strict: true,
            is_generator: false,
            is_async: false,
            is_class_constructor: false,
            globals: [].into(),
            keeps_args: false,
            simple_params: true,
            is_eval: false,
            self_hosted: false,
            module: None,
            lazy: None,
        }
    }

    /// The source offset of the instruction that ends at or before `word`.
    pub fn position(&self, word: u32) -> u32 {
        let i = self.positions.partition_point(|p| p.0 <= word);
        if i == 0 { self.span.start } else { self.positions[i - 1].1 }
    }
}

// The promise that code is shared by all threads.
const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<Code>();
};
