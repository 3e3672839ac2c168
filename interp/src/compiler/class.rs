//! Classes, and what modules need of their program.
#![forbid(unsafe_code)]

use crate::bytecode::opcode::Op;
use crate::syntax::ast::*;
use crate::syntax::atoms::{Atom, Text};

use super::emitter::Reg;
use super::expr::{constant, is_anonymous};
use super::func::{ClassFacts, FieldName};
use super::literal::GivenName;
use super::{CResult, Compiler};

/// A static field (key, whether private) or block, and its initialiser.
type StaticElement = (Option<(Reg, bool)>, Option<Reg>);

/// The flags of private elements (see [`Op::DefPrivate`]).
const METHOD: u32 = 1;
const GETTER: u32 = 2;
const SETTER: u32 = 4;
/// A field that always begins with the same value; with an array, or an object, of its own.
pub(crate) const FIELD_VALUE: u32 = 16;
pub(crate) const FIELD_NEW_ARRAY: u32 = 32;
pub(crate) const FIELD_NEW_OBJECT: u32 = 64;

impl<'a> Compiler<'a> {
    pub(crate) fn class(&mut self, class: &'a Class<'a>, dst: Reg, name: Option<GivenName>) -> CResult<()> {
        let mark = self.mark();
        let decorated =
            !class.decorators.is_empty() || class.elements.iter().any(|e| !e.decorators.is_empty());
        // They stand outside of the class's scope, and come before everything else of it.
        let decorators = if decorated { Some(self.decorator_list(class.decorators)?) } else { None };
        self.enter_scope(class.scope, false, false)?;
        let key = self.temp()?;
        for &private in class.private_names {
            let k = self.text_const(private);
            self.emit(Op::NewPrivate, [key, 0, 0], &[k]);
            self.store_name(private, key, true, class.span.start)?;
        }
        // constructor, prototype
        let base = self.cur().group(2)?;
        let heritage = self.temp()?;
        match class.heritage {
            Some(e) => self.expr(e, heritage)?,
            None => self.op(Op::LoadHole, heritage, 0, 0),
        }
        let name = class.name.map(GivenName::Atom).or(name);
        let text = match name {
            Some(GivenName::Atom(name)) => self.declared_name(name),
            Some(GivenName::Key(_)) | None => Text::from_utf8(""),
        };
        let facts = ClassFacts {
            has_fields: class.elements.iter().any(|e| {
                !e.is_static
                    && match e.kind {
                        // A decorator may add initialisers.
                        _ if !e.decorators.is_empty() => true,
                        ClassElementKind::Field(..) | ClassElementKind::Accessor(..) => true,
                        ClassElementKind::Method(k, _)
                        | ClassElementKind::Getter(k, _)
                        | ClassElementKind::Setter(k, _) => {
                            matches!(k, PropName::Private(_))
                        }
                        ClassElementKind::StaticBlock(_) => false,
                    }
            }),
            span: class.span,
            default: class.constructor.is_none().then_some(class.heritage.is_some()),
            field_name: None,
            _tree: std::marker::PhantomData,
        };
        let constructor: &'a Function<'a> = match class.constructor {
            Some(f) => f,
            None if class.heritage.is_some() => &DEFAULT_DERIVED,
            None => &DEFAULT_BASE,
        };
        let code = self.function(constructor, text.clone(), Some(facts))?;
        self.cur().children.push(code);
        let child = (self.cur().children.len() - 1) as u32;
        let k = self.cur().text(&text);
        let env = self.current_env();
        self.pos(class.span.start);
        self.emit(Op::NewClass, [base, heritage, 0], &[child, k, env]);
        let (ctor, proto) = (base, base + 1);
        if let Some(GivenName::Key(key)) = name {
            // Before its static parts see it.
            self.emit(Op::SetName, [ctor, key, 0], &[0]);
        }
        if let Some(decorators) = decorators {
            self.decorated_elements(class, ctor, proto, decorators)?;
            self.leave_scope();
            self.cur().mov(dst, ctor);
            self.release(mark);
            return Ok(());
        }
        // Static fields and blocks run last, in order.
        let mut later: Vec<StaticElement> = Vec::new();
        for element in class.elements {
            let mark = self.mark();
            let home = if element.is_static { ctor } else { proto };
            match &element.kind {
                ClassElementKind::Method(key, f) => {
                    self.class_method(home, ctor, key, f, METHOD, element.is_static)?
                }
                ClassElementKind::Getter(key, f) => {
                    self.class_method(home, ctor, key, f, GETTER, element.is_static)?
                }
                ClassElementKind::Setter(key, f) => {
                    self.class_method(home, ctor, key, f, SETTER, element.is_static)?
                }
                ClassElementKind::Field(key, init) => {
                    let is_private = matches!(key, PropName::Private(_));
                    let k = self.element_key(key)?;
                    let v = self.temp()?;
                    if !element.is_static
                        && let Some(e) = init.and_then(returned)
                        && let Some(kind) = field_without_code(e)
                    {
                        match kind {
                            FIELD_VALUE => self.expr(e, v)?,
                            _ => self.op(Op::LoadHole, v, 0, 0),
                        }
                        self.emit(Op::AddPrivateMethod, [ctor, k, v], &[kind]);
                        self.release(mark);
                        continue;
                    }
                    self.initialiser(*init, key, k, home, v)?;
                    if element.is_static {
                        later.push((Some((k, is_private)), init.is_some().then_some(v)));
                        // The registers stay taken until the static part below.
                        continue;
                    }
                    self.op(Op::AddField, ctor, k, v);
                }
                ClassElementKind::Accessor(key, init) => {
                    let (k, storage) = self.accessor(home, ctor, key, element.is_static)?;
                    let v = self.temp()?;
                    self.initialiser(*init, key, k, home, v)?;
                    if element.is_static {
                        later.push((Some((storage, true)), init.is_some().then_some(v)));
                        continue;
                    }
                    self.op(Op::AddField, ctor, storage, v);
                }
                ClassElementKind::StaticBlock(f) => {
                    let v = self.temp()?;
                    self.closure(f, v, None)?;
                    self.op(Op::SetHome, v, home, 0);
                    later.push((None, Some(v)));
                    continue;
                }
            }
            self.release(mark);
        }
        if let Some(name) = class.name {
            self.store_name(name, ctor, true, class.span.start)?;
        }
        for (key, init) in later {
            let mark = self.mark();
            let g = self.call_group(0)?;
            let value = self.temp()?;
            match init {
                Some(f) => {
                    self.cur().mov(g, f);
                    self.cur().mov(g + 1, ctor);
                    self.emit_call(value, g, 0);
                }
                None => self.op(Op::LoadUndef, value, 0, 0),
            }
            match key {
                Some((k, true)) => self.emit(Op::DefPrivate, [ctor, k, value], &[0]),
                Some((k, false)) => self.op(Op::InitElem, ctor, k, value),
                None => {}
            }
            self.release(mark);
        }
        self.leave_scope();
        self.cur().mov(dst, ctor);
        self.release(mark);
        Ok(())
    }

