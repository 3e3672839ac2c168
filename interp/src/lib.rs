//! A JavaScript engine on the `gc` collector.

pub mod bytecode;
pub mod compiler;
pub mod syntax;
