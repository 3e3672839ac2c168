//! The graph of a heap, taken at one moment: who keeps what, and how much.
#![forbid(unsafe_code)]

use super::dominators::dominators;
use crate::{OutOfMemory, fallible};
use std::collections::HashMap;
use std::fmt;

/// A cell in a [`HeapGraph`], or a root. It means nothing to another graph, whose methods may panic when they are given it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(crate) u32);

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeKind {
    /// All of it: what the engines hang on.
    Context,
    /// The root of an engine.
    Engine,
    /// A counted handle, named by the place where it was made.
    Handle,
    /// A cell.
    Cell,
}

pub(crate) struct NodeData {
    pub(crate) kind: NodeKind,
    pub(crate) name: u32,
    pub(crate) size: usize,
    pub(crate) first_edge: usize,
    /// The edge by which it was found first, and the node that it leaves.
    parent: Option<(u32, u32)>,
}

pub(crate) struct EdgeData {
    pub(crate) name: u32,
    pub(crate) index: Option<u32>,
    pub(crate) to: u32,
    pub(crate) weak: bool,
}

/// The reachable cells of a context and the edges between them, as of the moment when
/// [`Context::graph`](crate::Context::graph) was called.
///
/// ```
/// # use gc::{Config, Context, EngineConfig, Gc, Rootable, Trace};
/// #[derive(Trace)]
/// struct Page<'gc> { text: Gc<'gc, String> }
/// #[derive(Trace)]
/// struct Root<'gc> { pages: Vec<Gc<'gc, Page<'gc>>> }
/// struct R;
/// impl Rootable for R { type Root<'gc> = Root<'gc>; }
/// let ctx = Context::open(Config::default())?;
/// let mut engine = ctx.engine::<R>(EngineConfig::named("books"), |mc| {
///     let text = mc.alloc("It never leaks.".to_string());
///     Root { pages: vec![mc.alloc(Page { text })] }
/// })?;
/// let graph = ctx.graph()?;
/// let text = graph.nodes().find(|&node| graph.name(node).ends_with("String")).unwrap();
/// let path = graph.path(text).to_string();
/// assert!(path.starts_with("engine books .pages[0] → "), "{path}");
/// assert!(path.ends_with(" .text → alloc::string::String"), "{path}");
/// let page = graph.dominator(text).unwrap();
/// assert_eq!(graph.retained(page), graph.size(page) + graph.size(text));
/// # Ok::<(), gc::Error>(())
/// ```
pub struct HeapGraph {
    pub(crate) nodes: Vec<NodeData>,
    pub(crate) edges: Vec<EdgeData>,
    pub(crate) names: Names,
    by_cell: HashMap<usize, u32>,
    dominators: Vec<u32>,
    retained: Vec<usize>,
}

/// A node of a path, and the edge that leads from it to the next one.
#[derive(Clone, Debug)]
pub struct Step {
    /// The node.
    pub node: NodeId,
    /// What it is: the name of a type, or of a root.
    pub name: String,
    /// The field, and the element in it, by which the path goes on; empty at its end.
    pub edge: String,
}

/// A way from a root to a cell, with the names of the fields.
#[derive(Clone, Debug, Default)]
pub struct RetainingPath {
    /// The nodes, from the root on.
    pub steps: Vec<Step>,
}

impl fmt::Display for RetainingPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.steps.iter().enumerate() {
            if at > 0 {
                f.write_str(" → ")?;
            }
            f.write_str(&step.name)?;
            match step.edge.chars().next() {
                None => (),
                Some('[') => write!(f, " {}", step.edge)?,
                Some(_) => write!(f, " .{}", step.edge)?,
            }
        }
        Ok(())
    }
}

/// What the cells of one type are together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TypeSummary {
    /// The name of the type.
    pub name: String,
    /// How many cells.
    pub count: usize,
    /// Their bytes.
    pub bytes: usize,
}

