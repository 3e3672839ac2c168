//! Jobs that nobody waits for: a closure of any type in two words. What is no larger than a pointer lies in the first of
//! them, so that a job that captures nothing, or one counted pointer, allocates nothing; anything else lies in a box.
//!
//! INVARIANT: `word` holds a `B`, or a pointer that came out of a `Box<B>`, as `Small::<B>::FITS` says, and `methods` are
//! those of that `B`. Whoever takes the `B` out of `word` forgets the task.
#![allow(unsafe_code)]

use crate::ctx::JobCtx;
use crate::job::Wishes;
use crate::sync::Arc;
use crate::worker::Worker;
use std::any::TypeId;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};

/// What is run without a ticket.
pub(crate) trait Body<W: Worker>: Sized + Send + 'static {
    /// Runs it; the result is dropped inside.
    fn run(self, worker: &mut W, ctx: &JobCtx<'_>);
    /// What the submitter said about it, if anything.
    fn wishes(&self) -> Option<&Arc<Wishes>>;
}

/// A pointer: of the types of its size, the one that others can be laid into without losing what they point to.
type Word = MaybeUninit<*mut ()>;

pub(crate) struct Task<W: Worker> {
    word: Word,
    methods: &'static Methods<W>,
}

// SAFETY: what it holds is a `Body`, which is `Send`.
unsafe impl<W: Worker> Send for Task<W> {}

/// What can be done with the body in a word.
struct Methods<W: Worker> {
    body: fn() -> TypeId,
    run: unsafe fn(Word, &mut W, &JobCtx<'_>),
    wishes: unsafe fn(&Word) -> Option<&Arc<Wishes>>,
    drop: unsafe fn(Word),
}

/// How a body lies in a word.
struct Small<B>(PhantomData<B>);

impl<B> Small<B> {
    const FITS: bool = size_of::<B>() <= size_of::<Word>() && align_of::<B>() <= align_of::<Word>();

    fn put(body: B) -> Word {
        let mut word = Word::uninit();
        if Self::FITS {
            // SAFETY: the word is large enough for it, and aligned.
            unsafe { word.as_mut_ptr().cast::<B>().write(body) };
        } else {
            word.write(Box::into_raw(Box::new(body)).cast());
        }
        word
    }

    /// # Safety
    /// 1. The word was made by `put`, of this type.
    unsafe fn get(word: &Word) -> &B {
        // SAFETY: by 1. there is a body in the word, or a pointer to one that nobody else has.
        unsafe { if Self::FITS { &*word.as_ptr().cast::<B>() } else { &*word.assume_init().cast::<B>() } }
    }

    /// # Safety
    /// 1. The word was made by `put`, of this type.
    /// 2. Nobody uses it any more.
    unsafe fn take(word: Word) -> B {
        // SAFETY: by 1. there is a body in the word, or a pointer out of a box of one; by 2. it is not read twice.
        unsafe {
            if Self::FITS {
                word.as_ptr().cast::<B>().read()
            } else {
                *Box::from_raw(word.assume_init().cast::<B>())
            }
        }
    }
}

impl<W: Worker> Methods<W> {
    /// Those of a body: each has the obligations of the method of `Small` that it calls.
    const fn of<B: Body<W>>() -> Self {
        Methods {
            body: TypeId::of::<B>,
            // SAFETY: the caller's promises are passed on.
            run: |word, worker, ctx| unsafe { Small::<B>::take(word) }.run(worker, ctx),
            // SAFETY: as above.
            wishes: |word| unsafe { Small::<B>::get(word) }.wishes(),
            // SAFETY: as above.
            drop: |word| drop(unsafe { Small::<B>::take(word) }),
        }
    }
}

impl<W: Worker> Task<W> {
    #[inline(always)]
    pub(crate) fn new<B: Body<W>>(body: B) -> Self {
        Task { word: Small::put(body), methods: const { &Methods::of::<B>() } }
    }

    /// Runs it; the result is dropped inside.
    #[inline]
    pub(crate) fn run(self, worker: &mut W, ctx: &JobCtx<'_>) {
        let task = ManuallyDrop::new(self);
        // SAFETY: 1. by the invariant. 2. The task is forgotten.
        unsafe { (task.methods.run)(task.word, worker, ctx) }
    }

    /// What the submitter said about it, if anything.
    #[inline]
    pub(crate) fn wishes(&self) -> Option<&Arc<Wishes>> {
        // SAFETY: 1. by the invariant.
        unsafe { (self.methods.wishes)(&self.word) }
    }

    /// Gives the body back, if it is of that type.
    pub(crate) fn into_body<B: Body<W>>(self) -> Option<B> {
        if (self.methods.body)() != TypeId::of::<B>() {
            return None;
        }
        let task = ManuallyDrop::new(self);
        // SAFETY: 1. by the invariant, since the types are the same. 2. The task is forgotten.
        Some(unsafe { Small::take(task.word) })
    }
}

impl<W: Worker> Drop for Task<W> {
    fn drop(&mut self) {
        // SAFETY: 1. by the invariant. 2. Whoever took the body out has forgotten the task, and nothing follows on this.
        unsafe { (self.methods.drop)(self.word) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Holds<T>(T);

    impl<T: Send + 'static> Body<()> for Holds<T> {
        fn run(self, (): &mut (), _: &JobCtx<'_>) {}

        fn wishes(&self) -> Option<&Arc<Wishes>> {
            None
        }
    }

    /// Whatever its size and alignment, it comes out as it went in, or is dropped once.
    #[test]
    fn bodies_of_all_sizes() {
        #[repr(align(64))]
        struct Aligned(u8);

        let counted = Arc::new(7);
        let both = || Holds((counted.clone(), [1_u64; 9]));
        drop((Task::new(Holds(counted.clone())), Task::new(both()), Task::<()>::new(Holds(()))));
        assert_eq!(Arc::strong_count(&counted), 1);
        let task: Task<()> = Task::new(Holds(counted.clone()));
        assert!(task.wishes().is_none());
        assert_eq!(*task.into_body::<Holds<Arc<i32>>>().expect("of that type").0, 7);
        let task: Task<()> = Task::new(both());
        assert!(task.into_body::<Holds<Arc<i32>>>().is_none(), "of another type: it is dropped");
        let task: Task<()> = Task::new(both());
        assert_eq!(task.into_body::<Holds<(Arc<i32>, [u64; 9])>>().expect("of that type").0.1, [1; 9]);
        let task: Task<()> = Task::new(Holds(Aligned(3)));
        assert_eq!(task.into_body::<Holds<Aligned>>().expect("of that type").0.0, 3);
        assert_eq!(Arc::strong_count(&counted), 1);
    }
}
