//! The syntax tree: what the parser builds in its arena and the compiler walks.
//!
//! Nodes are `Copy` or hold arena slices, so that a tree of any depth is freed without recursion.
//! Names are [`Atom`]s of the parse's [`AtomTable`]; scopes are entries of [`Program::scopes`], in
//! which every declaration stands with the answer to the one question the compiler asks: is it
//! captured by an inner function (or by `eval`/`with`), and must so live in an environment record?
#![forbid(unsafe_code)]

use super::atoms::{Atom, AtomTable};
pub use super::bindings::{Binding, BindingKind, Scope, ScopeId, ScopeKind};
pub use super::module_info::{
    ImportEntry, ImportName, IndirectExport, LocalExport, ModuleInfo, ModuleRequest,
};

/// A range of the source, in units of the source text (bytes of Latin-1 or UTF-16 code units).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first unit.
    pub start: u32,
    /// One past the last unit.
    pub end: u32,
}

/// A whole script, module or eval body.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// The program as a function without parameters; its `scope` is the outermost of `scopes`.
    pub body: &'a Function<'a>,
    /// All scopes, parents before children. Some may be left over (kind `Block`, no bindings) that
    /// no node and no scope refers to.
    pub scopes: &'a [Scope<'a>],
    /// The names.
    pub atoms: &'a AtomTable,
    /// Module or script.
    pub is_module: bool,
    /// The module's requests, imports and exports (empty for scripts).
    pub module: Option<&'a ModuleInfo<'a>>,
    /// A module with top-level `await`.
    pub has_top_level_await: bool,
}

/// A property name as written.
#[derive(Clone, Copy, Debug)]
pub enum PropName<'a> {
    /// Identifier or string: `a`, `'a b'`. Canonical array indices written as strings stay strings.
    Name(Atom),
    /// A numeric literal (BigInt literals are converted to their decimal string as `Name`).
    Number(f64),
    /// `[expr]`
    Computed(&'a Expr<'a>),
    /// `#name` (classes only); the atom is with its `#`.
    Private(Atom),
}

/// An expression.
#[derive(Clone, Copy, Debug)]
pub struct Expr<'a> {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind<'a>,
}

