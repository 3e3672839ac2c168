//! A JavaScript engine on the `gc` collector.

pub mod regexp;
pub mod syntax;
