//! A JavaScript engine on the `gc` collector.
