//! Dominators, by the semi-NCA algorithm (Georgiadis: Linear-Time Algorithms for Dominators and Related Problems, 2005).
#![forbid(unsafe_code)]

use crate::{OutOfMemory, fallible};

const NONE: u32 = u32::MAX;

/// For a graph of `count` nodes with the root 0: the nodes that are reached, parents before children of a depth-first
/// tree, and the immediate dominator of each node (of the root, and of what is not reached: the root).
pub(crate) fn dominators<I: Iterator<Item = u32>>(
    count: usize,
    successors: impl Fn(u32) -> I,
) -> Result<(Vec<u32>, Vec<u32>), OutOfMemory> {
    if count == 0 {
        return Ok((Vec::new(), Vec::new()));
    }
    // Everything below is in numbers of the depth-first order.
    let mut number = fallible::filled(NONE, count)?;
    let mut order = Vec::new();
    let mut parent: Vec<u32> = Vec::new();
    let mut stack = fallible::list([(0_u32, 0_u32)])?;
    while let Some((node, from)) = stack.pop() {
        if number[node as usize] != NONE {
            continue;
        }
        let this = order.len() as u32;
        number[node as usize] = this;
        fallible::push(&mut order, node)?;
        fallible::push(&mut parent, from)?;
        let new = successors(node).filter(|&to| number[to as usize] == NONE);
        fallible::extend(&mut stack, new.map(|to| (to, this)))?;
    }
    let reached = order.len();
    let mut first = fallible::filled(0_u32, reached + 1)?;
    let edges = || {
        let order = &order;
        let (number, successors) = (&number, &successors);
        (0..reached as u32)
            .flat_map(move |from| successors(order[from as usize]).map(move |to| (from, number[to as usize])))
    };
    edges().for_each(|(_, to)| first[to as usize + 1] += 1);
    (0..reached).for_each(|at| first[at + 1] += first[at]);
    let mut place = fallible::list(first.iter().copied())?;
    let mut predecessors = fallible::filled(0_u32, first[reached] as usize)?;
    for (from, to) in edges() {
        predecessors[place[to as usize] as usize] = from;
        place[to as usize] += 1;
    }

    let mut idom = fallible::list(parent.iter().copied())?;
    let mut forest = Forest {
        ancestor: parent,
        label: fallible::list(0..reached as u32)?,
        semi: fallible::list(0..reached as u32)?,
        way: Vec::new(),
    };
    for node in (1..reached as u32).rev() {
        let mut semi = forest.ancestor[node as usize];
        for &from in &predecessors[first[node as usize] as usize..first[node as usize + 1] as usize] {
            let best = forest.eval(from, node + 1)?;
            semi = semi.min(forest.semi[best as usize]);
        }
        forest.semi[node as usize] = semi;
    }
    for node in 1..reached {
        let mut at = idom[node];
        while at > forest.semi[node] {
            at = idom[at as usize];
        }
        idom[node] = at;
    }
    let mut result = fallible::filled(0, count)?;
    for (at, &node) in order.iter().enumerate() {
        result[node as usize] = order[idom[at] as usize];
    }
    Ok((order, result))
}

struct Forest {
    ancestor: Vec<u32>,
    label: Vec<u32>,
    semi: Vec<u32>,
    /// The way of one `eval`.
    way: Vec<u32>,
}

impl Forest {
    /// The node of the least semidominator on the way up from `node` through nodes from `linked` on; shortens the way.
    fn eval(&mut self, node: u32, linked: u32) -> Result<u32, OutOfMemory> {
        if self.ancestor[node as usize] < linked {
            return Ok(self.label[node as usize]);
        }
        self.way.clear();
        let mut at = node;
        while self.ancestor[at as usize] >= linked {
            fallible::push(&mut self.way, at)?;
            at = self.ancestor[at as usize];
        }
        let (mut above, mut best) = (at, self.label[at as usize]);
        for &at in self.way.iter().rev() {
            self.ancestor[at as usize] = self.ancestor[above as usize];
            let own = self.label[at as usize];
            if self.semi[best as usize] < self.semi[own as usize] {
                self.label[at as usize] = best;
            } else {
                best = own;
            }
            above = at;
        }
        Ok(self.label[node as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::dominators;

    /// Who is on every path: by taking each node out and looking what is reached no more.
    fn naive(graph: &[Vec<u32>]) -> Vec<u32> {
        let reach = |without: Option<u32>| {
            let mut seen = vec![false; graph.len()];
            let mut stack = vec![0];
            while let Some(node) = stack.pop() {
                if Some(node) != without && !std::mem::replace(&mut seen[node as usize], true) {
                    stack.extend(&graph[node as usize]);
                }
            }
            seen
        };
        let all = reach(None);
        let cut: Vec<_> = (0..graph.len() as u32).map(|node| reach(Some(node))).collect();
        let dominates = |a: usize, b: usize| a != b && all[b] && !cut[a][b];
        (0..graph.len())
            .map(|node| {
                // The dominator that all others dominate.
                (0..graph.len())
                    .filter(|&a| dominates(a, node))
                    .max_by_key(|&a| (0..graph.len()).filter(|&b| dominates(b, a)).count())
                    .unwrap_or(0) as u32
            })
            .collect()
    }

    #[test]
    fn as_by_taking_nodes_out() {
        let mut seed = 1_u64;
        let mut random = |n: usize| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as usize % n
        };
        for _ in 0..if cfg!(miri) { 3 } else { 500 } {
            let count = 1 + random(12);
            let mut graph = vec![Vec::new(); count];
            for _ in 0..random(3 * count) {
                graph[random(count)].push(random(count) as u32);
            }
            let (order, found) =
                dominators(count, |node| graph[node as usize].clone().into_iter()).expect("memory");
            assert_eq!(order[0], 0);
            assert_eq!(found, naive(&graph), "{graph:?}");
        }
    }
}
