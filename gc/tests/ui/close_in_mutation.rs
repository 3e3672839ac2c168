//! An engine is not closed during its own mutation.
#![allow(dead_code, unused)]
use gc::{Config, Context, Engine, EngineConfig, Gc, Handle, Lock, Mutation, RefLock, Rootable, Trace, Weak, Write};
use std::cell::{Cell, RefCell};

#[derive(Trace)]
struct Node<'gc> { next: Lock<Option<Gc<'gc, Node<'gc>>>> }
struct R;
impl Rootable for R { type Root<'gc> = Vec<Gc<'gc, Node<'gc>>>; }
fn open() -> (Context, Engine<R>) {
    let ctx = Context::open(Config::default()).unwrap();
    let engine = ctx.engine::<R>(EngineConfig::default(), |_| Vec::new()).unwrap();
    (ctx, engine)
}

fn main() {
    let (_ctx, mut engine) = open();
    engine.mutate(|_, _| { engine.close(); });
}
