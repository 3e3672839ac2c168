//! A JavaScript engine on the `gc` collector.

pub mod builtins;
pub mod bytecode;
pub mod compiler;
pub mod engine;
pub mod error;
pub mod host;
pub mod module;
pub mod object;
pub mod regexp;
pub mod syntax;
pub mod value;
pub mod vm;

pub use engine::{Engine, EngineBuilder, Script, ScriptOptions};
pub use error::{Error, ErrorKind, Location, Termination};
pub use host::{HostError, HostValue};
