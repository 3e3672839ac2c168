//! Events for `tracing`, where its feature is on; nothing at all where it is off.

/// A debug event with the target `pool`: `event!("text", field = value, …)`, values by `Display`. Never under a lock.
#[cfg(feature = "tracing")]
macro_rules! event {
    ($text:literal $(, $field:ident = $value:expr)*) => {{
        // A subscriber is the user's code as any hook.
        let _ = crate::shield::shielded(|| {
            tracing::debug!(target: "pool", $($field = %$value,)* $text);
        });
    }};
}

#[cfg(not(feature = "tracing"))]
macro_rules! event {
    ($text:literal $(, $field:ident = $value:expr)*) => {
        { $(let _ = &$value;)* }
    };
}

pub(crate) use event;
