//! How a text is to be parsed.

#![forbid(unsafe_code)]

use super::atoms::Text;

/// The goal symbol, with what the surroundings allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A script.
    Script,
    /// A module.
    Module,
    /// Eval code.
    Eval(EvalContext),
    /// The text of a dynamic function, see `Source::dynamic_function`. The program is one
    /// expression statement: the function.
    Function {
        /// Where the `)` after the parameters must stand.
        params_end: u32,
        /// Where the `}` after the body must stand.
        body_end: u32,
    },
}

/// What the code around a direct eval lets the evaluated code do. The default is an indirect eval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvalContext {
    /// The caller is strict code.
    pub strict: bool,
    /// `new.target` is allowed (the caller is inside a function that is not an arrow).
    pub new_target: bool,
    /// `super.x` is allowed (the caller is inside a method).
    pub super_property: bool,
    /// `super()` is allowed (the caller is inside a derived class's constructor).
    pub super_call: bool,
    /// `arguments` is forbidden (the caller is a field initialiser or static block).
    pub class_field_init: bool,
    /// The private names in scope, with their `#`.
    pub private_names: Vec<Text>,
}

/// How far down the native stack the parser may go. It looks before each recursion, so that some
/// 16 KiB (64 without optimisation) below the limit must still be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StackLimit {
    /// To this address.
    Address(usize),
    /// This many bytes below the place where parsing begins.
    Bytes(usize),
}

/// The pattern parser: pattern and flags in, what is wrong with them out.
pub type RegExpCheck = fn(&Text, &Text) -> Result<(), String>;

/// How a text is to be parsed.
#[derive(Clone, Debug)]
pub struct ParseOptions {
    /// The goal.
    pub goal: Goal,
    /// How many bytes the tree and the names may take.
    pub max_bytes: usize,
    /// How deep the parser may recurse.
    pub stack: StackLimit,
    /// Checks the pattern of a regular expression literal (flags are already checked).
    pub regexp_check: RegExpCheck,
    /// The engine's own JavaScript; the same language.
    pub self_hosted: bool,
    /// Functions are read for their errors and their free names only (see `ast::Function::lazy`), apart from arrows,
    /// constructors, those with a direct eval, and those that look as if they were called at once.
    pub lazy: bool,
}

impl Default for ParseOptions {
    fn default() -> ParseOptions {
        ParseOptions {
            goal: Goal::Script,
            max_bytes: usize::MAX,
            stack: StackLimit::Bytes(768 << 10),
            regexp_check: |_, _| Ok(()),
            self_hosted: false,
            lazy: false,
        }
    }
}

impl ParseOptions {
    /// A script.
    pub fn script() -> ParseOptions {
        ParseOptions::default()
    }

    /// A module.
    pub fn module() -> ParseOptions {
        ParseOptions { goal: Goal::Module, ..ParseOptions::default() }
    }
}
