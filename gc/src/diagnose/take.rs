//! Taking the graph of a context: a collection, then a walk, breadth first, over what is left.

use super::graph::{GraphBuilder, HeapGraph, NodeId, NodeKind};
use super::inspect::Inspector;
use crate::collect::roots::HandleTarget;
use crate::context::ContextInner;
use crate::heap::cell::{CellPtr, LARGE, header, size_of_cell};
use crate::heap::large::large_of;
use crate::{Error, Gc, Mutation};
use std::collections::VecDeque;

/// Collects, and walks what is left.
pub(crate) fn graph(ctx: &ContextInner) -> Result<HeapGraph, Error> {
    crate::collect::full(ctx)?;
    // What is collected from here on, by an `inspect` method, would be freed under the walk.
    let _walk = ctx.walk()?;
    let mut builder = GraphBuilder::default();
    let context = builder.add_node(NodeKind::Context, "context", 0);
    let engines = ctx.engine_cores()?;
    let nodes: Vec<_> = engines
        .iter()
        .map(|core| builder.add_node(NodeKind::Engine, &format!("engine {}", core.name), 0))
        .collect();
    let mut handles = Vec::new();
    ctx.handles.for_each_target(|target| {
        let name = format!("handle made at {}", target.created);
        handles.push((builder.add_node(NodeKind::Handle, &name, 0), target));
    });
    builder.begin(context);
    for (core, &node) in engines.iter().zip(&nodes) {
        builder.add_edge(context, &core.name, None, node, false);
    }
    for (index, &(node, _)) in handles.iter().enumerate() {
        builder.add_edge(context, "handles", Some(index), node, false);
    }
    let mut queue = VecDeque::new();
    for (core, &node) in engines.iter().zip(&nodes) {
        builder.begin(node);
        // SAFETY: 1. `walk` said that no mutation is active, and lets none begin.
        inspect(&mut builder, node, &mut queue, |inspector| unsafe { core.root.inspect(inspector) });
        let mut index = 0;
        core.finalizers.for_each_ready(|&cell| {
            reach(&mut builder, node, &mut queue, "finalizer queue", Some(index), cell, false);
            index += 1;
        });
    }
    for &(node, HandleTarget { cell, .. }) in &handles {
        builder.begin(node);
        reach(&mut builder, node, &mut queue, "", None, cell, false);
    }
    while let Some((node, cell)) = queue.pop_front() {
        builder.begin(node);
        // SAFETY: what was reached after a collection is a cell, and nothing is freed during a walk.
        if let Some(inspect_cell) = unsafe { header(cell) }.0.inspect {
            // SAFETY: as above; no mutation is active.
            inspect(&mut builder, node, &mut queue, |inspector| unsafe { inspect_cell(cell, inspector) });
        }
    }
    Ok(builder.finish())
}

/// The bytes that each handle retains, in the order of their slots.
pub(crate) fn retained_by_handles(ctx: &ContextInner) -> Result<Vec<usize>, Error> {
    let graph = graph(ctx)?;
    let handles = graph.nodes().filter(|&node| graph.kind(node) == NodeKind::Handle);
    Ok(handles.map(|node| graph.retained(node)).collect())
}

fn inspect(
    builder: &mut GraphBuilder,
    node: u32,
    queue: &mut VecDeque<(u32, CellPtr)>,
    value: impl FnOnce(&mut Inspector<'_>),
) {
    value(&mut Inspector::new(&mut |edge| {
        reach(builder, node, queue, edge.name, edge.index, edge.to, edge.weak);
    }));
}

fn reach(
    builder: &mut GraphBuilder,
    from: u32,
    queue: &mut VecDeque<(u32, CellPtr)>,
    name: &str,
    index: Option<usize>,
    cell: CellPtr,
    weak: bool,
) {
    let (to, new) = builder.cell(cell.addr().get(), || {
        // SAFETY: an edge leads to a cell, weak ones too after a collection.
        unsafe {
            let (vtable, bits) = header(cell);
            let size =
                if bits & LARGE == 0 { size_of_cell(cell, vtable) } else { large_of(cell).as_ref().size };
            ((vtable.name)(), size)
        }
    });
    builder.add_edge(from, name, index, to, weak);
    if new {
        queue.push_back((to, cell));
    }
}

impl HeapGraph {
    /// The node of a cell, in the mutation that follows the taking of the graph. After another collection the address may
    /// be that of another cell.
    pub fn node_of<'gc, T>(&self, mc: &Mutation<'gc>, gc: Gc<'gc, T>) -> Option<NodeId> {
        let _ = mc;
        self.node_at(gc.as_ptr().addr())
    }
}
