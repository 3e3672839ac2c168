#![doc = include_str!("../README.md")]
// The specification's names: ToNumber and the like take the machine, not a value, as `self`.
#![allow(clippy::wrong_self_convention)]

pub mod bytecode;
pub mod compiler;
pub mod error;
pub mod host;
pub mod regexp;
pub mod syntax;

mod builtins;
mod engine;
mod module;
mod object;
mod value;
mod vm;

pub use engine::{Engine, EngineBuilder, Script, ScriptOptions};
pub use error::{Error, ErrorKind, Location, Termination};
pub use host::{HostError, HostValue};
