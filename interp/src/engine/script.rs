//! Compiled scripts, and the front end's door: source text to code, and what a text may take.
#![forbid(unsafe_code)]

use std::sync::Arc;

use bumpalo::Bump;

use crate::bytecode::code::{Code, LazyCode};
use crate::compiler::{self, CompileError};
use crate::error::{Error, ErrorKind, Location};
use crate::syntax::atoms::AtomTable;
use crate::syntax::{
    ErrorKind as SyntaxKind, Goal, ParseOptions, Source, SyntaxError, parse, parse_function,
};
use crate::vm::{JsResult, Vm, native_address};

/// A compiled script: immutable, shared by any number of engines and threads.
#[derive(Clone, Debug)]
pub struct Script {
    pub(crate) code: Arc<Code>,
}

/// How a script or module is compiled.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ScriptOptions {
    max_bytes: Option<usize>,
    lazy: Option<bool>,
}

impl ScriptOptions {
    /// The most bytes that the tree and the names of the source may take while it is compiled; a source that needs more is
    /// refused. By default there is no such limit. (Texts a script evaluates itself count for its engine's heap.)
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// Whether functions are compiled when they are first called, rather than with the script. Their errors are found with
    /// the script in any case. By default they are in scripts of more than 16 KiB.
    #[must_use]
    pub fn lazy(mut self, lazy: bool) -> Self {
        self.lazy = Some(lazy);
        self
    }

    /// How a source is parsed by these options.
    pub(crate) fn parse_options(&self, parse: ParseOptions, source: &Source) -> ParseOptions {
        ParseOptions {
            max_bytes: self.max_bytes.unwrap_or(usize::MAX),
            lazy: self.lazy.unwrap_or(source.text().len() > LAZY_FROM),
            ..parse
        }
    }
}

/// Units of a source above which its functions are lazy: below, compiling everything takes less than half a millisecond.
const LAZY_FROM: usize = 16 << 10;

impl Script {
    /// Compiles a script; `name` stands in errors and stacks.
    ///
    /// # Errors
    /// [`ErrorKind::Syntax`] with the place.
    pub fn compile(name: &str, source: &str) -> Result<Script, Error> {
        Script::compile_with(name, source, ScriptOptions::default())
    }

    /// As [`Script::compile`], with options.
    ///
    /// # Errors
    /// [`ErrorKind::Syntax`] with the place.
    pub fn compile_with(name: &str, source: &str, options: ScriptOptions) -> Result<Script, Error> {
        let source = Source::new(name, source);
        let parse = options.parse_options(ParseOptions::script(), &source);
        let code = compile_source(source, parse, compiler::Options::default())?;
        Ok(Script { code })
    }

    /// The bytecode as text; functions that are not compiled yet are.
    pub fn disassemble(&self) -> String {
        let mut work = vec![self.code.clone()];
        while let Some(code) = work.pop() {
            let code = match &code.lazy {
                // What goes beyond a limit has no instructions to show.
                Some(lazy) => match compile_lazy(&code, lazy, usize::MAX) {
                    Ok(code) => code,
                    Err(_) => continue,
                },
                None => code,
            };
            work.extend(code.children.iter().cloned());
        }
        crate::bytecode::disasm::disassemble(&self.code)
    }
}

/// Bytes of native stack the front end may use.
const COMPILE_STACK: usize = 768 << 10;

/// Parses and compiles.
pub(crate) fn compile_source(
    source: Source,
    parse_options: ParseOptions,
    mut options: compiler::Options,
) -> Result<Arc<Code>, Error> {
    let arena = Bump::new();
    let mut atoms = AtomTable::new();
    let parse_options = ParseOptions { regexp_check: crate::regexp::check, ..parse_options };
    options.stack_limit = native_address().saturating_sub(COMPILE_STACK);
    let program = match parse(&source, &parse_options, &arena, &mut atoms) {
        Ok(p) => p,
        Err(e) => return Err(syntax_error(&source, &e)),
    };
    let source = Arc::new(source);
    compiler::compile(&program, source.clone(), &options).map_err(|e| compile_error(&source, e))
}

#[cold]
fn syntax_error(source: &Source, e: &SyntaxError) -> Error {
    let (excerpt, _) = source.excerpt(e.span.start);
    let location = Location {
        source: source.name().to_string(),
        line: e.line,
        column: e.column,
        excerpt: Some(excerpt),
    };
    let prefix = if e.kind == SyntaxKind::Limit { "RangeError" } else { "SyntaxError" };
    Error::new(ErrorKind::Syntax, format!("{prefix}: {}", e.message)).at(Some(location))
}

