#![doc = include_str!("../README.md")]
// The specification's names: ToNumber and the like take the machine, not a value, as `self`.
#![allow(clippy::wrong_self_convention)]

pub mod bytecode;
pub mod compiler;
pub mod error;
pub mod host;
pub mod regexp;
pub mod syntax;

#[allow(unreachable_pub, reason = "inside the engine `pub` means: to the crate")]
mod builtins;
#[allow(unreachable_pub, reason = "inside the engine `pub` means: to the crate")]
mod engine;
#[allow(unreachable_pub, reason = "inside the engine `pub` means: to the crate")]
mod module;
#[allow(unreachable_pub, reason = "inside the engine `pub` means: to the crate")]
mod object;
#[allow(unreachable_pub, reason = "inside the engine `pub` means: to the crate")]
mod value;
#[allow(unreachable_pub, reason = "inside the engine `pub` means: to the crate")]
mod vm;

pub use engine::{Engine, EngineBuilder, PendingWaits, Script, ScriptOptions};
pub use error::{Error, ErrorKind, Location, Termination};
pub use host::{Held, HostCall, HostError, HostValue, SharedBuffer, Slot};
pub use module::{Module, ModuleLoader, ModuleRun, ModuleState, ModuleType};