    /// A field's initialiser as a method of the class, or the hole. The key is in a register, too.
    pub(super) fn initialiser(
        &mut self,
        init: Option<&'a Function<'a>>,
        key: &PropName<'a>,
        key_reg: Reg,
        home: Reg,
        dst: Reg,
    ) -> CResult<()> {
        let Some(f) = init else {
            self.op(Op::LoadHole, dst, 0, 0);
            return Ok(());
        };
        let takes_name = returned(f).is_some_and(is_anonymous);
        let field_name = match key {
            _ if !takes_name => None,
            PropName::Name(n) | PropName::Private(n) => Some(FieldName::Atom(*n)),
            PropName::Number(_) | PropName::Computed(_) => Some(FieldName::OfCallee),
        };
        let facts = ClassFacts {
            has_fields: false,
            span: f.span,
            default: None,
            field_name,
            _tree: std::marker::PhantomData,
        };
        let code = self.function(f, Text::from_utf8(""), Some(facts))?;
        self.push_closure(code, dst)?;
        self.op(Op::SetHome, dst, home, 0);
        if field_name == Some(FieldName::OfCallee) {
            self.emit(Op::SetName, [dst, key_reg, 0], &[0]);
        }
        Ok(())
    }

    /// `accessor key`: a getter and a setter over a private name of their own. The registers of key and private name.
    fn accessor(
        &mut self,
        home: Reg,
        ctor: Reg,
        key: &'a PropName<'a>,
        is_static: bool,
    ) -> CResult<(Reg, Reg)> {
        let k = self.element_key(key)?;
        let storage = self.accessor_storage(key)?;
        let mark = self.mark();
        let g = self.cur().group(1)?;
        let f = self.temp()?;
        self.cur().mov(g, storage);
        for (intrinsic, kind) in
            [(super::intrinsics::ACCESSOR_GETTER, GETTER), (super::intrinsics::ACCESSOR_SETTER, SETTER)]
        {
            self.emit(Op::Intrinsic, [f, g, 1], &[intrinsic]);
            self.define_element(home, ctor, k, f, kind, matches!(key, PropName::Private(_)), is_static);
        }
        self.release(mark);
        Ok((k, storage))
    }

