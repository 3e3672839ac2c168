//! Overload.
pub fn run() {}
