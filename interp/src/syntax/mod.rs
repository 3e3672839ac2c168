//! Source text to tree: lexer, parser, scopes, early errors.

pub mod ast;
pub mod atoms;