/// The kinds of expressions.
#[derive(Clone, Copy, Debug)]
pub enum ExprKind<'a> {
    /// `null`
    Null,
    /// `true` / `false`
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    String(Atom),
    /// A BigInt literal: its decimal digits.
    BigInt(Atom),
    /// `/pattern/flags`, already checked by the pattern parser.
    RegExp {
        /// Pattern source text.
        pattern: Atom,
        /// Flags.
        flags: Atom,
    },
    /// An untagged template: `quasis.len() == exprs.len() + 1`.
    Template {
        /// Literal parts.
        quasis: &'a [Quasi],
        /// Substitutions.
        exprs: &'a [Expr<'a>],
    },
    /// A tagged template.
    TaggedTemplate {
        /// The tag.
        tag: &'a Expr<'a>,
        /// Literal parts.
        quasis: &'a [Quasi],
        /// Substitutions.
        exprs: &'a [Expr<'a>],
    },
    /// A reference to a name.
    Ident(Atom),
    /// `this`
    This,
    /// `new.target`
    NewTarget,
    /// `import.meta`
    ImportMeta,
    /// `[a, , ...b]`
    Array(&'a [ArrayElement<'a>]),
    /// `{a: 1, b, c() {}, ...d}`
    Object(&'a [Property<'a>]),
    /// A function or arrow expression.
    Function(&'a Function<'a>),
    /// A class expression.
    Class(&'a Class<'a>),
    /// A unary operator.
    Unary(UnaryOp, &'a Expr<'a>),
    /// `++x`, `x--` and so on. The operand is `Ident`, `Member`, `Index`, `Private`, `SuperMember`
    /// or `SuperIndex` (or a `Call` in sloppy code: a ReferenceError at run time).
    Update {
        /// `++` (else `--`).
        increment: bool,
        /// Before the operand.
        prefix: bool,
        /// What is changed.
        target: &'a Expr<'a>,
    },
    /// A binary operator that evaluates both operands.
    Binary(BinaryOp, &'a Expr<'a>, &'a Expr<'a>),
    /// `&&`, `||`, `??`
    Logical(LogicalOp, &'a Expr<'a>, &'a Expr<'a>),
    /// `#name in expr`; the atom is with its `#`.
    PrivateIn(Atom, &'a Expr<'a>),
    /// `target = value`, `target += value`, `target &&= value`
    Assign {
        /// The operator.
        op: AssignOp,
        /// What is assigned to (a nested pattern only for plain `=`).
        target: Target<'a>,
        /// The value.
        value: &'a Expr<'a>,
    },
    /// `test ? yes : no`
    Conditional(&'a Expr<'a>, &'a Expr<'a>, &'a Expr<'a>),
    /// `a, b, c`
    Sequence(&'a [Expr<'a>]),
    /// `object.name`
    Member {
        /// The object.
        object: &'a Expr<'a>,
        /// The name.
        name: Atom,
        /// Written `?.`
        optional: bool,
    },
    /// `object[index]`
    Index {
        /// The object.
        object: &'a Expr<'a>,
        /// The key.
        index: &'a Expr<'a>,
        /// Written `?.`
        optional: bool,
    },
    /// `object.#name`
    Private {
        /// The object.
        object: &'a Expr<'a>,
        /// The name with its `#`.
        name: Atom,
        /// Written `?.`
        optional: bool,
    },
    /// `super.name`
    SuperMember(Atom),
    /// `super[index]`
    SuperIndex(&'a Expr<'a>),
    /// `callee(args)`
    Call {
        /// What is called. `Member`, `Index`, `Private` and `super` properties give `this`.
        callee: &'a Expr<'a>,
        /// The arguments.
        args: &'a [Arg<'a>],
        /// Written `?.(`
        optional: bool,
        /// The callee is the plain name `eval` and the call may so be a direct eval.
        direct_eval: bool,
    },
    /// `new callee(args)`
    New {
        /// The constructor.
        callee: &'a Expr<'a>,
        /// The arguments.
        args: &'a [Arg<'a>],
    },
    /// `super(args)`
    SuperCall(&'a [Arg<'a>]),
    /// The whole of a chain with `?.` in it: short-circuits to `undefined` as a whole.
    OptionalChain(&'a Expr<'a>),
    /// `import(specifier, options)`, `import.defer(…)`, `import.source(…)`
    ImportCall {
        /// The specifier.
        specifier: &'a Expr<'a>,
        /// The second argument.
        options: Option<&'a Expr<'a>>,
        /// Phase.
        phase: ImportPhase,
    },
    /// `yield arg`
    Yield(Option<&'a Expr<'a>>),
    /// `yield* arg`
    YieldStar(&'a Expr<'a>),
    /// `await arg`
    Await(&'a Expr<'a>),
    /// A parenthesised expression; kept since `(a, b)`, `(a) = 1`, `delete (x)` and the naming of
    /// anonymous functions differ. `(f)()` keeps `this` like `f()`.
    Paren(&'a Expr<'a>),
}

/// Import phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportPhase {
    /// The usual.
    Evaluation,
    /// `import defer`
    Defer,
    /// `import source`
    Source,
}

/// A literal part of a template.
#[derive(Clone, Copy, Debug)]
pub struct Quasi {
    /// The cooked string; `None` if it has an invalid escape (tagged templates only).
    pub cooked: Option<Atom>,
    /// The raw string.
    pub raw: Atom,
}

/// An element of an array literal.
#[derive(Clone, Copy, Debug)]
pub enum ArrayElement<'a> {
    /// Nothing between two commas.
    Hole,
    /// A value.
    Expr(&'a Expr<'a>),
    /// `...iterable`
    Spread(&'a Expr<'a>),
}

/// An argument of a call.
#[derive(Clone, Copy, Debug)]
pub enum Arg<'a> {
    /// A value.
    Expr(&'a Expr<'a>),
    /// `...iterable`
    Spread(&'a Expr<'a>),
}

