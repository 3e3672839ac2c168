//! Taking the graph of a context: a collection, then a walk, breadth first, over what is left.

use super::graph::{GraphBuilder, HeapGraph, NodeId, NodeKind};
use super::inspect::{Buffers, Edge, Inspector};
use crate::collect::roots::HandleTarget;
use crate::context::ContextInner;
use crate::fallible;
use crate::heap::cell::{CellPtr, LARGE, header, size_of_cell};
use crate::heap::large::large_of;
use crate::{Error, Gc, Mutation, OutOfMemory};
use std::collections::VecDeque;

/// A graph on its way.
#[derive(Default)]
struct Taking {
    builder: GraphBuilder,
    /// Cells that were found and whose edges were not looked at.
    queue: VecDeque<(u32, CellPtr)>,
    buffers: Buffers,
}

/// Collects, and walks what is left.
pub(crate) fn graph(ctx: &ContextInner) -> Result<HeapGraph, Error> {
    crate::collect::full(ctx)?;
    // What is collected from here on, by an `inspect` method, would be freed under the walk.
    let _walk = ctx.walk()?;
    let mut taking = Taking::default();
    let builder = &mut taking.builder;
    let context = builder.add_node(NodeKind::Context, "context", 0)?;
    let engines = ctx.engine_cores()?;
    let mut nodes = Vec::new();
    for core in &engines {
        let name = fallible::text(format_args!("engine {}", core.name))?;
        fallible::push(&mut nodes, builder.add_node(NodeKind::Engine, &name, 0)?)?;
    }
    let mut handles = Vec::new();
    ctx.handles.try_for_each_target(|target| {
        let name = fallible::text(format_args!("handle made at {}", target.created))?;
        fallible::push(&mut handles, (builder.add_node(NodeKind::Handle, &name, 0)?, target))
    })?;
    builder.begin(context);
    for (core, &node) in engines.iter().zip(&nodes) {
        builder.add_edge(context, &core.name, None, node, false)?;
    }
    for (index, &(node, _)) in handles.iter().enumerate() {
        builder.add_edge(context, "handles", Some(index), node, false)?;
    }
    for (core, &node) in engines.iter().zip(&nodes) {
        taking.builder.begin(node);
        // SAFETY: 1. `walk` said that no mutation is active, and lets none begin.
        taking.inspect(node, |inspector| unsafe { core.root.inspect(inspector) })?;
        let mut index = 0;
        core.finalizers.try_for_each_ready(|&cell| {
            let edge = Edge { name: "finalizer queue", index: Some(index), to: cell, weak: false };
            index += 1;
            taking.reach(node, edge)
        })?;
    }
    for &(node, HandleTarget { cell, .. }) in &handles {
        taking.builder.begin(node);
        taking.reach(node, Edge { name: "", index: None, to: cell, weak: false })?;
    }
    while let Some((node, cell)) = taking.queue.pop_front() {
        taking.builder.begin(node);
        // SAFETY: what was reached after a collection is a cell, and nothing is freed during a walk.
        if let Some(inspect_cell) = unsafe { header(cell) }.0.inspect {
            // SAFETY: as above; no mutation is active.
            taking.inspect(node, |inspector| unsafe { inspect_cell(cell, inspector) })?;
        }
    }
    Ok(taking.builder.finish()?)
}

/// The bytes that each handle retains, in the order of their slots.
pub(crate) fn retained_by_handles(ctx: &ContextInner) -> Result<Vec<usize>, Error> {
    let graph = graph(ctx)?;
    let handles = graph.nodes().filter(|&node| graph.kind(node) == NodeKind::Handle);
    Ok(fallible::list(handles.map(|node| graph.retained(node)))?)
}

impl Taking {
    /// Adds the edges that `value` reports.
    fn inspect(&mut self, node: u32, value: impl FnOnce(&mut Inspector<'_>)) -> Result<(), OutOfMemory> {
        let mut result = Ok(());
        let buffers = std::mem::take(&mut self.buffers);
        let mut found = |edge: Edge<'_>| {
            if result.is_ok() {
                result = self.reach(node, edge);
            }
        };
        let mut inspector = Inspector::new(buffers, &mut found);
        value(&mut inspector);
        let buffers = inspector.finish();
        result?;
        self.buffers = buffers?;
        Ok(())
    }

    fn reach(&mut self, from: u32, edge: Edge<'_>) -> Result<(), OutOfMemory> {
        let cell = edge.to;
        let (to, new) = self.builder.cell(cell.addr().get(), || {
            // SAFETY: an edge leads to a cell, weak ones too after a collection.
            unsafe {
                let (vtable, bits) = header(cell);
                let size =
                    if bits & LARGE == 0 { size_of_cell(cell, vtable) } else { large_of(cell).as_ref().size };
                ((vtable.name)(), size)
            }
        })?;
        self.builder.add_edge(from, edge.name, edge.index, to, edge.weak)?;
        if new {
            self.queue.try_reserve(1)?;
            self.queue.push_back((to, cell));
        }
        Ok(())
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
