//! Scopes while they are open: declarations, conflicts, and the resolution of references.
//!
//! References wait on one stack. When a scope closes, those made since it opened are matched with
//! its declarations; the others stay for the scope around it, marked as `crossed` when they leave a
//! function or a `with`. So arrow parameters need no repair: what was read as a parenthesised
//! expression becomes the arrow's by where its references begin. Uses of `this` and direct evals
//! are references too, under names that no source can write.

#![forbid(unsafe_code)]

use std::collections::HashMap;

use bumpalo::Bump;

use super::ast::{Binding, BindingKind, Function, Scope, ScopeId, ScopeKind, Span};
use super::atoms::Atom;
use super::error::{Failure, PResult};

/// A name in use, waiting for its scope.
#[derive(Clone, Copy)]
struct Reference {
    name: Atom,
    pos: u32,
    /// Comes from an inner function or from within `with`.
    crossed: bool,
    /// A `#name`.
    private: bool,
    /// (Evals only.) Comes from an inner function that is not an arrow.
    left_function: bool,
}

/// A declaration and what only the parser needs to know of it.
#[derive(Clone, Copy)]
struct Declared {
    binding: Binding,
    /// A plain function in a block of sloppy code: may be declared twice (B.3.2.4).
    sloppy_function: bool,
}

/// Names in order, with an index once there are many.
#[derive(Default)]
struct NameIndex {
    map: Option<HashMap<Atom, u32>>,
}

impl NameIndex {
    const MANY: usize = 12;

    fn find<E>(&self, items: &[E], name: Atom, name_of: impl Fn(&E) -> Atom) -> Option<usize> {
        match &self.map {
            Some(map) => map.get(&name).map(|&i| i as usize),
            None => items.iter().position(|item| name_of(item) == name),
        }
    }

    /// To be called after each push.
    fn added<E>(&mut self, items: &[E], name_of: impl Fn(&E) -> Atom) {
        if let Some(map) = &mut self.map {
            let last = items.len() - 1;
            map.insert(name_of(&items[last]), last as u32);
        } else if items.len() > Self::MANY {
            let entries = items.iter().enumerate().map(|(i, item)| (name_of(item), i as u32));
            self.map = Some(entries.collect());
        }
    }
}

/// A function in a block that may also be a `var` of its function (B.3.3).
#[derive(Clone, Copy)]
struct Hoistable {
    name: Atom,
    pos: u32,
}

struct OpenScope<'a> {
    id: u32,
    kind: ScopeKind,
    refs_start: usize,
    declared: Vec<Declared>,
    index: NameIndex,
    /// Names of `var`s declared in here that live further out. Those of inner blocks come when
    /// these close: until then nothing lexical can be declared here.
    passing: Vec<Atom>,
    passing_index: NameIndex,
    functions: Vec<&'a Function<'a>>,
    hoistable: Vec<Hoistable>,
    /// The catch parameter is a plain name.
    simple_catch: bool,
    /// The block of a catch clause, or a function's separate body: lexical names must differ from
    /// those of the scope around.
    after_params: bool,
    /// References below this index come from the heritage: they do not see the private names.
    heritage_end: usize,
}

#[derive(Clone, Copy)]
struct ClosedScope<'a> {
    kind: ScopeKind,
    parent: Option<u32>,
    bindings: &'a [Binding],
    has_eval: bool,
    dropped: bool,
}

/// What a closed function knows about itself.
#[derive(Clone, Copy, Default)]
pub(super) struct FunctionSummary {
    pub(super) uses_arguments: bool,
    pub(super) uses_this: bool,
    pub(super) this_captured: bool,
    pub(super) has_eval: bool,
}

/// The names that a function uses and does not declare.
pub(super) struct Free(Vec<Reference>);

impl Free {
    /// A direct eval is among them.
    pub(super) fn has_eval(&self) -> bool {
        self.0.iter().any(|r| r.name == Atom::EVAL_MARK)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = Atom> + '_ {
        self.0.iter().map(|r| r.name)
    }
}

