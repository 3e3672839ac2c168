//! Source text to tree: lexer, parser, scopes, early errors.

pub mod ast;
pub mod atoms;
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
pub use source::{DynamicFunctionKind, LineIndex, Source};
