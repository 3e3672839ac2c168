//! Environment records of captured variables, of `with`, and of sloppy direct eval.

use std::sync::Arc;

use gc::{Gc, Lock, Tail, Trace};

use super::Object;
use crate::bytecode::code::Code;
use crate::value::Value;

/// What stands before the slots.
#[derive(Debug, Trace)]
pub struct EnvHead<'gc> {
    /// The environment outside.
    pub parent: Option<Env<'gc>>,
    /// What only environments have whose names are looked up at run time.
    pub dynamic: Option<Gc<'gc, DynamicEnv<'gc>>>,
}

/// What an environment has whose names are looked up at run time: kept apart, so that a closure's environment is small
/// and has nothing to drop.
#[derive(Debug, Trace)]
pub struct DynamicEnv<'gc> {
    /// The object of a `with`, or the object that holds what evals declared here.
    pub object: Lock<Option<Object<'gc>>>,
    /// Where the names of the slots are written.
    #[trace(skip)]
    pub names: Option<(Arc<Code>, u32)>,
    /// An object environment of `with`.
    #[trace(skip)]
    pub is_with: bool,
}

/// An environment's cell.
pub type EnvCell<'gc> = Tail<EnvHead<'gc>, Lock<Value<'gc>>>;

/// An environment.
pub type Env<'gc> = Gc<'gc, EnvCell<'gc>>;
