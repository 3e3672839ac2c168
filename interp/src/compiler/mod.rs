//! From the tree to bytecode, one function at a time, in one linear pass.
//!
//! Variables live in registers unless captured; captured ones in environment records, which are
//! held in registers themselves: there is no scope stack at run time, and unwinding restores the
//! environment by itself. `this`, the active function and `new.target` are hidden slots of a
//! function's environment when an arrow or an eval inside needs them.
#![forbid(unsafe_code)]

mod assign;
mod call;
pub(crate) mod class;
mod control;
mod decorators;
mod emitter;
mod expr;
pub(crate) mod func;
pub(crate) mod intrinsics;
mod lazy;
mod literal;
mod module;
mod pattern;
mod resources;
mod scope;
mod stmt;

use std::collections::HashMap;
use std::sync::Arc;

use crate::bytecode::code::{Code, FreePlace};
use crate::syntax::Source;
use crate::syntax::ast::*;
use crate::syntax::atoms::{Atom, Text};

pub(crate) use control::Control;
use emitter::{Func, Mark, Reg};
pub(crate) use lazy::compile_lazy;
pub(crate) use scope::{CScope, Slot};

/// Why compiling stopped.
#[derive(Debug)]
pub enum CompileError {
    /// A limit or a part of the language that is not there yet, and where.
    Failed {
        /// What.
        message: String,
        /// Source offset.
        pos: u32,
    },
    /// The function must be compiled again with scratch registers; never leaves the compiler.
    NeedsFar,
}

impl CompileError {
    pub(crate) fn limit(message: &str, pos: u32) -> CompileError {
        CompileError::Failed { message: message.to_string(), pos }
    }
}

pub(crate) type CResult<T> = Result<T, CompileError>;

/// A name that a direct eval can see, outermost scope first, as its caller's code describes it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Eval code: an environment is passed in, and names beyond the program's own are looked up in
    /// it by name.
    pub is_eval: bool,
    /// The eval's variables go to the environment it was called from (sloppy direct eval), not to
    /// the global object.
    pub direct: bool,
    /// The library's own code: `$name(…)` are intrinsic operations, no frames in stack traces.
    pub self_hosted: bool,
    /// Lowest native stack address the compiler may use.
    pub stack_limit: usize,
    /// The program is a lazy function inside another: those inside it were read with their trees.
    pub innermost: bool,
}

/// Compiles a program.
///
/// # Errors
/// If a limit is passed (registers, native stack), or the program uses what the compiler does not
/// know yet.
pub fn compile(
    program: &Program<'_>,
    source: Arc<Source>,
    options: &Options,
) -> Result<Arc<Code>, CompileError> {
    let free = HashMap::new();
    let mut compiler = Compiler {
        program,
        source,
        options,
        free,
        lone: false,
        imports: HashMap::new(),
        funcs: Vec::new(),
        guard: 0,
    };
    let name = Text::from_utf8("");
    compiler.function(program.body, name, None)
}

/// The pseudo-names of a function's hidden slots.
pub(crate) const THIS: Atom = Atom(u32::MAX);
pub(crate) const FUNCTION: Atom = Atom(u32::MAX - 1);
pub(crate) const NEW_TARGET: Atom = Atom(u32::MAX - 2);

pub(crate) struct Compiler<'a> {
    pub(crate) program: &'a Program<'a>,
    source: Arc<Source>,
    options: &'a Options,
    /// Where the names are that a lone function uses and does not declare.
    free: HashMap<Atom, FreePlace>,
    /// The program is a function that was read apart from what is around it.
    lone: bool,
    /// The module's imports by their names here, once one was asked for.
    imports: HashMap<Atom, usize>,
    /// The functions being compiled, outermost first.
    funcs: Vec<Func<'a>>,
    guard: u32,
}

impl<'a> Compiler<'a> {
    fn cur(&mut self) -> &mut Func<'a> {
        self.funcs.last_mut().expect("a function is being compiled")
    }

    fn text(&self, atom: Atom) -> &'a Text {
        self.program.atoms.text(atom)
    }

    /// A scope of the program; default constructors have one of their own without bindings.
    fn scope(&self, id: ScopeId) -> &'a Scope<'a> {
        static EMPTY: Scope<'static> =
            Scope { kind: ScopeKind::Function, parent: None, bindings: &[], has_eval: false };
        self.program.scopes.get(id.0 as usize).unwrap_or(&EMPTY)
    }

    fn strict(&self) -> bool {
        self.funcs.last().is_some_and(|f| f.f.strict)
    }

    /// Fails before the native stack does.
    fn check_stack(&mut self, pos: u32) -> CResult<()> {
        let here = 0u8;
        let address = std::ptr::from_ref(&here).addr();
        if address < self.options.stack_limit {
            return Err(CompileError::limit("program is nested too deeply", pos));
        }
        self.guard = self.guard.wrapping_add(1);
        Ok(())
    }

    // Short forms of the emitter's calls.
    fn op(&mut self, op: crate::bytecode::opcode::Op, a: u32, b: u32, c: u32) {
        self.cur().op(op, a, b, c);
    }
    fn emit(&mut self, op: crate::bytecode::opcode::Op, operands: [u32; 3], extra: &[u32]) {
        self.cur().emit(op, operands, extra);
    }
    fn temp(&mut self) -> CResult<Reg> {
        self.cur().temp()
    }
    fn mark(&mut self) -> Mark {
        self.cur().mark()
    }
    fn release(&mut self, mark: Mark) {
        self.cur().release(mark);
    }
    fn ic(&mut self, name: Atom) -> u32 {
        let text = self.text(name);
        self.cur().ic(text)
    }
    fn text_const(&mut self, name: Atom) -> u32 {
        let text = self.text(name);
        self.cur().text(text)
    }
    fn pos(&mut self, pos: u32) {
        self.cur().pos(pos);
    }
}
