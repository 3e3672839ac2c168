#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

// In reading order.
mod builder;
mod clock;
mod core;
mod ctx;
mod drain;
mod error;
mod histogram;
mod home;
mod job;
mod ledger;
mod life;
mod machine;
mod metrics;
mod policy;
mod pool;
mod scope;
mod shield;
mod spawn;
mod stamp;
mod submit;
mod sync;
mod task;
mod ticket;
mod trace;
mod worker;

#[doc = include_str!("../DESIGN.md")]
pub mod design {}

pub use builder::{Builder, JobOptions, Policy, SlowJob};
pub use clock::{Clock, ManualClock, SystemClock};
pub use ctx::JobCtx;
pub use drain::{CloseReport, DrainReport, Undone};
pub use error::{BuildError, JobError, PanicPayload, Refusal, Refused};

pub use histogram::Histogram;
pub use ledger::Ledger;
pub use metrics::{Activity, Counts, Health, Metrics, Phase, WorkerRow};
pub use policy::{AdaptiveLimit, Order, Shedding, Tenants};
pub use pool::Pool;
pub use scope::{Scope, ScopedTicket};
pub use spawn::{Spawner, ThreadBody, ThreadHandle, ThreadSpawner, ThreadSpec};
pub use ticket::{CancelOutcome, Canceller, Ticket};
pub use worker::{After, JobEnd, StopReason, Worker, WorkerCtx, WorkerId};
