//! Values: their 8 bytes, strings, symbols, BigInts, property keys, conversions.

pub mod bigint;
pub mod convert;
pub mod key;
pub mod number;
pub mod repr;
pub mod string;
pub mod symbol;

pub use key::PropertyKey;
pub use repr::{Kind, Value};
pub use string::Str;
pub use symbol::Symbol;
