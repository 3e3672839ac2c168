//! A heap graph as a `.heapsnapshot`, the format that Chrome DevTools opens in its memory panel.
//!
//! Fields and types are declared in the file itself (`snapshot.meta`); nodes and edges are flat lists of numbers. Types of
//! cells become the names of objects, fields become properties, elements of containers become elements.
#![forbid(unsafe_code)]

use super::graph::{HeapGraph, NodeKind};
use super::json::string;
use crate::fallible;
use std::fmt;
use std::io::{self, Write};

const META: &str = r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count","trace_node_id","detachedness"],"node_types":[["hidden","array","string","object","code","closure","regexp","number","native","synthetic","concatenated string","sliced string","symbol","bigint","object shape"],"string","number","number","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element","property","internal","hidden","shortcut","weak"],"string_or_number","node"],"trace_function_info_fields":["function_id","name","script_name","script_id","line","column"],"trace_node_fields":["id","function_info_index","count","size","children"],"sample_fields":["timestamp_us","last_assigned_id"],"location_fields":["object_index","script_id","line","column"]},"#;
const NODE_FIELDS: usize = 7;
const OBJECT: u32 = 3;
const SYNTHETIC: u32 = 9;
const ELEMENT: u32 = 1;
const PROPERTY: u32 = 2;
const WEAK: u32 = 6;

impl HeapGraph {
    /// Writes the graph as a `.heapsnapshot`: load it in the memory panel of Chrome's DevTools.
    ///
    /// # Errors
    /// Those of `out`, and [`io::ErrorKind::OutOfMemory`] when there is no memory for the names of elements.
    pub fn write_heapsnapshot(&self, out: &mut impl Write) -> io::Result<()> {
        let (nodes, edges) = (self.nodes.len(), self.edges.len());
        write!(
            out,
            "{META}\"node_count\":{nodes},\"edge_count\":{edges},\"trace_function_count\":0}},\n\"nodes\":["
        )?;
        for (at, node) in self.nodes.iter().enumerate() {
            let comma = if at == 0 { "" } else { ",\n" };
            let kind = if node.kind == NodeKind::Cell { OBJECT } else { SYNTHETIC };
            // Ids of cells are odd.
            let (id, count) = (2 * at + 1, self.edges_of(at).len());
            write!(out, "{comma}{kind},{},{id},{},{count},0,0", node.name, node.size)?;
        }
        write!(out, "],\n\"edges\":[")?;
        let mut strings = Vec::new();
        for (at, edge) in self.edges.iter().enumerate() {
            let comma = if at == 0 { "" } else { ",\n" };
            let plain = self.names.list[edge.name as usize].is_empty();
            let to = edge.to as usize * NODE_FIELDS;
            let (kind, name) = match edge.index {
                _ if edge.weak => (WEAK, edge.name),
                Some(index) if plain => (ELEMENT, index),
                Some(index) => {
                    let name = &self.names.list[edge.name as usize];
                    fallible::text(format_args!("{name}[{index}]"))
                        .and_then(|name| fallible::push(&mut strings, name))
                        .map_err(|_| io::ErrorKind::OutOfMemory)?;
                    (PROPERTY, (self.names.list.len() + strings.len() - 1) as u32)
                }
                None => (PROPERTY, edge.name),
            };
            write!(out, "{comma}{kind},{name},{to}")?;
        }
        write!(
            out,
            "],\n\"trace_function_infos\":[],\"trace_tree\":[],\"samples\":[],\"locations\":[],\n\"strings\":["
        )?;
        for (at, name) in self.names.list.iter().chain(&strings).enumerate() {
            if at > 0 {
                out.write_all(b",\n")?;
            }
            let mut text = Bytes { out: &mut *out, result: Ok(()) };
            let written = string(&mut text, name);
            text.result?;
            written.map_err(|fmt::Error| io::ErrorKind::Other)?;
        }
        write!(out, "]}}")
    }
}

/// Text written as bytes; what went wrong is kept.
struct Bytes<'a, W: Write> {
    out: &'a mut W,
    result: io::Result<()>,
}

impl<W: Write> fmt::Write for Bytes<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.result = self.out.write_all(text.as_bytes());
        if self.result.is_ok() { Ok(()) } else { Err(fmt::Error) }
    }
}
