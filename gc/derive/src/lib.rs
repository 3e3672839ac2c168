//! `#[derive(Trace)]` for the `gc` crate.