/// A property of an object literal.
#[derive(Clone, Copy, Debug)]
pub enum Property<'a> {
    /// `key: value` (shorthand `a` too).
    Value {
        /// The key.
        key: PropName<'a>,
        /// The value.
        value: &'a Expr<'a>,
        /// Written `a`, without a colon.
        shorthand: bool,
    },
    /// `key(…) {…}`; the function's kind says generator or async.
    Method(PropName<'a>, &'a Function<'a>),
    /// `get key() {…}`
    Getter(PropName<'a>, &'a Function<'a>),
    /// `set key(v) {…}`
    Setter(PropName<'a>, &'a Function<'a>),
    /// `__proto__: value` (not shorthand, not computed): sets the prototype.
    Proto(&'a Expr<'a>),
    /// `...source`
    Spread(&'a Expr<'a>),
}

/// What is assigned to, or bound.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// A name; in a declaration the name of the declared binding.
    Name(Atom, Span),
    /// A property reference (`Member`, `Index`, `Private`, `SuperMember`, `SuperIndex`), in sloppy
    /// code a call (a ReferenceError at run time), or a name that stood in parentheses (`Ident`
    /// without them): anonymous functions are not named after it.
    Expr(&'a Expr<'a>),
    /// `{a, b: c = 1, ...rest}`
    Object(&'a ObjectPattern<'a>),
    /// `[a, , b = 1, ...rest]`
    Array(&'a ArrayPattern<'a>),
}

/// An object pattern.
#[derive(Clone, Copy, Debug)]
pub struct ObjectPattern<'a> {
    /// The properties.
    pub props: &'a [(PropName<'a>, PatternElement<'a>)],
    /// `...rest`
    pub rest: Option<Target<'a>>,
    /// Where it stands.
    pub span: Span,
}

/// An array pattern.
#[derive(Clone, Copy, Debug)]
pub struct ArrayPattern<'a> {
    /// The elements; `None` is a hole.
    pub elements: &'a [Option<PatternElement<'a>>],
    /// `...rest`
    pub rest: Option<Target<'a>>,
    /// Where it stands.
    pub span: Span,
}

/// A target with its default.
#[derive(Clone, Copy, Debug)]
pub struct PatternElement<'a> {
    /// What is bound.
    pub target: Target<'a>,
    /// `= default`
    pub default: Option<&'a Expr<'a>>,
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `+`
    Plus,
    /// `!`
    Not,
    /// `~`
    BitNot,
    /// `typeof`
    Typeof,
    /// `void`
    Void,
    /// `delete`
    Delete,
}

/// Binary operators that evaluate both operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Exp,
    Shl,
    Shr,
    UShr,
    BitAnd,
    BitOr,
    BitXor,
    Eq,
    Ne,
    StrictEq,
    StrictNe,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    Instanceof,
}

/// Short-circuiting operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LogicalOp {
    And,
    Or,
    Coalesce,
}

/// Assignment operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignOp {
    /// `=`
    Assign,
    /// `+=` and so on.
    Binary(BinaryOp),
    /// `&&=`, `||=`, `??=`
    Logical(LogicalOp),
}

/// What sort of function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// The program itself.
    Program,
    /// A function declaration or expression: has a `prototype`, is a constructor.
    Normal,
    /// An arrow: no own `this`, `arguments`, `super`, `new.target`.
    Arrow,
    /// A method, has a home object.
    Method,
    /// A getter.
    Getter,
    /// A setter.
    Setter,
    /// A base class's constructor.
    ClassConstructor,
    /// A derived class's constructor.
    DerivedConstructor,
    /// A field initialiser or static block run as a method (`this` is the instance or class).
    /// Its body is one `Return(expr)` for a field's initialiser.
    ClassInit,
}

/// A function of any sort.
#[derive(Clone, Copy, Debug)]
pub struct Function<'a> {
    /// The declared name; `None` for anonymous ones (naming by position is the compiler's). The
    /// function of `export default function () {}` is declared as `*default*`, and so named here;
    /// its `name` property is `default`.
    pub name: Option<Atom>,
    /// What sort.
    pub kind: FunctionKind,
    /// `function*`
    pub is_generator: bool,
    /// `async`
    pub is_async: bool,
    /// Strict code.
    pub strict: bool,
    /// The parameters without the rest.
    pub params: &'a [PatternElement<'a>],
    /// The rest parameter.
    pub rest: Option<Target<'a>>,
    /// All parameters are plain names without defaults and there is no rest.
    pub simple_params: bool,
    /// Some parameter has an expression (default or computed key): then `body_scope` is `Some`.
    pub has_param_exprs: bool,
    /// The `length` property: parameters before the first default or rest.
    pub length: u32,
    /// The parameter scope.
    pub scope: ScopeId,
    /// The separate body scope (kind `FunctionBody`), if there are parameter expressions.
    pub body_scope: Option<ScopeId>,
    /// The scope that holds the own name of a named function expression.
    pub name_scope: Option<ScopeId>,
    /// The statements. An arrow with an expression body has one `Return`.
    pub body: &'a [Stmt<'a>],
    /// Function declarations at the top level of the body, in order; the last of a name wins.
    pub hoisted: &'a [&'a Function<'a>],
    /// Mentions `arguments` (or an arrow or eval inside may).
    pub uses_arguments: bool,
    /// Mentions `this`, `super` or `new.target`, itself or in an arrow or eval inside.
    pub uses_this: bool,
    /// An arrow or eval inside it mentions `this`/`super`/`new.target`/`arguments`: this
    /// function's `this` (and so on) must be reachable through an environment record.
    pub this_captured: bool,
    /// Contains a direct eval in its own code or in arrows inside it.
    pub has_eval: bool,
    /// Source text range, for `toString`.
    pub span: Span,
    /// Of a function that was read for its errors and its free names only: it has no tree (no parameters, no body,
    /// no scopes).
    pub lazy: Option<&'a Lazy<'a>>,
}

