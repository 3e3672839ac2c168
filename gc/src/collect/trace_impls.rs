//! `Trace` for the types of the standard library.

use super::trace::{Branded, Trace, Tracer};
use crate::diagnose::inspect::Inspector;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, VecDeque};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

/// Types that hold no `Gc`, and say so.
macro_rules! leaf {
    ($($type:ty),+ $(,)?) => {$(
        // SAFETY: 1. and 2. no `Gc` inside. 3. drop glue of `std`. 4. the type itself. 5. nothing to reach.
        unsafe impl Trace for $type {
            type Static = $type;
            const NEEDS_TRACE: bool = false;
            #[inline(always)]
            fn trace(&self, _: &mut Tracer<'_>) {}
        }
        // SAFETY: 1. no lifetime.
        unsafe impl<'gc> Branded<'gc> for $type {}
    )+};
}

leaf!(
    (),
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64,
    String,
    Box<str>,
    std::num::NonZeroU8,
    std::num::NonZeroU16,
    std::num::NonZeroU32,
    std::num::NonZeroU64,
    std::num::NonZeroUsize,
    std::any::TypeId,
    std::time::Duration,
    crate::ExternalBytes,
);

/// Wrappers around anything that is `'static`, and therefore holds no usable `Gc`: a `Gc<'static, _>` would come from a
/// mutation of the brand `'static`, and there is none.
macro_rules! static_leaf {
    ($($type:ty: [$($bound:tt)*]),+ $(,)?) => {$(
        // SAFETY: 1. and 2. no usable `Gc` inside. 3. whatever is dropped has no `Gc`. 4. the type itself. 5. as 1.
        unsafe impl<T: $($bound)* 'static> Trace for $type {
            type Static = $type;
            const NEEDS_TRACE: bool = false;
            #[inline(always)]
            fn trace(&self, _: &mut Tracer<'_>) {}
        }
        // SAFETY: 1. no lifetime but `'static`.
        unsafe impl<'gc, T: $($bound)* 'static> Branded<'gc> for $type {}
    )+};
}

static_leaf!(&'static T: [?Sized +], Rc<T>: [?Sized +], Arc<T>: [?Sized +], Cell<T>: []);

// SAFETY: 1. and 2. nothing inside. 3. no drop glue. 4. as `T`. 5. nothing to reach.
unsafe impl<T: Trace> Trace for PhantomData<T> {
    type Static = PhantomData<T::Static>;
    const NEEDS_TRACE: bool = false;
    #[inline(always)]
    fn trace(&self, _: &mut Tracer<'_>) {}
}
// SAFETY: 1. as `T`.
unsafe impl<'gc, T: Branded<'gc>> Branded<'gc> for PhantomData<T> {}

/// Identities of wrappers whose parts may have an identity without a size.
pub struct Wrapped<K: ?Sized, A: ?Sized, B: ?Sized = ()>(PhantomData<K>, PhantomData<A>, PhantomData<B>);

/// Values that have numbers.
pub(crate) fn inspect_elements<'a, T: Trace + 'a>(
    values: impl IntoIterator<Item = &'a T>,
    inspector: &mut Inspector<'_>,
) {
    for (index, value) in values.into_iter().enumerate() {
        inspector.element(index, |inspector| value.inspect(inspector));
    }
}

/// Keys and values, numbered in the order in which they come.
fn inspect_entries<'a, K: Trace + 'a, V: Trace + 'a>(
    entries: impl IntoIterator<Item = (&'a K, &'a V)>,
    inspector: &mut Inspector<'_>,
) {
    for (index, (key, value)) in entries.into_iter().enumerate() {
        inspector.element(index, |inspector| {
            inspector.field("key", |inspector| key.inspect(inspector));
            inspector.field("value", |inspector| value.inspect(inspector));
        });
    }
}

/// Containers of values: traced one by one, in place.
macro_rules! container {
    ($($type:ty, $kind:ty, <$($param:ident),+ $(; $extra:ident)?>, |$this:ident, $tracer:ident| $body:block, |$inspector:ident| $inspect:block);+ $(;)?) => {$(
        // SAFETY: 1. every part is traced in place. 2. as the parts. 3. drop glue of `std` looks at no part but to drop
        // it. 4. kind and identities of the parts. 5. as the parts.
        unsafe impl<$($param: Trace),+ $(, $extra: 'static)?> Trace for $type {
            type Static = Wrapped<$kind, ($(PhantomData<$param::Static>,)+)>;
            const NEEDS_TRACE: bool = $($param::NEEDS_TRACE)||+;
            #[inline]
            fn trace(&self, $tracer: &mut Tracer<'_>) {
                if Self::NEEDS_TRACE {
                    let $this = self;
                    $body
                }
            }
            fn inspect(&self, $inspector: &mut Inspector<'_>) {
                if Self::NEEDS_TRACE {
                    let $this = self;
                    $inspect
                }
            }
        }
        // SAFETY: 1. as the parts.
        unsafe impl<'gc, $($param: Branded<'gc>),+ $(, $extra: 'static)?> Branded<'gc> for $type {}
    )+};
}

container! {
    Option<T>, Option<()>, <T>, |this, tracer| { if let Some(value) = this { value.trace(tracer) } }, |inspector| { if let Some(value) = this { value.inspect(inspector) } };
    Result<T, E>, Result<(), ()>, <T, E>, |this, tracer| {
        match this { Ok(value) => value.trace(tracer), Err(value) => value.trace(tracer) }
    }, |inspector| { match this { Ok(value) => value.inspect(inspector), Err(value) => value.inspect(inspector) } };
    Vec<T>, Vec<()>, <T>, |this, tracer| { for value in this { value.trace(tracer) } }, |inspector| { inspect_elements(this, inspector) };
    VecDeque<T>, VecDeque<()>, <T>, |this, tracer| { for value in this { value.trace(tracer) } }, |inspector| { inspect_elements(this, inspector) };
    BinaryHeap<T>, BinaryHeap<()>, <T>, |this, tracer| { for value in this { value.trace(tracer) } }, |inspector| { inspect_elements(this, inspector) };
    BTreeSet<T>, BTreeSet<()>, <T>, |this, tracer| { for value in this { value.trace(tracer) } }, |inspector| { inspect_elements(this, inspector) };
    BTreeMap<K, V>, BTreeMap<(), ()>, <K, V>, |this, tracer| {
        for (key, value) in this { key.trace(tracer); value.trace(tracer) }
    }, |inspector| { inspect_entries(this, inspector) };
    HashMap<K, V, S>, HashMap<(), (), S>, <K, V; S>, |this, tracer| {
        for (key, value) in this { key.trace(tracer); value.trace(tracer) }
    }, |inspector| { inspect_entries(this, inspector) };
    HashSet<T, S>, HashSet<(), S>, <T; S>, |this, tracer| { for value in this { value.trace(tracer) } }, |inspector| { inspect_elements(this, inspector) };
    Box<T>, Box<()>, <T>, |this, tracer| { T::trace(this, tracer) }, |inspector| { T::inspect(this, inspector) };
    Box<[T]>, Box<[()]>, <T>, |this, tracer| { for value in this.iter() { value.trace(tracer) } }, |inspector| { inspect_elements(this, inspector) };
    (A,), (u8,), <A>, |this, tracer| { this.0.trace(tracer) }, |inspector| { inspector.field("0", |inspector| this.0.inspect(inspector)) };
    (A, B), (u8, u8), <A, B>, |this, tracer| { this.0.trace(tracer); this.1.trace(tracer) }, |inspector| { inspector.field("0", |inspector| this.0.inspect(inspector));
        inspector.field("1", |inspector| this.1.inspect(inspector)); };
    (A, B, C), (u8, u8, u8), <A, B, C>, |this, tracer| {
        this.0.trace(tracer); this.1.trace(tracer); this.2.trace(tracer)
    }, |inspector| { inspector.field("0", |inspector| this.0.inspect(inspector));
        inspector.field("1", |inspector| this.1.inspect(inspector));
        inspector.field("2", |inspector| this.2.inspect(inspector)); };
    (A, B, C, D), (u8, u8, u8, u8), <A, B, C, D>, |this, tracer| {
        this.0.trace(tracer); this.1.trace(tracer); this.2.trace(tracer); this.3.trace(tracer)
    }, |inspector| { inspector.field("0", |inspector| this.0.inspect(inspector));
        inspector.field("1", |inspector| this.1.inspect(inspector));
        inspector.field("2", |inspector| this.2.inspect(inspector));
        inspector.field("3", |inspector| this.3.inspect(inspector)); };
}

// SAFETY: as for the containers.
unsafe impl<T: Trace, const N: usize> Trace for [T; N] {
    type Static = Wrapped<[(); N], T::Static>;
    const NEEDS_TRACE: bool = T::NEEDS_TRACE && N > 0;
    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if Self::NEEDS_TRACE {
            for value in self {
                value.trace(tracer);
            }
        }
    }
    fn inspect(&self, inspector: &mut Inspector<'_>) {
        if Self::NEEDS_TRACE {
            inspect_elements(self, inspector);
        }
    }
}
// SAFETY: 1. as `T`.
unsafe impl<'gc, T: Branded<'gc>, const N: usize> Branded<'gc> for [T; N] {}
