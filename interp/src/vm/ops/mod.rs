//! The slow paths of operations: whole semantics, called by the dispatch loop when its own fast path
//! does not apply.

mod arith;
pub(crate) mod class;
mod create;
pub(crate) mod declare;
mod iter;
mod name;
mod property;

pub(crate) use arith::power;
pub(crate) use name::env_value;
pub(crate) use property::{Got, Put};