/// What stands for the tree of a function that is read again when it is first called.
#[derive(Clone, Copy, Debug)]
pub struct Lazy<'a> {
    /// The names it uses and does not declare, each once.
    pub free: &'a [Atom],
    /// Where its parameters begin.
    pub params_start: u32,
    /// The code around it is strict.
    pub outer_strict: bool,
    /// It is a function expression that binds its own name.
    pub binds_name: bool,
}

/// A class.
#[derive(Clone, Copy, Debug)]
pub struct Class<'a> {
    /// The declared name; `*default*` for the nameless class of an `export default`, which has no
    /// inner name.
    pub name: Option<Atom>,
    /// The decorators before `class`; they stand in the code around, not in the class's scope.
    pub decorators: &'a [Expr<'a>],
    /// `extends`
    pub heritage: Option<&'a Expr<'a>>,
    /// The constructor, if written.
    pub constructor: Option<&'a Function<'a>>,
    /// The other elements in order.
    pub elements: &'a [ClassElement<'a>],
    /// The class scope: the inner name (kind `Class`) and the private names (kind `Const`, with
    /// their `#`). Private names in the heritage are those of the classes around, not this one's.
    pub scope: ScopeId,
    /// The declared private names with their `#`, each once.
    pub private_names: &'a [Atom],
    /// Source text range.
    pub span: Span,
}

/// An element of a class body.
#[derive(Clone, Copy, Debug)]
pub struct ClassElement<'a> {
    /// The decorators before it.
    pub decorators: &'a [Expr<'a>],
    /// `static`
    pub is_static: bool,
    /// What it is.
    pub kind: ClassElementKind<'a>,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of class elements.