/// Names, each once.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) list: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Names {
    pub(crate) fn number(&mut self, name: &str) -> Result<u32, OutOfMemory> {
        if let Some(&number) = self.numbers.get(name) {
            return Ok(number);
        }
        let number = self.list.len() as u32;
        self.numbers.try_reserve(1)?;
        fallible::push(&mut self.list, fallible::text(format_args!("{name}"))?)?;
        self.numbers.insert(fallible::text(format_args!("{name}"))?, number);
        Ok(number)
    }

    fn get(&self, number: u32) -> &str {
        &self.list[number as usize]
    }
}

/// A graph on its way: nodes are found breadth first, so that the first path to each is a shortest one.
#[derive(Default)]
pub(crate) struct GraphBuilder {
    nodes: Vec<NodeData>,
    edges: Vec<EdgeData>,
    names: Names,
    by_cell: HashMap<usize, u32>,
}

impl GraphBuilder {
    pub(crate) fn add_node(&mut self, kind: NodeKind, name: &str, size: usize) -> Result<u32, OutOfMemory> {
        let name = self.names.number(name)?;
        let node = NodeData { kind, name, size, first_edge: usize::MAX, parent: None };
        fallible::push(&mut self.nodes, node)?;
        Ok((self.nodes.len() - 1) as u32)
    }

