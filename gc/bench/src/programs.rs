//! The programs, and their sizes.

/// Their names. A unit is an allocation, a live object of a collection, an object freed, a context.
pub const PROGRAMS: &[&str] =
    &["binary-trees", "gcbench", "garbage", "collect-list", "collect-random", "free-all", "open-close"];

/// Depth of the binary trees.
pub const DEPTH: u32 = 18;
/// Objects of 32 bytes that die at once.
pub const GARBAGE: usize = 20_000_000;
/// Objects alive in a collection.
pub const LIVE: usize = 1_000_000;
/// GCBench: the stretch tree, the long-lived tree, the smallest and the largest of the others.
pub const STRETCH: u32 = 18;
pub const LONG_LIVED: u32 = 16;
pub const MIN: u32 = 4;
pub const MAX: u32 = 16;
pub const ARRAY: usize = 500_000;

/// Nodes of a full tree.
pub fn tree_size(depth: u32) -> usize {
    (1 << (depth + 1)) - 1
}

/// Trees of one depth in GCBench.
pub fn iterations(depth: u32) -> usize {
    2 * tree_size(STRETCH) / tree_size(depth)
}

/// A permutation of `0..n`, always the same.
pub fn shuffled(n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    let mut seed = 1u64;
    for i in (1..n).rev() {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        order.swap(i, (seed >> 33) as usize % (i + 1));
    }
    order
}
