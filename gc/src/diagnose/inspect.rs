//! Naming the edges of a value: what `trace` visits, with the way to it.

use crate::collect::mark::Marker;
use crate::collect::trace::Tracer;
use crate::heap::cell::CellPtr;
use crate::ptr::GcAny;
use std::fmt::Write;

/// Where `inspect` reports what it finds, and where it is.
///
/// `derive(Trace)` names fields; containers number their elements.
pub struct Inspector<'a> {
    marker: Marker,
    /// The names of the fields on the way, joined by points.
    name: String,
    /// The last step, if it is to an element.
    index: Option<usize>,
    found: &'a mut dyn FnMut(Edge<'_>),
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
    pub(crate) fn new(found: &'a mut dyn FnMut(Edge<'_>)) -> Self {
        Inspector { marker: Marker::verifying(), name: String::new(), index: None, found }
    }

    /// What `f` finds is in the field of this name.
    pub fn field(&mut self, name: &str, f: impl FnOnce(&mut Self)) {
        let (len, index) = (self.name.len(), self.index.take());
        self.push_index(index);
        if !self.name.is_empty() {
            self.name.push('.');
        }
        self.name.push_str(name);
        f(self);
        self.name.truncate(len);
        self.index = index;
    }

    /// What `f` finds is in the element of this index.
    pub fn element(&mut self, index: usize, f: impl FnOnce(&mut Self)) {
        let (len, outer) = (self.name.len(), self.index.replace(index));
        self.push_index(outer);
        f(self);
        self.name.truncate(len);
        self.index = outer;
    }

    fn push_index(&mut self, index: Option<usize>) {
        if let Some(index) = index {
            let _ = write!(self.name, "[{index}]");
        }
    }

    /// Reports what `trace` visits, at the place where the inspector is.
    pub fn trace(&mut self, trace: impl FnOnce(&mut Tracer<'_>)) {
        trace(Tracer::of(&mut self.marker));
        for to in self.marker.take_edges() {
            (self.found)(Edge { name: &self.name, index: self.index, to, weak: false });
        }
    }

    /// Reports a pointer that does not keep its cell.
    pub fn weak(&mut self, gc: GcAny<'_>) {
        self.weak_cell(gc.cell());
    }

    pub(crate) fn weak_cell(&mut self, to: CellPtr) {
        (self.found)(Edge { name: &self.name, index: self.index, to, weak: true });
    }
}

impl std::fmt::Debug for Inspector<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inspector")
            .field("name", &self.name)
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}
