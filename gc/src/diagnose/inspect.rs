//! Naming the edges of a value: what `trace` visits, with the way to it.
#![forbid(unsafe_code)]

use crate::OutOfMemory;
use crate::collect::mark::Marker;
use crate::collect::trace::Tracer;
use crate::fallible;
use crate::heap::cell::CellPtr;
use crate::ptr::GcAny;
use std::fmt::Write;

/// Where `inspect` reports what it finds, and where it is.
///
/// `derive(Trace)` names fields; containers number their elements.
pub struct Inspector<'a> {
    buffers: Buffers,
    /// The last step, if it is to an element.
    index: Option<usize>,
    /// There was no memory for a name.
    cut: bool,
    found: &'a mut dyn FnMut(Edge<'_>),
}

/// What one inspector after the other fills.
pub(crate) struct Buffers {
    marker: Marker,
    /// The names of the fields on the way, joined by points.
    name: String,
}

impl Default for Buffers {
    fn default() -> Self {
        Buffers { marker: Marker::verifying(), name: String::new() }
    }
}

/// An edge that was found.
#[derive(Clone, Copy)]
pub(crate) struct Edge<'a> {
    pub(crate) name: &'a str,
    pub(crate) index: Option<usize>,
    pub(crate) to: CellPtr,
    /// It does not keep the cell alive.
    pub(crate) weak: bool,
}

impl<'a> Inspector<'a> {
    pub(crate) fn new(buffers: Buffers, found: &'a mut dyn FnMut(Edge<'_>)) -> Self {
        Inspector { buffers, index: None, cut: false, found }
    }

    /// The buffers back; an error when there was no memory for a name or for an edge.
    pub(crate) fn finish(mut self) -> Result<Buffers, OutOfMemory> {
        let lost = self.buffers.marker.take_overflow();
        if self.cut || lost { Err(OutOfMemory) } else { Ok(self.buffers) }
    }

    /// What `f` finds is in the field of this name.
    pub fn field(&mut self, name: &str, f: impl FnOnce(&mut Self)) {
        let (len, index) = (self.buffers.name.len(), self.index.take());
        self.push_index(index);
        if !self.buffers.name.is_empty() {
            self.push_name(".");
        }
        self.push_name(name);
        f(self);
        self.buffers.name.truncate(len);
        self.index = index;
    }

    /// What `f` finds is in the element of this index.
    pub fn element(&mut self, index: usize, f: impl FnOnce(&mut Self)) {
        let (len, outer) = (self.buffers.name.len(), self.index.replace(index));
        self.push_index(outer);
        f(self);
        self.buffers.name.truncate(len);
        self.index = outer;
    }

    fn push_name(&mut self, name: &str) {
        self.cut |= fallible::append(&mut self.buffers.name, name).is_err();
    }

    fn push_index(&mut self, index: Option<usize>) {
        /// The brackets, and the digits of any number.
        const LONGEST: usize = 22;
        let Some(index) = index else { return };
        if self.buffers.name.try_reserve(LONGEST).is_err() {
            self.cut = true;
            return;
        }
        let _ = write!(self.buffers.name, "[{index}]");
    }

    /// Reports what `trace` visits, at the place where the inspector is.
    pub fn trace(&mut self, trace: impl FnOnce(&mut Tracer<'_>)) {
        let Buffers { marker, name } = &mut self.buffers;
        trace(Tracer::of(marker));
        for to in marker.take_edges() {
            (self.found)(Edge { name, index: self.index, to, weak: false });
        }
    }

    /// Reports a pointer that does not keep its cell.
    pub fn weak(&mut self, gc: GcAny<'_>) {
        self.weak_cell(gc.cell());
    }

    pub(crate) fn weak_cell(&mut self, to: CellPtr) {
        (self.found)(Edge { name: &self.buffers.name, index: self.index, to, weak: true });
    }
}

impl std::fmt::Debug for Inspector<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inspector")
            .field("name", &self.buffers.name)
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}
