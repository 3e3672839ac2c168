//! Named values of a session or of the application: a map without regard to case, with a lid on its size.
//!
//! What goes in and out is a copy (a [`HostValue`]), so nothing of one worker's heap is ever seen by another.

use super::{HostResult, argument_text, text, throw};
use interp::HostValue;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The values and their size.
pub(crate) struct Contents {
    limit: usize,
    values: Mutex<Values>,
}

#[derive(Default)]
struct Values {
    /// By the name in lower case: the name as it was given first, and the value.
    map: BTreeMap<String, (String, HostValue)>,
    bytes: usize,
}

impl Contents {
    /// Nothing yet, and never more than about `limit` bytes.
    pub(crate) fn new(limit: usize) -> Contents {
        Contents { limit, values: Mutex::default() }
    }

    pub(super) fn operation(&self, operation: &str, arguments: &[HostValue]) -> HostResult {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let name = argument_text(arguments, 0);
        match operation {
            "get" => Ok(match values.map.get(&name.to_lowercase()) {
                Some((_, value)) => value.clone(),
                None => HostValue::Undefined,
            }),
            "set" => {
                let value = arguments.get(1).cloned().unwrap_or(HostValue::Undefined);
                let key = name.to_lowercase();
                let size = |value: &HostValue| size_of_entry(&key, value);
                let before = values.map.get(&key).map_or(0, |(_, value)| size(value));
                let bytes = values.bytes - before + size(&value);
                if bytes > self.limit {
                    let limit = self.limit;
                    return Err(throw("RangeError", format!("the contents would be over {limit} bytes")));
                }
                values.bytes = bytes;
                values.map.entry(key).or_insert_with(|| (name.to_owned(), HostValue::Undefined)).1 = value;
                Ok(HostValue::Undefined)
            }
            "remove" => {
                let key = name.to_lowercase();
                if let Some((_, value)) = values.map.remove(&key) {
                    values.bytes -= size_of_entry(&key, &value);
                }
                Ok(HostValue::Undefined)
            }
            "removeAll" => {
                *values = Values::default();
                Ok(HostValue::Undefined)
            }
            _ => Ok(HostValue::Array(values.map.values().map(|(name, _)| text(name.as_str())).collect())),
        }
    }
}

fn size_of_entry(key: &str, value: &HostValue) -> usize {
    2 * key.len() + 64 + size_of_value(value)
}

fn size_of_value(value: &HostValue) -> usize {
    let inner = match value {
        HostValue::String(text) => text.len(),
        HostValue::Array(values) => values.iter().map(size_of_value).sum(),
        HostValue::Object(pairs) => {
            pairs.iter().map(|(name, value)| name.len() + 24 + size_of_value(value)).sum()
        }
        HostValue::SharedBuffer(buffer) => buffer.max_len(),
        _ => 0,
    };
    size_of::<HostValue>() + inner
}
