//! What the processor is asked for directly. Unsafe code: two instructions, neither of which touches memory as the
//! program sees it. Elsewhere, and where programs are interpreted (Miri, loom), they do nothing.
#![allow(unsafe_code)]

/// The processor's cycle counter, where that costs less than half a look at the clock; elsewhere zero.
#[inline]
pub(crate) fn cycles() -> u64 {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: the instruction has no preconditions and touches no memory. A system that forbids it to processes (Linux
    // can, on request) ends them at the first one; it would end them at the first look at the clock as well.
    return unsafe { core::arch::x86_64::_rdtsc() };
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    0
}

/// Asks for the memory of something that will soon be written to, so that the store need not wait for another core to
/// give it up. A hint: without it everything is as right, and slower.
#[inline(always)]
pub(crate) fn prefetch_for_write<T>(thing: &T) {
    #[cfg(all(target_arch = "x86_64", not(any(miri, loom))))]
    // SAFETY: the instruction has no preconditions, whatever the address; a processor that does not know it passes over
    // it.
    unsafe {
        core::arch::asm!("prefetchw [{}]", in(reg) thing, options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(all(target_arch = "x86_64", not(any(miri, loom)))))]
    let _ = thing;
}