#[cold]
fn compile_error(source: &Source, e: CompileError) -> Error {
    let (message, pos) = match e {
        CompileError::Failed { message, pos } => (message, pos),
        CompileError::NeedsFar => ("function is too complex".to_string(), 0),
    };
    let (line, column) = source.line_column(pos);
    let (excerpt, _) = source.excerpt(pos);
    let location = Location { source: source.name().to_string(), line, column, excerpt: Some(excerpt) };
    Error::new(ErrorKind::Syntax, format!("RangeError: {message}")).at(Some(location))
}

/// The code of a lazy function, compiled if it is not yet. Whatever thread did it, its code is the code.
///
/// # Errors
/// In the machine if there is no memory; else how compiling failed.
pub(crate) fn lazy_code(vm: &mut Vm<'_>, code: &Arc<Code>) -> JsResult<Result<Arc<Code>, Error>> {
    let Some(lazy) = &code.lazy else { return Ok(Ok(code.clone())) };
    if let Some(code) = lazy.code.get() {
        return Ok(Ok(code.clone()));
    }
    let budget = SourceBudget::new(vm, (code.span.end - code.span.start) as usize)?;
    Ok(compile_lazy(code, lazy, budget.max_bytes))
}

fn compile_lazy(code: &Arc<Code>, lazy: &LazyCode, max_bytes: usize) -> Result<Arc<Code>, Error> {
    if let Some(code) = lazy.code.get() {
        return Ok(code.clone());
    }
    let arena = Bump::new();
    let mut atoms = AtomTable::new();
    let parse_options = ParseOptions {
        max_bytes,
        regexp_check: crate::regexp::check,
        lazy: !lazy.innermost,
        ..ParseOptions::default()
    };
    let options = compiler::Options {
        self_hosted: code.self_hosted,
        innermost: true,
        stack_limit: native_address().saturating_sub(COMPILE_STACK),
        ..compiler::Options::default()
    };
    let program = parse_function(&code.source, &lazy.function, &parse_options, &arena, &mut atoms)
        .map_err(|e| syntax_error(&code.source, &e))?;
    let compiled =
        compiler::compile_lazy(&program, code, lazy, &options).map_err(|e| compile_error(&code.source, e))?;
    Ok(lazy.code.get_or_init(|| compiled).clone())
}

/// What compiling a text of a script may take, held against the engine's heap for as long as this lives.
pub(crate) struct SourceBudget {
    max_bytes: usize,
    _charge: Option<gc::ExternalBytes>,
}

impl SourceBudget {
    /// Texts shorter than this are compiled uncharged: their trees are small, and most evals are such.
    const SHORT: usize = 4096;
    /// Bytes for each unit of a text: about what the densest sources need, and what sources must have at least.
    const DENSE: usize = 128;
    const SPARSE: usize = 8;

    /// As much as the text may need, or what there is.
    ///
    /// # Errors
    /// If the heap has no room for even a sparse text.
    pub(crate) fn new(vm: &mut Vm<'_>, units: usize) -> JsResult<SourceBudget> {
        if units < SourceBudget::SHORT {
            return Ok(SourceBudget {
                max_bytes: SourceBudget::SHORT * 4 * SourceBudget::DENSE,
                _charge: None,
            });
        }
        let mut bytes = units.saturating_mul(SourceBudget::DENSE);
        loop {
            match vm.mc.external(bytes) {
                // A third is for the code that is made of the tree.
                Ok(charge) => return Ok(SourceBudget { max_bytes: bytes / 3 * 2, _charge: Some(charge) }),
                Err(_) if bytes / 2 >= units.saturating_mul(SourceBudget::SPARSE) => bytes /= 2,
                Err(e) => return Err(e.into()),
            }
        }
    }
}

/// `eval` of a text, direct or not.
pub(crate) fn eval_code(
    text: crate::syntax::atoms::Text,
    context: crate::syntax::EvalContext,
    direct: bool,
    budget: &SourceBudget,
) -> Result<Arc<Code>, Error> {
    let mut options = ParseOptions::script();
    options.max_bytes = budget.max_bytes;
    options.goal = Goal::Eval(context);
    let source = Source::from_text("<eval>", text);
    compile_source(
        source,
        options,
        compiler::Options { is_eval: true, direct, ..compiler::Options::default() },
    )
}

/// The code of a function made of texts (`new Function`): a program whose value is the function.
pub(crate) fn function_code(
    kind: crate::syntax::DynamicFunctionKind,
    params: crate::syntax::atoms::Text,
    body: crate::syntax::atoms::Text,
    budget: &SourceBudget,
) -> Result<Arc<Code>, Error> {
    let (source, goal) = Source::dynamic_function("<anonymous>", kind, &params, &body);
    let mut options = ParseOptions::script();
    options.max_bytes = budget.max_bytes;
    options.goal = goal;
    compile_source(source, options, compiler::Options { is_eval: true, ..compiler::Options::default() })
}
