//! A server of script pages, and the demonstration that threads with engines leave nothing behind.
//!
//! It composes the other crates: [`gc`] under [`interp`], on the threads of a [`pool`]. It is the only one that touches
//! sockets, files, signals and logs. The way of a request, and the order to read in:
//!
//! `front` (socket, admission) → `page` (parse, generate, compile, cache) → `worker` (context, engine, limits) →
//! `objects` (what scripts see) → `front` (answer). Beside it stands `churn`.
#![deny(unsafe_code)]

mod cli;
mod config;
mod shared;
mod site;

mod front;
mod objects;
mod page;
mod worker;

mod error;
mod metrics;

mod churn;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: churn::counting::Counting = churn::counting::Counting;

fn main() -> ExitCode {
    cli::run()
}
