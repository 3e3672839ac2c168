//! The hook of a root has no mutation, so it reaches nothing through a `Weak`.
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

#[derive(Trace)]
#[trace(after_mark = prune)]
struct Root<'gc> { weak: Weak<'gc, Node<'gc>>, out: Option<Gc<'gc, Node<'gc>>> }
fn prune<'gc>(root: &mut Root<'gc>, alive: &gc::Liveness<'_>) { root.out = root.weak.get(alive); }
fn main() {}
