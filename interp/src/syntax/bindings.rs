//! Scopes and their declarations as the tree has them (`scope.rs` is how they come to be).
#![forbid(unsafe_code)]

use super::atoms::Atom;

/// An index into [`Program::scopes`](super::ast::Program::scopes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScopeId(pub u32);

/// What a scope belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// Top level of a script: `var`s and functions go to the global object, lexical ones to the
    /// global declarative record.
    Script,
    /// Top level of a module.
    Module,
    /// Top level of eval code (its lexical scope; for strict eval also its variable scope).
    Eval,
    /// Parameters of a function, and, unless it has parameter expressions, its `var`s and
    /// top-level lexical declarations as well.
    Function,
    /// The separate variable scope of a function with parameter expressions.
    FunctionBody,
    /// Holds only the name of a named function expression. It counts as part of the function:
    /// `captured` says whether functions inside the named one use the name.
    FunctionName,
    /// A block, a `switch` body's case block, or a loop body.
    Block,
    /// Lexical declarations of a `for` head (fresh for each iteration). It is entered around the
    /// right side of `for … in` and `for … of` too, where its names are still uninitialised, and
    /// closures made in the right side count for `captured`.
    For,
    /// A catch clause's parameter.
    Catch,
    /// A class: its inner name binding and its private names (with their `#`).
    Class,
    /// The body of `with`: no bindings of its own, but every name below it is dynamic.
    With,
}

/// How a binding came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingKind {
    /// `var`, hoisted to the function.
    Var,
    /// `let`.
    Let,
    /// `const`.
    Const,
    /// `using`: like `const`, and disposed of when its scope ends.
    Using,
    /// `await using`.
    AwaitUsing,
    /// A class declaration (like `let`; the name inside of its scope is a `Const`).
    Class,
    /// A function declaration: at the top level of a function like `var`, in a block like `let`
    /// but initialised at block entry.
    Function,
    /// A parameter.
    Param,
    /// A catch parameter.
    CatchParam,
    /// The name of a named function expression: assignment is ignored, or a TypeError if strict.
    FunctionName,
    /// An imported binding (an alias of another module's).
    Import,
    /// The implicit `arguments` object; declared only if the function mentions it (or may by eval).
    Arguments,
}

/// A declared name of a scope.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// The name.
    pub name: Atom,
    /// How it was declared.
    pub kind: BindingKind,
    /// A `var` only because of a function in a block (B.3.2).
    pub hoisted: bool,
    /// Referred to from an inner function (arrow, method, field initialiser included), or visible
    /// to a direct `eval` or from within `with`: must live in an environment record.
    pub captured: bool,
    /// Where it is declared (for error messages).
    pub pos: u32,
}

/// A scope with its declarations, in order of declaration, each name once.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// What it belongs to.
    pub kind: ScopeKind,
    /// The enclosing scope; `None` for the outermost.
    pub parent: Option<ScopeId>,
    /// The declarations.
    pub bindings: &'a [Binding],
    /// A sloppy direct `eval` stands in this scope or in a scope inside it (arrows and inner
    /// functions too): names may come to be at run time. (Strict direct `eval` also sets it, as it
    /// sees every name.)
    pub has_eval: bool,
}
