//! Lazy functions: the code that stands for one until it is called, and compiling it then.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::bytecode::code::{Code, FreePlace, LazyCode};
use crate::syntax::LazyFunction;
use crate::syntax::ast::{Function, Lazy, Program};
use crate::syntax::atoms::Text;

use super::emitter::Func;
use super::scope::Place;
use super::{CompileError, Compiler, Options};

/// Compiles a lazy function, which is its program's body.
///
/// # Errors
/// If a limit is passed.
pub(crate) fn compile_lazy(
    program: &Program<'_>,
    code: &Code,
    lazy: &LazyCode,
    options: &Options,
) -> Result<Arc<Code>, CompileError> {
    // A name that it does not have at all is nowhere in its tree.
    let known = |(name, place): &(Text, FreePlace)| Some((program.atoms.get(name)?, *place));
    let free = lazy.free.iter().filter_map(known).collect();
    let source = code.source.clone();
    let mut compiler = Compiler {
        program,
        source,
        options,
        free,
        lone: true,
        imports: HashMap::new(),
        funcs: Vec::new(),
        guard: 0,
    };
    compiler.function(program.body, code.name.clone(), None)
}

impl<'a> Compiler<'a> {
    /// What stands for a function until it is called: where it is in the source, and where its free names are.
    pub(super) fn lazy_function(&mut self, f: &'a Function<'a>, lazy: &'a Lazy<'a>, name: Text) -> Arc<Code> {
        // The names are looked up as the function itself would do it.
        self.funcs.push(Func::new(f, name.clone(), false));
        let mut free = Vec::new();
        for &atom in lazy.free {
            let place = match self.resolve(atom) {
                Place::Outer(hops, slot, s) => FreePlace::Outer(hops, slot, s.kind),
                Place::Import(i) => FreePlace::Import(i),
                Place::Dynamic(_) => FreePlace::Dynamic,
                Place::Global => continue,
                Place::Reg(..) | Place::Env(..) => unreachable!("the function has no scopes yet"),
            };
            free.push((self.text(atom).clone(), place));
        }
        self.funcs.pop();
        let function = LazyFunction {
            span: f.span,
            kind: f.kind,
            is_async: f.is_async,
            is_generator: f.is_generator,
            params_start: lazy.params_start,
            outer_strict: lazy.outer_strict,
            in_module: self.program.is_module,
            own_name: f.name.filter(|_| lazy.binds_name).map(|name| self.text(name).clone()),
        };
        let free = free.into();
        let code = OnceLock::new();
        Arc::new(Code {
            span: f.span,
            length: f.length,
            kind: f.kind,
            strict: f.strict,
            is_generator: f.is_generator,
            is_async: f.is_async,
            simple_params: f.simple_params,
            self_hosted: self.options.self_hosted,
            lazy: Some(Box::new(LazyCode { function, free, innermost: self.options.innermost, code })),
            ..Code::empty(self.source.clone(), name)
        })
    }
}
