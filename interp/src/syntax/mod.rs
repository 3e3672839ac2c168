//! Source text to tree: lexer, parser, scopes, early errors, all in one pass.
//!
//! In: a [`Source`] and [`ParseOptions`]. Out: an [`ast::Program`] in the caller's arena, its names
//! in the caller's [`atoms::AtomTable`], or the first [`SyntaxError`]. Read in this order: `ast`,
//! `parser/mod.rs`, `scope.rs`, `lexer/mod.rs`.
//!
//! ```
//! use bumpalo::Bump;
//! use interp::syntax::{ParseOptions, Source, atoms::AtomTable, parse};
//!
//! let (arena, mut atoms) = (Bump::new(), AtomTable::new());
//! let source = Source::new("hello.js", "let greet = (name) => `Hello, ${name}!`;");
//! let program = parse(&source, &ParseOptions::script(), &arena, &mut atoms)?;
//! assert_eq!(program.scopes.len(), 2);
//! # Ok::<(), interp::syntax::SyntaxError>(())
//! ```
//!
//! Invariants: no text ends the process (recursion is measured, allocation fallible, every list
//! charged); every reference is resolved exactly once, when its scope closes; time is linear in the
//! text but for the depth of its nesting and for BigInt literals that are not decimal.
#![forbid(unsafe_code)]

pub mod ast;
pub mod atoms;
mod bindings;
mod error;
mod lexer;
mod module_info;
mod options;
mod parser;
mod scope;
mod source;
mod token;

pub use error::{ErrorKind, SyntaxError};
pub use options::{EvalContext, Goal, ParseOptions, RegExpCheck, StackLimit};
pub use parser::parse;
pub(crate) use parser::{LazyFunction, parse_function};
pub use source::{DynamicFunctionKind, LineIndex, Source};