    /// An element's name as a property key.
    pub(super) fn element_key(&mut self, key: &'a PropName<'a>) -> CResult<Reg> {
        let k = self.prop_key(key)?;
        if matches!(key, PropName::Number(_)) {
            self.op(Op::ToKey, k, k, 0);
        }
        Ok(k)
    }

    /// A private name for the storage of `accessor key`.
    pub(super) fn accessor_storage(&mut self, key: &'a PropName<'a>) -> CResult<Reg> {
        let storage = self.temp()?;
        let text = match key {
            PropName::Name(n) | PropName::Private(n) => self.text(*n).clone(),
            _ => Text::from_utf8("accessor"),
        };
        let description = self.cur().text(&text);
        self.emit(Op::NewPrivate, [storage, 0, 0], &[description]);
        Ok(storage)
    }

    fn class_method(
        &mut self,
        home: Reg,
        ctor: Reg,
        key: &'a PropName<'a>,
        f: &'a Function<'a>,
        kind: u32,
        is_static: bool,
    ) -> CResult<()> {
        let k = self.prop_key(key)?;
        let v = self.temp()?;
        self.closure(f, v, None)?;
        self.define_element(home, ctor, k, v, kind, matches!(key, PropName::Private(_)), is_static);
        Ok(())
    }

    /// Gives a method or accessor to the class.
    #[expect(clippy::too_many_arguments, reason = "they are what an element is")]
    fn define_element(
        &mut self,
        home: Reg,
        ctor: Reg,
        k: Reg,
        v: Reg,
        kind: u32,
        is_private: bool,
        is_static: bool,
    ) {
        if is_private {
            self.op(Op::SetHome, v, home, 0);
            let prefix = match kind {
                GETTER => 1,
                SETTER => 2,
                _ => 0,
            };
            self.emit(Op::SetName, [v, k, 0], &[prefix]);
            if is_static {
                self.emit(Op::DefPrivate, [ctor, k, v], &[kind]);
            } else {
                self.emit(Op::AddPrivateMethod, [ctor, k, v], &[kind]);
            }
        } else {
            let flags = 8 | match kind {
                GETTER => 2,
                SETTER => 4,
                _ => 0,
            };
            self.emit(Op::DefMethod, [home, k, v], &[flags]);
        }
    }

    /// The binding of `export default expr`, if the program has one.
    pub(crate) fn default_atom(&self) -> Option<Atom> {
        let scope = self.scope(self.program.body.scope);
        let default = Text::from_utf8("*default*");
        scope.bindings.iter().map(|b| b.name).find(|n| *self.text(*n) == default)
    }
}

/// The expression that an initialiser is.
fn returned<'a>(init: &'a Function<'a>) -> Option<&'a Expr<'a>> {
    match init.body {
        [Stmt { kind: StmtKind::Return(Some(e)), .. }] => Some(e),
        _ => None,
    }
}

/// How instances get a field whose value takes no code.
fn field_without_code(e: &Expr<'_>) -> Option<u32> {
    match &e.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => Some(FIELD_VALUE),
        ExprKind::Array([]) => Some(FIELD_NEW_ARRAY),
        ExprKind::Object([]) => Some(FIELD_NEW_OBJECT),
        _ if constant(e).is_some() => Some(FIELD_VALUE),
        _ => None,
    }
}

const fn default_constructor(kind: FunctionKind) -> Function<'static> {
    Function {
        name: None,
        kind,
        is_generator: false,
        is_async: false,
        strict: true,
        params: &[],
        rest: None,
        simple_params: true,
        has_param_exprs: false,
        length: 0,
        // Any scope without bindings would do: see `Compiler::enter_scope` for this number.
        scope: ScopeId(u32::MAX),
        body_scope: None,
        name_scope: None,
        body: &[],
        hoisted: &[],
        uses_arguments: false,
        uses_this: true,
        this_captured: false,
        has_eval: false,
        span: Span { start: 0, end: 0 },
        lazy: None,
    }
}

static DEFAULT_BASE: Function<'static> = default_constructor(FunctionKind::ClassConstructor);
static DEFAULT_DERIVED: Function<'static> = default_constructor(FunctionKind::DerivedConstructor);