    /// The node of the cell at an address; `describe` gives name and size of one that is new.
    pub(crate) fn cell(
        &mut self,
        address: usize,
        describe: impl FnOnce() -> (&'static str, usize),
    ) -> Result<(u32, bool), OutOfMemory> {
        if let Some(&node) = self.by_cell.get(&address) {
            return Ok((node, false));
        }
        self.by_cell.try_reserve(1)?;
        let (name, size) = describe();
        let node = self.add_node(NodeKind::Cell, name, size)?;
        self.by_cell.insert(address, node);
        Ok((node, true))
    }

    /// The edges that are added from here on are those of `node`. Nodes are begun in the order of their numbers.
    pub(crate) fn begin(&mut self, node: u32) {
        self.nodes[node as usize].first_edge = self.edges.len();
    }

    pub(crate) fn add_edge(
        &mut self,
        from: u32,
        name: &str,
        index: Option<usize>,
        to: u32,
        weak: bool,
    ) -> Result<(), OutOfMemory> {
        let name = self.names.number(name)?;
        let edge = self.edges.len() as u32;
        let index = index.map(|index| index as u32);
        fallible::push(&mut self.edges, EdgeData { name, index, to, weak })?;
        let parent = &mut self.nodes[to as usize].parent;
        if parent.is_none() && !weak && to != 0 {
            *parent = Some((from, edge));
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<HeapGraph, OutOfMemory> {
        debug_assert!(self.nodes.iter().all(|node| node.first_edge <= self.edges.len()), "all were begun");
        let mut graph = HeapGraph {
            nodes: self.nodes,
            edges: self.edges,
            names: self.names,
            by_cell: self.by_cell,
            dominators: Vec::new(),
            retained: Vec::new(),
        };
        let strong =
            |node: u32| graph.edges_of(node as usize).iter().filter(|edge| !edge.weak).map(|edge| edge.to);
        let (order, dominators) = dominators(graph.nodes.len(), strong)?;
        let mut retained = fallible::list(graph.nodes.iter().map(|node| node.size))?;
        for &node in order.iter().skip(1).rev() {
            retained[dominators[node as usize] as usize] += retained[node as usize];
        }
        (graph.dominators, graph.retained) = (dominators, retained);
        Ok(graph)
    }
}

impl HeapGraph {
    pub(crate) fn edges_of(&self, node: usize) -> &[EdgeData] {
        let end = self.nodes.get(node + 1).map_or(self.edges.len(), |next| next.first_edge);
        &self.edges[self.nodes[node].first_edge..end]
    }

    /// All nodes: the context first, then engines and handles, then cells, the nearest to a root first.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// What the node stands for.
    pub fn kind(&self, node: NodeId) -> NodeKind {
        self.nodes[node.0 as usize].kind
    }

    /// The name of the type of a cell; of an engine, or a handle, what it is.
    pub fn name(&self, node: NodeId) -> &str {
        self.names.get(self.nodes[node.0 as usize].name)
    }

    /// The bytes of the cell.
    pub fn size(&self, node: NodeId) -> usize {
        self.nodes[node.0 as usize].size
    }

    /// The bytes that would go if the node went: of all cells that are reached through it only.
    pub fn retained(&self, node: NodeId) -> usize {
        self.retained[node.0 as usize]
    }

    /// The last node on the way that all paths to this one share.
    pub fn dominator(&self, node: NodeId) -> Option<NodeId> {
        (node.0 > 0).then(|| NodeId(self.dominators[node.0 as usize]))
    }

    /// The nodes that an edge leads to, and the names of the edges, weak ones included.
    pub fn edges(&self, node: NodeId) -> impl Iterator<Item = (String, NodeId)> {
        self.edges_of(node.0 as usize).iter().map(|edge| (self.edge_name(edge), NodeId(edge.to)))
    }

    fn edge_name(&self, edge: &EdgeData) -> String {
        let name = self.names.get(edge.name);
        edge.index.map_or_else(|| name.to_string(), |index| format!("{name}[{index}]"))
    }

    /// A shortest way from a root to the node.
    pub fn path(&self, node: NodeId) -> RetainingPath {
        let mut steps = Vec::new();
        let mut edge = String::new();
        let mut at = node.0;
        loop {
            let data = &self.nodes[at as usize];
            let parent = data.parent;
            // The context keeps everything; it says nothing.
            if parent.is_some() || at == node.0 {
                steps.push(Step { node: NodeId(at), name: self.name(NodeId(at)).to_string(), edge });
            }
            let Some((from, by)) = parent else { break };
            edge = self.edge_name(&self.edges[by as usize]);
            at = from;
        }
        steps.reverse();
        RetainingPath { steps }
    }

    /// The node of a cell, if nothing was collected since the graph was taken.
    pub(crate) fn node_at(&self, address: usize) -> Option<NodeId> {
        self.by_cell.get(&address).copied().map(NodeId)
    }

    /// The cells by their types, most bytes first.
    pub fn types(&self) -> Vec<TypeSummary> {
        let mut sums: HashMap<u32, (usize, usize)> = HashMap::new();
        for node in self.nodes.iter().filter(|node| node.kind == NodeKind::Cell) {
            let sum = sums.entry(node.name).or_default();
            *sum = (sum.0 + 1, sum.1 + node.size);
        }
        let mut types: Vec<_> = sums
            .into_iter()
            .map(|(name, (count, bytes))| TypeSummary {
                name: self.names.get(name).to_string(),
                count,
                bytes,
            })
            .collect();
        types.sort_unstable_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
        types
    }

    /// The `most` cells that retain most, without those whose dominator is one of them and retains little more.
    pub fn largest(&self, most: usize) -> Vec<NodeId> {
        let mut cells: Vec<_> = self.nodes().filter(|&node| self.kind(node) == NodeKind::Cell).collect();
        cells.sort_by_key(|&node| (std::cmp::Reverse(self.retained(node)), node));
        let within = |node: NodeId| {
            self.dominator(node).is_some_and(|outer| {
                self.kind(outer) == NodeKind::Cell && self.retained(node) >= self.retained(outer) / 10 * 9
            })
        };
        cells.into_iter().filter(|&node| !within(node)).take(most).collect()
    }
}

impl fmt::Debug for HeapGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeapGraph")
            .field("nodes", &self.nodes.len())
            .field("edges", &self.edges.len())
            .finish_non_exhaustive()
    }
}
