//! A tracing garbage collector with an explicit, per-thread context.