#[derive(Clone, Copy, Debug)]
pub enum ClassElementKind<'a> {
    /// A method.
    Method(PropName<'a>, &'a Function<'a>),
    /// A getter.
    Getter(PropName<'a>, &'a Function<'a>),
    /// A setter.
    Setter(PropName<'a>, &'a Function<'a>),
    /// A field; the initialiser is a function of kind `ClassInit`.
    Field(PropName<'a>, Option<&'a Function<'a>>),
    /// `accessor name = init`
    Accessor(PropName<'a>, Option<&'a Function<'a>>),
    /// `static { … }` as a function of kind `ClassInit`.
    StaticBlock(&'a Function<'a>),
}

/// A statement.
#[derive(Clone, Copy, Debug)]
pub struct Stmt<'a> {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: StmtKind<'a>,
}

/// The kinds of statements.
#[derive(Clone, Copy, Debug)]
pub enum StmtKind<'a> {
    /// `;`
    Empty,
    /// An expression.
    Expr(&'a Expr<'a>),
    /// `var`, `let`, `const`, `using`, `await using`
    Declare(DeclKind, &'a [Declarator<'a>]),
    /// A function declaration. At the top level of a function it was hoisted (nothing to do here).
    /// In a block it is bound at block entry ([`Block::functions`]); if `annex_b`, evaluating the
    /// statement also copies it to the `var` of the same name.
    Function {
        /// The function.
        function: &'a Function<'a>,
        /// Copy to the `var` (B.3.3).
        annex_b: bool,
    },
    /// A class declaration.
    Class(&'a Class<'a>),
    /// `return arg`
    Return(Option<&'a Expr<'a>>),
    /// `if`
    If(&'a Expr<'a>, &'a Stmt<'a>, Option<&'a Stmt<'a>>),
    /// `for (init; test; update) body`
    For {
        /// Scope of `let`/`const` in the head.
        scope: Option<ScopeId>,
        /// Initialiser.
        init: Option<ForInit<'a>>,
        /// Test.
        test: Option<&'a Expr<'a>>,
        /// Update.
        update: Option<&'a Expr<'a>>,
        /// Body.
        body: &'a Stmt<'a>,
    },
    /// `for (left in right) body`
    ForIn {
        /// Scope of `let`/`const` in the head.
        scope: Option<ScopeId>,
        /// Left side.
        left: ForHead<'a>,
        /// The object.
        right: &'a Expr<'a>,
        /// Body.
        body: &'a Stmt<'a>,
    },
    /// `for (left of right) body`
    ForOf {
        /// Scope of `let`/`const` in the head.
        scope: Option<ScopeId>,
        /// Left side.
        left: ForHead<'a>,
        /// The iterable.
        right: &'a Expr<'a>,
        /// Body.
        body: &'a Stmt<'a>,
        /// `for await`
        is_await: bool,
    },
    /// `while`
    While(&'a Expr<'a>, &'a Stmt<'a>),
    /// `do … while`
    DoWhile(&'a Stmt<'a>, &'a Expr<'a>),
    /// `break label`
    Break(Option<Atom>),
    /// `continue label`
    Continue(Option<Atom>),
    /// `throw`
    Throw(&'a Expr<'a>),
    /// `try`
    Try {
        /// The block.
        block: &'a Block<'a>,
        /// The handler.
        handler: Option<&'a CatchClause<'a>>,
        /// `finally`
        finalizer: Option<&'a Block<'a>>,
    },
    /// `switch`
    Switch {
        /// What is compared.
        discriminant: &'a Expr<'a>,
        /// Scope of the case block.
        scope: Option<ScopeId>,
        /// Function declarations of the case block, bound at its entry.
        functions: &'a [&'a Function<'a>],
        /// The clauses; `test` is `None` for `default`.
        cases: &'a [Case<'a>],
    },
    /// `label: body`
    Labelled(Atom, &'a Stmt<'a>),
    /// `{ … }`
    Block(&'a Block<'a>),
    /// `with (object) body`; `scope` is of kind `With`.
    With(&'a Expr<'a>, ScopeId, &'a Stmt<'a>),
    /// `debugger`
    Debugger,
    /// `export default expr` (declarations stand as themselves): initialises `*default*`.
    ExportDefault(&'a Expr<'a>),
}

/// A block with its scope, if it declares anything.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// The scope; `None` if nothing is declared.
    pub scope: Option<ScopeId>,
    /// Function declarations to be bound at entry, in order (the last of a name wins).
    pub functions: &'a [&'a Function<'a>],
    /// The statements.
    pub body: &'a [Stmt<'a>],
}

/// A catch clause.
#[derive(Clone, Copy, Debug)]
pub struct CatchClause<'a> {
    /// The parameter's scope (kind `Catch`), if there is a parameter.
    pub scope: Option<ScopeId>,
    /// The parameter.
    pub param: Option<Target<'a>>,
    /// The body.
    pub body: &'a Block<'a>,
}

/// A clause of `switch`.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// `None` for `default`.
    pub test: Option<&'a Expr<'a>>,
    /// The statements.
    pub body: &'a [Stmt<'a>],
}

/// The sorts of variable declarations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum DeclKind {
    Var,
    Let,
    Const,
    Using,
    AwaitUsing,
}

/// `target = init`
#[derive(Clone, Copy, Debug)]
pub struct Declarator<'a> {
    /// What is bound.
    pub target: Target<'a>,
    /// The initialiser.
    pub init: Option<&'a Expr<'a>>,
}

/// The first part of a `for (;;)` head.
#[derive(Clone, Copy, Debug)]
pub enum ForInit<'a> {
    /// A declaration.
    Declare(DeclKind, &'a [Declarator<'a>]),
    /// An expression.
    Expr(&'a Expr<'a>),
}

/// The left side of `for … in` and `for … of`.
#[derive(Clone, Copy, Debug)]
pub enum ForHead<'a> {
    /// A declaration of one target; `init` only for `for (var a = 1 in o)` (B.3.5).
    Declare(DeclKind, Target<'a>, Option<&'a Expr<'a>>),
    /// An assignment target.
    Target(Target<'a>),
}
