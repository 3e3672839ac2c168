//! A bounded worker pool with typed worker state.
