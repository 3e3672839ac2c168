//! Values of dynamic type in eight bytes: a NaN box, held as a pointer so that provenance is kept.
//!
//! ```text
//! pointer     0000:pppppppppppp tttt     a cell is aligned to 16: its low four bits say which kind of cell
//! immediate   0000:00000nnnnnnn 0010     nil, true, false … by number
//! double      the bits of the double + 2^49: the upper 15 bits are neither all zero nor all one
//! int32       fffe:0000:iiiiiiii
//! ```
//! No value is zero, so `Option<NanBox>` has eight bytes too. On x86-64 the accesses compile to what a `u64` would give.

use crate::collect::trace::{Branded, Trace, Tracer};
use crate::diagnose::inspect::Inspector;
use crate::ptr::{Gc, GcAny, Invariant};
use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;

const NUMBER: u64 = 0xfffe << 48;
const DOUBLE_OFFSET: u64 = 1 << 49;
const TAG_BITS: u64 = 15;
const IMMEDIATE: u64 = 2;
/// The first tag of pointers.
const FIRST_TAG: usize = 3;

/// A kind of cell that a [`NanBox`] of the family `K` may point to. [`nan_box!`](crate::nan_box) implements it.
///
/// # Safety
/// 1. Two types with the same `INDEX` in one family have the same [`Static`](Trace::Static).
pub unsafe trait Tagged<K>: Trace {
    /// The number of the kind, less than 13.
    const INDEX: usize;
}

/// The low four bits of a pointer to a `T`. Not a member of the trait: who implements it answers for the number only.
struct Tag<T, K>(PhantomData<(T, K)>);

impl<T: Tagged<K>, K> Tag<T, K> {
    const BITS: u64 = {
        assert!(T::INDEX < 16 - FIRST_TAG, "a NaN box tells at most 13 kinds of cells apart");
        (T::INDEX + FIRST_TAG) as u64
    };
}

/// A number, an immediate, or a pointer to a cell of one of the kinds of the family `K`, in eight bytes.
///
/// Made by [`nan_box!`](crate::nan_box), which also makes an enum to take it apart with.
// INVARIANT: one of the forms above; a pointer form holds what `Gc::as_ptr` gave for a cell of the type of its tag, of the
// engine of the brand.
#[repr(transparent)]
pub struct NanBox<'gc, K> {
    bits: NonNull<()>,
    brand: Invariant<'gc>,
    family: PhantomData<fn() -> K>,
}

impl<K> Clone for NanBox<'_, K> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for NanBox<'_, K> {}

impl<K> PartialEq for NanBox<'_, K> {
    /// The same bits: the same cell, the same immediate, the same number in the same form (a NaN is itself).
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}

impl<K> Eq for NanBox<'_, K> {}

impl<'gc, K> NanBox<'gc, K> {
    #[inline(always)]
    fn from_bits(bits: u64) -> Self {
        let at = std::ptr::without_provenance_mut(bits as usize);
        // SAFETY: no form is zero.
        let bits = unsafe { NonNull::new_unchecked(at) };
        NanBox { bits, brand: PhantomData, family: PhantomData }
    }

    #[inline(always)]
    fn bits(self) -> u64 {
        self.bits.as_ptr().addr() as u64
    }

    #[inline(always)]
    fn is_number(self) -> bool {
        self.bits() >= DOUBLE_OFFSET
    }

    /// The immediate of a number.
    #[inline(always)]
    pub fn from_immediate(number: u32) -> Self {
        NanBox::from_bits(u64::from(number) << 4 | IMMEDIATE)
    }

    /// The number of the immediate, if it is one.
    #[inline(always)]
    pub fn immediate(self) -> Option<u32> {
        (self.bits() & (NUMBER | TAG_BITS) == IMMEDIATE).then(|| (self.bits() >> 4) as u32)
    }

    /// The integer, if it is one in this form.
    #[inline(always)]
    pub fn int(self) -> Option<i32> {
        (self.bits() >= NUMBER).then(|| self.bits() as u32 as i32)
    }

    /// The double, if it is a number in this form.
    #[inline(always)]
    pub fn double(self) -> Option<f64> {
        (self.is_number() && self.bits() < NUMBER).then(|| f64::from_bits(self.bits() - DOUBLE_OFFSET))
    }

    /// The number, in either form.
    #[inline(always)]
    pub fn number(self) -> Option<f64> {
        self.int().map(f64::from).or_else(|| self.double())
    }

    #[inline(always)]
    fn untagged(self) -> *const () {
        self.bits.as_ptr().map_addr(|bits| bits & !(TAG_BITS as usize)).cast_const()
    }