/// The scopes of a parse.
pub(super) struct Scopes<'a> {
    arena: &'a Bump,
    open: Vec<OpenScope<'a>>,
    closed: Vec<ClosedScope<'a>>,
    refs: Vec<Reference>,
    /// By atom: (serial of a resolution, index). The top bit of the index tells a reference that
    /// stays from a declaration.
    stamps: Vec<(u32, u32)>,
    serial: u32,
    /// Blocks' functions found not to be hoistable after all, by position. They are known only once
    /// the function around them is closed; the parse is then repeated with this list.
    pub(super) not_hoistable: Vec<u32>,
    /// The list from the parse before.
    known_not_hoistable: Vec<u32>,
}

const STAYS: u32 = 1 << 31;

fn is_var_scope(kind: ScopeKind) -> bool {
    use ScopeKind::{Eval, Function, FunctionBody, Module, Script};
    matches!(kind, Eval | Function | FunctionBody | Module | Script)
}

/// Whether a declaration of this kind is lexical where it stands.
fn is_lexical(scope: ScopeKind, kind: BindingKind) -> bool {
    match kind {
        BindingKind::Let
        | BindingKind::Const
        | BindingKind::Using
        | BindingKind::AwaitUsing
        | BindingKind::Class
        | BindingKind::Import => true,
        BindingKind::Function => matches!(scope, ScopeKind::Block | ScopeKind::Module),
        _ => false,
    }
}

