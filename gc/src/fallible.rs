//! Growing where the system may have no memory: what stands in for `push`, `insert`, `vec!`, `collect` and `format!`, which
//! end the process then.
#![forbid(unsafe_code)]

use crate::OutOfMemory;
use std::collections::{HashSet, TryReserveError};
use std::fmt::{self, Write};
use std::hash::{BuildHasher, Hash};

impl From<TryReserveError> for OutOfMemory {
    fn from(_: TryReserveError) -> Self {
        OutOfMemory
    }
}

/// Adds an element at the end.
pub(crate) fn push<T>(list: &mut Vec<T>, value: T) -> Result<(), OutOfMemory> {
    list.try_reserve(1)?;
    list.push(value);
    Ok(())
}

/// Adds elements at the end.
pub(crate) fn extend<T>(list: &mut Vec<T>, values: impl IntoIterator<Item = T>) -> Result<(), OutOfMemory> {
    let values = values.into_iter();
    list.try_reserve(values.size_hint().0)?;
    values.into_iter().try_for_each(|value| push(list, value))
}

/// All of them, in a list.
pub(crate) fn list<T>(values: impl IntoIterator<Item = T>) -> Result<Vec<T>, OutOfMemory> {
    let mut list = Vec::new();
    extend(&mut list, values)?;
    Ok(list)
}

/// All of them, in a set.
pub(crate) fn set<T: Eq + Hash>(values: impl IntoIterator<Item = T>) -> Result<HashSet<T>, OutOfMemory> {
    let mut set = HashSet::new();
    for value in values {
        insert(&mut set, value)?;
    }
    Ok(set)
}

/// Adds an element; true when it is new.
pub(crate) fn insert<T: Eq + Hash, S: BuildHasher>(
    set: &mut HashSet<T, S>,
    value: T,
) -> Result<bool, OutOfMemory> {
    set.try_reserve(1)?;
    Ok(set.insert(value))
}

/// `count` times the value.
pub(crate) fn filled<T: Copy>(value: T, count: usize) -> Result<Vec<T>, OutOfMemory> {
    let mut list = Vec::new();
    list.try_reserve_exact(count)?;
    list.resize(count, value);
    Ok(list)
}

/// Text that takes what is written to it, while there is memory.
#[derive(Default)]
struct Text(String);

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        append(&mut self.0, text).map_err(|OutOfMemory| fmt::Error)
    }
}

/// Adds to a text.
pub(crate) fn append(to: &mut String, text: &str) -> Result<(), OutOfMemory> {
    to.try_reserve(text.len())?;
    to.push_str(text);
    Ok(())
}

/// As `format!`.
pub(crate) fn text(arguments: fmt::Arguments<'_>) -> Result<String, OutOfMemory> {
    let mut text = Text::default();
    text.write_fmt(arguments).map_err(|fmt::Error| OutOfMemory)?;
    Ok(text.0)
}
