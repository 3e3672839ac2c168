//! A JavaScript engine on the `gc` collector.

pub mod syntax;