    /// The pointer, if it is one to a `T`.
    #[inline(always)]
    pub fn gc<T: Tagged<K> + Branded<'gc>>(self) -> Option<Gc<'gc, T>> {
        // SAFETY: the invariant: 1. it came from `as_ptr` of a type of the same `Static` (by the obligation of `Tagged`),
        // which differs in lifetimes only; both are `Branded<'gc>`, so they are the same. 2. the brand: no collection.
        (self.bits() & (NUMBER | TAG_BITS) == Tag::<T, K>::BITS)
            .then(|| unsafe { Gc::from_ptr(self.untagged()) })
    }

    /// The pointer, if it is one.
    #[inline(always)]
    pub fn any(self) -> Option<GcAny<'gc>> {
        let is_pointer = self.bits() & NUMBER == 0 && self.bits() & TAG_BITS != IMMEDIATE;
        // SAFETY: the invariant: 1. it came from `as_ptr`. 2. the brand: no collection.
        is_pointer.then(|| unsafe { GcAny::from_ptr(self.untagged()) })
    }
}

impl<'gc, K, T: Tagged<K> + Branded<'gc>> From<Gc<'gc, T>> for NanBox<'gc, K> {
    /// The pointer in a box.
    ///
    /// # Panics
    /// When the system gave memory at an address of more than 49 bits.
    #[inline(always)]
    fn from(gc: Gc<'gc, T>) -> Self {
        let at = gc.as_ptr().cast_mut().map_addr(|address| address | Tag::<T, K>::BITS as usize);
        // Not so where the upper bits of pointers are tags of the system's.
        assert!(at.addr() as u64 & NUMBER == 0, "a pointer of 49 bits");
        // SAFETY: a cell is not at address zero.
        NanBox { bits: unsafe { NonNull::new_unchecked(at) }, brand: PhantomData, family: PhantomData }
    }
}

impl<K> From<i32> for NanBox<'_, K> {
    #[inline(always)]
    fn from(value: i32) -> Self {
        NanBox::from_bits(NUMBER | u64::from(value as u32))
    }
}

impl<K> From<f64> for NanBox<'_, K> {
    #[inline(always)]
    fn from(value: f64) -> Self {
        // One NaN for all: others would reach into the forms above.
        let bits = if value.is_nan() { f64::NAN.to_bits() & !(1 << 63) } else { value.to_bits() };
        NanBox::from_bits(bits + DOUBLE_OFFSET)
    }
}

impl<K> fmt::Debug for NanBox<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(number) = self.number() {
            write!(f, "NanBox({number:?})")
        } else if let Some(number) = self.immediate() {
            write!(f, "NanBox(immediate {number})")
        } else {
            write!(f, "NanBox({:?})", self.any())
        }
    }
}

// SAFETY: 1. the pointer is visited, if it is one. 2. it may be one. 3. no drop glue. 4. a family is `'static`, and boxes of
// one differ in the brand only. 5. it is changed only where it stands.
unsafe impl<K: 'static> Trace for NanBox<'_, K> {
    type Static = NanBox<'static, K>;

    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        if let Some(gc) = self.any() {
            tracer.visit(gc);
        }
    }

    fn inspect(&self, inspector: &mut Inspector<'_>) {
        inspector.trace(|tracer| self.trace(tracer));
    }
}

// SAFETY: 1. its brand is `'gc`.
unsafe impl<'gc, K: 'static> Branded<'gc> for NanBox<'gc, K> {}