impl<'a> Scopes<'a> {
    pub(super) fn new(arena: &'a Bump, known_not_hoistable: Vec<u32>) -> Scopes<'a> {
        Scopes {
            arena,
            open: Vec::new(),
            closed: Vec::new(),
            refs: Vec::new(),
            stamps: Vec::new(),
            serial: 0,
            not_hoistable: Vec::new(),
            known_not_hoistable,
        }
    }

    /// Scopes for a function that is read apart from what is around it; the marks of names go along, since a table of
    /// them is as large as all names.
    pub(super) fn apart<'b>(&mut self, arena: &'b Bump, known_not_hoistable: Vec<u32>) -> Scopes<'b> {
        let mut apart = Scopes::new(arena, known_not_hoistable);
        apart.stamps = std::mem::take(&mut self.stamps);
        apart.serial = self.serial;
        apart
    }

    /// Takes the marks back, and gives the names that the function used and did not declare.
    pub(super) fn rejoin(&mut self, apart: &mut Scopes<'_>) -> Free {
        self.stamps = std::mem::take(&mut apart.stamps);
        self.serial = apart.serial;
        Free(std::mem::take(&mut apart.refs))
    }

    /// The free names of a function that was read apart are used here.
    pub(super) fn refer_free(&mut self, free: &Free) {
        self.refs.extend_from_slice(&free.0);
    }

    /// About how many bytes wait here.
    pub(super) fn bytes(&self) -> usize {
        self.refs.capacity() * size_of::<Reference>()
            + self.closed.capacity() * size_of::<ClosedScope<'_>>()
            + self.open.capacity() * size_of::<OpenScope<'_>>()
            + self.stamps.capacity() * 8
    }

    fn top(&mut self) -> &mut OpenScope<'a> {
        self.open.last_mut().expect("a scope is open")
    }

    /// Opens a scope.
    pub(super) fn enter(&mut self, kind: ScopeKind) -> ScopeId {
        let id = self.closed.len() as u32;
        let parent = self.open.last().map(|scope| scope.id);
        self.closed.push(ClosedScope { kind, parent, bindings: &[], has_eval: false, dropped: false });
        self.open.push(OpenScope {
            id,
            kind,
            refs_start: self.refs.len(),
            declared: Vec::new(),
            index: NameIndex::default(),
            passing: Vec::new(),
            passing_index: NameIndex::default(),
            functions: Vec::new(),
            hoistable: Vec::new(),
            simple_catch: false,
            after_params: kind == ScopeKind::FunctionBody,
            heritage_end: 0,
        });
        ScopeId(id)
    }

    /// Opens the block of a catch clause.
    pub(super) fn enter_catch_block(&mut self) {
        self.enter(ScopeKind::Block);
        self.top().after_params = true;
    }

    /// The innermost scope becomes a function's (the parenthesised expression was an arrow's
    /// parameter list).
    pub(super) fn become_function(&mut self) -> ScopeId {
        let top = self.top();
        top.kind = ScopeKind::Function;
        let id = top.id;
        self.closed[id as usize].kind = ScopeKind::Function;
        ScopeId(id)
    }

    pub(super) fn set_simple_catch(&mut self) {
        self.top().simple_catch = true;
    }

    /// The heritage of the class whose scope is innermost has been read.
    pub(super) fn end_heritage(&mut self) {
        let end = self.refs.len();
        self.top().heritage_end = end;
    }

    pub(super) fn refer(&mut self, name: Atom, pos: u32) {
        self.push_ref(name, pos, false, false);
    }

    pub(super) fn refer_private(&mut self, name: Atom, pos: u32) {
        self.push_ref(name, pos, false, true);
    }

    /// `this`, `super`, `new.target`.
    pub(super) fn refer_this(&mut self) {
        self.push_ref(Atom::THIS_MARK, 0, false, false);
    }

    /// A direct eval: may use everything.
    pub(super) fn refer_eval(&mut self, arguments: bool) {
        self.push_ref(Atom::EVAL_MARK, 0, false, false);
        self.push_ref(Atom::THIS_MARK, 0, true, false);
        if arguments {
            self.push_ref(Atom::ARGUMENTS, 0, true, false);
        }
    }

    /// The name just read was a label.
    pub(super) fn forget_reference(&mut self) {
        self.refs.pop();
    }

    /// Only the program's scope is open.
    pub(super) fn at_outermost(&self) -> bool {
        self.open.len() == 1
    }

    /// At the top level of a script or eval, where `using` is not allowed.
    pub(super) fn at_script_top(&self) -> bool {
        self.open.len() == 1 && self.open[0].kind != ScopeKind::Module
    }

    /// The innermost scope is a block, so that functions are bound in it.
    pub(super) fn in_block(&self) -> bool {
        self.open.last().is_some_and(|scope| scope.kind == ScopeKind::Block)
    }

    fn push_ref(&mut self, name: Atom, pos: u32, crossed: bool, private: bool) {
        self.refs.push(Reference { name, pos, crossed, private, left_function: false });
    }

    fn find(scope: &OpenScope<'_>, name: Atom) -> Option<usize> {
        scope.index.find(&scope.declared, name, |d| d.binding.name)
    }

    /// Whether the innermost scope declares the name.
    pub(super) fn is_declared(&self, name: Atom) -> bool {
        self.open.last().is_some_and(|scope| Self::find(scope, name).is_some())
    }

    fn push(scope: &mut OpenScope<'a>, name: Atom, kind: BindingKind, pos: u32) {
        let binding = Binding { name, kind, hoisted: false, captured: false, pos };
        scope.declared.push(Declared { binding, sloppy_function: false });
        scope.index.added(&scope.declared, |d| d.binding.name);
    }

    /// Declares without looking for conflicts; a name already there stays as it is. Says whether
    /// the name is new.
    pub(super) fn declare(&mut self, name: Atom, kind: BindingKind, pos: u32) -> bool {
        let scope = self.top();
        if Self::find(scope, name).is_some() {
            return false;
        }
        Self::push(scope, name, kind, pos);
        true
    }

    /// Declares a lexical name; `false` if it conflicts.
    pub(super) fn declare_lexical(&mut self, name: Atom, kind: BindingKind, pos: u32) -> bool {
        if self.lexical_conflict(name) {
            return false;
        }
        Self::push(self.top(), name, kind, pos);
        true
    }

    fn lexical_conflict(&self, name: Atom) -> bool {
        let depth = self.open.len() - 1;
        let scope = &self.open[depth];
        Self::find(scope, name).is_some()
            || scope.passing_index.find(&scope.passing, name, |&n| n).is_some()
            || scope.after_params && Self::find(&self.open[depth - 1], name).is_some()
    }

    /// Declares a `var`; `false` if it conflicts with a lexical name on its way out.
    pub(super) fn declare_var(&mut self, name: Atom, pos: u32) -> bool {
        let innermost = self.open.len() - 1;
        let passes = !is_var_scope(self.open[innermost].kind);
        if passes {
            let scope = &self.open[innermost];
            if scope.passing_index.find(&scope.passing, name, |&n| n).is_some() {
                return true;
            }
        }
        let mut depth = innermost;
        while !is_var_scope(self.open[depth].kind) {
            if Self::blocks_var(&self.open[depth], name) {
                return false;
            }
            depth -= 1;
        }
        let scope = &mut self.open[depth];
        match Self::find(scope, name) {
            None => Self::push(scope, name, BindingKind::Var, pos),
            Some(i) if is_lexical(scope.kind, scope.declared[i].binding.kind) => return false,
            Some(_) => {}
        }
        if passes {
            Self::add_passing(&mut self.open[innermost], name);
        }
        true
    }

    fn add_passing(scope: &mut OpenScope<'a>, name: Atom) {
        scope.passing.push(name);
        scope.passing_index.added(&scope.passing, |&n| n);
    }

    /// Takes the innermost scope off; the `var`s that passed it go on to the one around.
    fn pop(&mut self) -> OpenScope<'a> {
        let mut scope = self.open.pop().expect("a scope is open");
        if scope.passing.is_empty() {
            return scope;
        }
        let around = self.open.last_mut().expect("a var scope is around");
        if !is_var_scope(around.kind) {
            // The smaller list joins the larger: every name moves few times.
            if around.passing.len() < scope.passing.len() {
                std::mem::swap(&mut around.passing, &mut scope.passing);
                std::mem::swap(&mut around.passing_index, &mut scope.passing_index);
            }
            for &name in &scope.passing {
                if around.passing_index.find(&around.passing, name, |&n| n).is_none() {
                    Self::add_passing(around, name);
                }
            }
        }
        scope
    }

    /// Declares a function in the innermost scope; `false` if it conflicts. `plain`: sloppy code,
    /// neither generator nor async.
    pub(super) fn declare_function(&mut self, name: Atom, pos: u32, plain: bool) -> bool {
        let kind = self.top().kind;
        if is_var_scope(kind) && kind != ScopeKind::Module {
            let scope = self.top();
            return match Self::find(scope, name) {
                None => {
                    Self::push(scope, name, BindingKind::Function, pos);
                    true
                }
                Some(i) => {
                    let binding = &mut scope.declared[i].binding;
                    if binding.kind == BindingKind::Var {
                        binding.kind = BindingKind::Function;
                    }
                    !is_lexical(kind, binding.kind)
                }
            };
        }
        let scope = self.top();
        if let Some(i) = Self::find(scope, name) {
            return plain && scope.declared[i].sloppy_function;
        }
        if !self.declare_lexical(name, BindingKind::Function, pos) {
            return false;
        }
        let declared = &mut self.top().declared;
        declared.last_mut().expect("just declared").sloppy_function = plain;
        true
    }

    /// Whether a plain function just declared in a block also becomes a `var` (B.3.3), as far as
    /// is known; later conflicts end up in `not_hoistable`.
    pub(super) fn hoist_block_function(&mut self, name: Atom, pos: u32) -> bool {
        if self.known_not_hoistable.binary_search(&pos).is_ok() {
            return false;
        }
        let block = self.open.len() - 1;
        let mut depth = block - 1;
        while !is_var_scope(self.open[depth].kind) {
            if Self::blocks_var(&self.open[depth], name) {
                return false;
            }
            depth -= 1;
        }
        let scope = &self.open[depth];
        if let Some(i) = Self::find(scope, name) {
            let kind = scope.declared[i].binding.kind;
            if is_lexical(scope.kind, kind) || kind == BindingKind::Param {
                return false;
            }
        }
        if scope.kind == ScopeKind::FunctionBody && Self::find(&self.open[depth - 1], name).is_some() {
            return false;
        }
        self.open[block - 1].hoistable.push(Hoistable { name, pos });
        true
    }

    /// Whether a `var` of that name could not pass through the scope.
    fn blocks_var(scope: &OpenScope<'_>, name: Atom) -> bool {
        Self::find(scope, name).is_some() && !(scope.kind == ScopeKind::Catch && scope.simple_catch)
    }

    /// The innermost scope is complete: its inner blocks' functions become `var`s, or go on out. One
    /// named `arguments` does not where a function's own `arguments` stands.
    fn settle_hoistable(&mut self, has_arguments: bool) {
        let hoistable = std::mem::take(&mut self.top().hoistable);
        let depth = self.open.len() - 1;
        for candidate in hoistable {
            let scope = &mut self.open[depth];
            if is_var_scope(scope.kind) {
                let is_function = matches!(scope.kind, ScopeKind::Function | ScopeKind::FunctionBody);
                match Self::find(scope, candidate.name) {
                    Some(i) if is_lexical(scope.kind, scope.declared[i].binding.kind) => {
                        self.not_hoistable.push(candidate.pos);
                    }
                    _ if is_function && has_arguments && candidate.name == Atom::ARGUMENTS => {
                        self.not_hoistable.push(candidate.pos);
                    }
                    Some(_) => {}
                    None => {
                        Self::push(scope, candidate.name, BindingKind::Var, candidate.pos);
                        scope.declared.last_mut().expect("just pushed").binding.hoisted = true;
                    }
                }
            } else if Self::blocks_var(scope, candidate.name) {
                self.not_hoistable.push(candidate.pos);
            } else {
                self.open[depth - 1].hoistable.push(candidate);
            }
        }
    }

    pub(super) fn add_function(&mut self, function: &'a Function<'a>) {
        self.top().functions.push(function);
    }

    /// The functions declared in the innermost scope, in order.
    pub(super) fn take_functions(&mut self) -> Vec<&'a Function<'a>> {
        std::mem::take(&mut self.top().functions)
    }

    /// Matches the references made in the innermost scope with its declarations.
    fn resolve(&mut self, atoms: usize) {
        if self.stamps.len() < atoms {
            self.stamps.resize(atoms + atoms / 2, (0, 0));
        }
        self.serial += 1;
        let serial = self.serial;
        let scope = self.open.last_mut().expect("a scope is open");
        for (i, declared) in scope.declared.iter().enumerate() {
            self.stamps[declared.binding.name.0 as usize] = (serial, i as u32);
        }
        let mut kept = scope.refs_start;
        let mut has_eval = false;
        for i in scope.refs_start..self.refs.len() {
            let reference = self.refs[i];
            if reference.private && i < scope.heritage_end {
                self.refs[kept] = reference;
                kept += 1;
                continue;
            }
            has_eval |= reference.name == Atom::EVAL_MARK;
            let stamp = &mut self.stamps[reference.name.0 as usize];
            if stamp.0 != serial {
                *stamp = (serial, STAYS | kept as u32);
                self.refs[kept] = reference;
                kept += 1;
            } else if stamp.1 & STAYS == 0 {
                scope.declared[stamp.1 as usize].binding.captured |= reference.crossed;
            } else {
                let earlier = &mut self.refs[(stamp.1 & !STAYS) as usize];
                earlier.crossed |= reference.crossed;
                earlier.left_function &= reference.left_function;
            }
        }
        self.refs.truncate(kept);
        if has_eval {
            for declared in &mut scope.declared {
                declared.binding.captured = true;
            }
            self.closed[scope.id as usize].has_eval = true;
        }
    }

    /// Takes the innermost scope off, its declarations into the arena.
    fn seal(&mut self) -> PResult<ScopeId> {
        let scope = self.pop();
        let bindings = scope.declared.iter().map(|d| d.binding);
        self.closed[scope.id as usize].bindings = self
            .arena
            .try_alloc_slice_fill_iter(bindings)
            .map_err(|_| Failure::limit(Span::default(), "the program takes too much memory"))?;
        Ok(ScopeId(scope.id))
    }

    /// Closes a block, `for`, `switch` or catch scope; `None` if it declares nothing (a catch
    /// scope stays in any case).
    pub(super) fn leave_block(&mut self, atoms: usize) -> PResult<Option<ScopeId>> {
        self.settle_hoistable(false);
        if self.top().declared.is_empty() && self.top().kind != ScopeKind::Catch {
            self.drop_scope();
            return Ok(None);
        }
        self.resolve(atoms);
        self.seal().map(Some)
    }

    /// Takes off a scope that declares nothing and shall not be in the tree.
    pub(super) fn drop_scope(&mut self) {
        let scope = self.pop();
        let id = scope.id as usize;
        if id + 1 == self.closed.len() {
            self.closed.pop();
        } else {
            self.closed[id].dropped = true;
        }
    }

    /// Closes the body of `with`.
    pub(super) fn leave_with(&mut self, atoms: usize) -> PResult<ScopeId> {
        self.settle_hoistable(false);
        self.resolve(atoms);
        let start = self.top().refs_start;
        for reference in &mut self.refs[start..] {
            reference.crossed |= reference.name != Atom::THIS_MARK;
        }
        self.seal()
    }

    pub(super) fn leave_class(&mut self, atoms: usize) -> PResult<ScopeId> {
        self.resolve(atoms);
        self.seal()
    }

    /// Closes a function's scopes: the body's if it is separate, the parameters', and the name's.
    pub(super) fn leave_function(
        &mut self,
        atoms: usize,
        arrow: bool,
        name_scope: bool,
    ) -> PResult<FunctionSummary> {
        if self.top().kind == ScopeKind::FunctionBody {
            self.settle_hoistable(!arrow);
            let body = self.top();
            let is_var = |i: usize| body.declared[i].binding.kind == BindingKind::Var;
            let var_arguments = !arrow && Self::find(body, Atom::ARGUMENTS).is_some_and(is_var);
            self.resolve(atoms);
            self.seal()?;
            if var_arguments {
                // It begins as the parameters' `arguments`.
                self.refer(Atom::ARGUMENTS, 0);
            }
        }
        self.settle_hoistable(!arrow);
        let mut summary = FunctionSummary::default();
        let start = self.top().refs_start;
        if !arrow {
            let mentioned = self.refs[start..].iter().any(|r| r.name == Atom::ARGUMENTS);
            let scope = self.top();
            match Self::find(scope, Atom::ARGUMENTS) {
                Some(i) if scope.declared[i].binding.kind == BindingKind::Var => {
                    scope.declared[i].binding.kind = BindingKind::Arguments;
                    summary.uses_arguments = true;
                }
                Some(_) => {}
                None if mentioned => {
                    Self::push(scope, Atom::ARGUMENTS, BindingKind::Arguments, 0);
                    summary.uses_arguments = true;
                }
                None => {}
            }
        }
        self.resolve(atoms);
        if summary.uses_arguments {
            let scope = self.top();
            let i = Self::find(scope, Atom::ARGUMENTS).expect("just declared");
            summary.this_captured = scope.declared[i].binding.captured;
        }
        let mut kept = start;
        for i in start..self.refs.len() {
            let reference = self.refs[i];
            match reference.name {
                Atom::THIS_MARK => {
                    summary.uses_this = true;
                    summary.this_captured |= reference.crossed;
                    if !arrow {
                        continue;
                    }
                }
                Atom::EVAL_MARK => summary.has_eval |= !reference.left_function,
                Atom::ARGUMENTS if arrow => {
                    summary.uses_arguments = true;
                    summary.this_captured |= reference.crossed;
                }
                _ => {}
            }
            self.refs[kept] = reference;
            kept += 1;
        }
        self.refs.truncate(kept);
        self.seal()?;
        if name_scope {
            self.resolve(atoms);
            self.seal()?;
        }
        for reference in &mut self.refs[start..] {
            reference.crossed = true;
            reference.left_function |= !arrow;
        }
        Ok(summary)
    }

    /// Closes the outermost scope; gives the summary and the first private name not declared.
    pub(super) fn leave_program(&mut self, atoms: usize) -> PResult<(FunctionSummary, Vec<(Atom, u32)>)> {
        self.settle_hoistable(false);
        self.resolve(atoms);
        let mut summary = FunctionSummary::default();
        let mut private = Vec::new();
        for reference in &self.refs {
            match reference.name {
                Atom::THIS_MARK => {
                    summary.uses_this = true;
                    summary.this_captured |= reference.crossed;
                }
                Atom::EVAL_MARK => summary.has_eval |= !reference.left_function,
                Atom::ARGUMENTS => summary.uses_arguments = true,
                name if reference.private => private.push((name, reference.pos)),
                _ => {}
            }
        }
        self.seal()?;
        Ok((summary, private))
    }

    /// The finished scopes; a parent that was dropped is replaced by its own.
    pub(super) fn finish(&mut self) -> PResult<&'a [Scope<'a>]> {
        for i in 0..self.closed.len() {
            if let Some(parent) = self.closed[i].parent {
                let parent = self.closed[parent as usize];
                if parent.dropped {
                    self.closed[i].parent = parent.parent;
                }
            }
        }
        let scopes = self.closed.iter().map(|scope| Scope {
            kind: scope.kind,
            parent: scope.parent.map(ScopeId),
            bindings: scope.bindings,
            has_eval: scope.has_eval,
        });
        let scopes = self.arena.try_alloc_slice_fill_iter(scopes);
        match scopes {
            Ok(scopes) => Ok(scopes),
            Err(_) => Err(Failure::limit(Span::default(), "the program takes too much memory")),
        }
    }
}