/// Declares a [`NanBox`] and the enum that takes it apart: integers and doubles always, immediates and kinds of cells as
/// listed (at most 13).
///
/// ```
/// use gc::{Gc, Lock, Tail, Trace};
///
/// #[derive(Trace)]
/// pub struct Pair<'gc> { pub car: Lock<Value<'gc>>, pub cdr: Lock<Value<'gc>> }
/// pub type Text = Tail<(), u8>;
///
/// gc::nan_box! {
///     /// What a variable holds.
///     pub type Value<'gc> = pub enum Unpacked {
///         immediates { Nil, True, False }
///         pointers { Pair(Pair<'gc>), Text(Text) }
///     }
/// }
///
/// # struct R; impl gc::Rootable for R { type Root<'gc> = (); }
/// # let ctx = gc::Context::open(gc::Config::default())?;
/// # let mut engine = ctx.engine::<R>(gc::EngineConfig::default(), |_| ())?;
/// engine.mutate(|mc, _| {
///     let nil = Unpacked::Nil.pack();
///     let pair: Value = mc.alloc(Pair { car: Lock::new(1.into()), cdr: Lock::new(nil) }).into();
///     assert_eq!(size_of_val(&pair), 8);
///     match Unpacked::of(pair) {
///         Unpacked::Pair(pair) => assert_eq!(pair.car.get().int(), Some(1)),
///         _ => unreachable!(),
///     }
///     assert!(pair.gc::<Text>().is_none());
/// });
/// # Ok::<(), gc::Error>(())
/// ```
#[macro_export]
macro_rules! nan_box {
    (
        $(#[$meta:meta])*
        $vis:vis type $name:ident<$gc:lifetime> = $enum_vis:vis enum $unpacked:ident {
            immediates { $($immediate:ident),* $(,)? }
            pointers { $($kind:ident($ty:ty)),* $(,)? }
        }
    ) => {
        $(#[$meta])*
        $vis type $name<$gc> = $crate::NanBox<$gc, $unpacked<'static>>;

        /// A value by its kind.
        #[derive(Clone, Copy, Debug)]
        #[allow(missing_docs)]
        $enum_vis enum $unpacked<$gc> {
            Int(i32),
            Double(f64),
            $($immediate,)*
            $($kind($crate::Gc<$gc, $ty>),)*
        }

        const _: () = {
            #[allow(clippy::enum_variant_names, non_camel_case_types, dead_code)]
            #[repr(u32)]
            enum Immediates { $($immediate,)* __End }
            #[allow(clippy::enum_variant_names, non_camel_case_types, dead_code)]
            #[repr(u32)]
            enum Kinds { $($kind,)* __End }

            $(
                // SAFETY: the numbers of the variants of an enum differ.
                unsafe impl<$gc> $crate::Tagged<$unpacked<'static>> for $ty {
                    const INDEX: usize = Kinds::$kind as usize;
                }
            )*

            #[allow(dead_code)]
            impl<$gc> $unpacked<$gc> {
                /// The value in eight bytes.
                #[inline(always)]
                $enum_vis fn pack(self) -> $name<$gc> {
                    match self {
                        $unpacked::Int(value) => value.into(),
                        $unpacked::Double(value) => value.into(),
                        $($unpacked::$immediate => $crate::NanBox::from_immediate(Immediates::$immediate as u32),)*
                        $($unpacked::$kind(gc) => gc.into(),)*
                    }
                }

                /// The kind of a value.
                #[inline(always)]
                $enum_vis fn of(value: $name<$gc>) -> Self {
                    if let Some(value) = value.int() {
                        return $unpacked::Int(value);
                    }
                    if let Some(value) = value.double() {
                        return $unpacked::Double(value);
                    }
                    $(if value.immediate() == Some(Immediates::$immediate as u32) {
                        return $unpacked::$immediate;
                    })*
                    $(if let Some(gc) = value.gc::<$ty>() {
                        return $unpacked::$kind(gc);
                    })*
                    unreachable!("a number of another family's immediates")
                }
            }
        };
    };
}

#[cfg(test)]
mod tests {
    use super::NanBox;

    #[test]
    fn numbers_keep_their_value_and_form() {
        for value in [0.0, -0.0, 1.5, f64::MAX, f64::MIN, f64::INFINITY, f64::NEG_INFINITY, 5e-324, -5e-324] {
            let boxed = NanBox::<()>::from(value);
            assert_eq!(boxed.double().map(f64::to_bits), Some(value.to_bits()));
            assert!(boxed.int().is_none() && boxed.any().is_none() && boxed.immediate().is_none());
        }
        for bits in [0x7ff8 << 48, 0xffff << 48, u64::MAX, 0x7ff0_0000_0000_0001] {
            let boxed = NanBox::<()>::from(f64::from_bits(bits));
            assert!(boxed.double().is_some_and(f64::is_nan) && boxed.any().is_none());
        }
        for value in [0, 1, -1, i32::MAX, i32::MIN] {
            let boxed = NanBox::<()>::from(value);
            assert_eq!((boxed.int(), boxed.number()), (Some(value), Some(f64::from(value))));
            assert!(boxed.double().is_none() && boxed.any().is_none() && boxed.immediate().is_none());
        }
        for number in [0, 1, 7, u32::MAX] {
            let boxed = NanBox::<()>::from_immediate(number);
            assert_eq!(boxed.immediate(), Some(number));
            assert!(boxed.number().is_none() && boxed.any().is_none());
        }
        assert_eq!(size_of::<Option<NanBox<'_, ()>>>(), 8);
    }
}
