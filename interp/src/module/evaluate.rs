//! Evaluation (16.2.1.6.1.3 Evaluate): the order modules run in, and what waits for top-level `await`.
//!
//! An [`Evaluation`] is the specification's recursion as data: whoever runs it asks for the next body,
//! runs that, and says how it ended. So graphs of any depth need no native stack, and a body run from
//! the job queue is run by the outermost loop, which can leave it for a collection. The job queue runs
//! one as a job that puts itself back at the front until it is done: nothing comes between.

use std::collections::VecDeque;

use gc::{Gc, Lock, RefLock, Trace};

use super::record::{AsyncOrder, ModuleGc, ModuleRecord, Status};
use crate::object::Object;
use crate::syntax::ast::ImportPhase;
use crate::value::Value;
use crate::vm::call::Entered;
use crate::vm::job::{Job, PromiseState, Reaction, promise_data};
use crate::vm::stack::ENTRY;
use crate::vm::{Args, JsResult, Vm};

/// Modules on their way.
#[derive(Debug, Trace)]
pub struct Evaluation<'gc> {
    /// The module that was asked for, unless this goes through the parents of one that is done.
    root: Option<ModuleGc<'gc>>,
    work: RefLock<Work<'gc>>,
    /// Whose body runs.
    running: Lock<Option<ModuleGc<'gc>>>,
}

#[derive(Debug, Default, Trace)]
struct Work<'gc> {
    /// InnerModuleEvaluation's callers: module, its list of dependencies, the next of them.
    walk: Vec<Step<'gc>>,
    /// The strongly connected components being built.
    stack: Vec<ModuleGc<'gc>>,
    #[trace(skip)]
    index: u32,
    /// The parents to be run by AsyncModuleExecutionFulfilled, in order.
    ready: VecDeque<ModuleGc<'gc>>,
}

#[derive(Debug, Trace)]
struct Step<'gc> {
    module: ModuleGc<'gc>,
    list: Vec<ModuleGc<'gc>>,
    #[trace(skip)]
    next: usize,
}

/// An evaluation's cell.
pub(crate) type EvaluationGc<'gc> = Gc<'gc, Evaluation<'gc>>;

impl<'gc> Vm<'gc> {
    /// Evaluate ( ): the promise, and what is to be run for it.
    ///
    /// # Errors
    /// If memory is full.
    pub(crate) fn evaluate_module(
        &mut self,
        module: ModuleGc<'gc>,
    ) -> JsResult<(Object<'gc>, Option<EvaluationGc<'gc>>)> {
        let mut module = module;
        if !module.is_cyclic() {
            let promise = self.new_promise()?;
            self.resolve_promise(promise, Value::undefined())?;
            return Ok((promise, None));
        }
        if matches!(module.status.get(), Status::EvaluatingAsync | Status::Evaluated)
            && let Some(root) = module.cycle_root.get()
        {
            module = root;
        }
        if let Some(promise) = module.top_level.get() {
            return Ok((promise, None));
        }
        let promise = self.new_promise()?;
        module.set(self.mc, |m| &m.top_level, Some(promise));
        if let (Status::Evaluated, Some(error)) = (module.status.get(), module.error.get()) {
            self.reject_promise(promise, error)?;
            return Ok((promise, None));
        }
        let evaluation = self.new_evaluation(Some(module), VecDeque::new());
        self.enter_module(evaluation, module)?;
        Ok((promise, Some(evaluation)))
    }

    fn new_evaluation(
        &mut self,
        root: Option<ModuleGc<'gc>>,
        ready: VecDeque<ModuleGc<'gc>>,
    ) -> EvaluationGc<'gc> {
        self.mc.alloc(Evaluation {
            root,
            work: RefLock::new(Work { ready, ..Work::default() }),
            running: Lock::new(None),
        })
    }

    /// Puts an evaluation before all other jobs.
    pub(crate) fn evaluate_next(&mut self, evaluation: EvaluationGc<'gc>) {
        self.st.jobs.push_front(Job::Evaluate(evaluation));
    }

    /// The first steps of InnerModuleEvaluation. True if the module is walked now.
    fn enter_module(&mut self, evaluation: EvaluationGc<'gc>, module: ModuleGc<'gc>) -> JsResult<bool> {
        self.charge(1)?;
        match module.status.get() {
            _ if !module.is_cyclic() => return Ok(false),
            Status::EvaluatingAsync | Status::Evaluated => {
                return match module.error.get() {
                    Some(error) => Err(self.throw(error)),
                    None => Ok(false),
                };
            }
            Status::Linked => {}
            _ => return Ok(false),
        }
        module.status.set(Status::Evaluating);
        module.pending.set(0);
        let mut list: Vec<ModuleGc<'gc>> = Vec::new();
        let code = module.as_ref().code().expect("it is cyclic");
        let mut known = std::collections::HashSet::new();
        let mut add = |list: &mut Vec<ModuleGc<'gc>>, m: ModuleGc<'gc>| {
            if known.insert(m.as_ptr().addr()) {
                list.push(m);
            }
        };
        for (i, request) in code.requests.iter().enumerate() {
            match request.phase {
                ImportPhase::Evaluation => add(&mut list, module.requested(i as u32)),
                ImportPhase::Defer => {
                    for m in self.asynchronous_dependencies(module.requested(i as u32))? {
                        add(&mut list, m);
                    }
                }
                ImportPhase::Source => {}
            }
        }
        let mut work = Gc::write(self.mc, evaluation).project(|e| &e.work).borrow_mut();
        module.index.set(work.index);
        module.ancestor.set(work.index);
        work.index += 1;
        work.stack.push(module);
        work.walk.push(Step { module, list, next: 0 });
        Ok(true)
    }

    /// GatherAsynchronousTransitiveDependencies.
    pub(crate) fn asynchronous_dependencies(
        &mut self,
        module: ModuleGc<'gc>,
    ) -> JsResult<Vec<ModuleGc<'gc>>> {
        let (mut found, mut seen) = (Vec::new(), std::collections::HashSet::new());
        let mut waiting = vec![module];
        while let Some(m) = waiting.pop() {
            self.charge(1)?;
            if !seen.insert(m.as_ptr().addr())
                || m.status.get() == Status::Evaluating
                || m.is_component_evaluated()
            {
                continue;
            }
            let Some(code) = m.as_ref().code() else { continue };
            if code.is_async {
                found.push(m);
                continue;
            }
            for i in (0..code.requests.len()).rev() {
                if code.requests[i].phase != ImportPhase::Source {
                    waiting.push(m.requested(i as u32));
                }
            }
        }
        Ok(found)
    }

    /// Goes on until a body is to be run (its frame was put on), or the evaluation is done (a value).
    pub(crate) fn evaluation_step(&mut self, evaluation: EvaluationGc<'gc>) -> JsResult<Entered<'gc>> {
        match self.evaluation_next(evaluation) {
            Ok(Some(module)) => {
                evaluation.set(self.mc, |e| &e.running, Some(module));
                let rt = module.body.expect("only code has a body");
                let undefined = Value::undefined();
                self.enter_program(rt, undefined, undefined, undefined, Some(module.env), ENTRY, 0)?;
                Ok(Entered::Frame)
            }
            Ok(None) => Ok(Entered::Value(Value::undefined())),
            Err(t) => Err(t),
        }
    }

    /// A body ended, or a step failed. True if there is more to do.
    ///
    /// # Errors
    /// Terminations.
    pub(crate) fn evaluation_ended(
        &mut self,
        evaluation: EvaluationGc<'gc>,
        result: JsResult<Value<'gc>>,
    ) -> JsResult<bool> {
        if self.is_terminating() {
            self.evaluation_terminated(evaluation);
            return Err(crate::vm::Throw::pending());
        }
        let running = evaluation.running.get();
        evaluation.set(self.mc, |e| &e.running, None);
        let Some(module) = running else {
            return match result {
                Ok(_) => Ok(false),
                Err(_) => {
                    let error = self.take_thrown();
                    self.evaluation_failed(evaluation, error)?;
                    Ok(evaluation.root.is_none())
                }
            };
        };
        match result {
            Ok(promise) if module.has_tla() => {
                let m = Value::cell(module.erase());
                let fulfilled = Value::object(self.native(body_fulfilled, 1, &[m])?);
                let rejected = Value::object(self.native(body_rejected, 1, &[m])?);
                if let Some(promise) = promise.as_object() {
                    self.perform_then(promise, Reaction::Then { fulfilled, rejected, capability: None })?;
                }
            }
            Ok(_) if evaluation.root.is_none() => {
                // Step 12.c.iv of AsyncModuleExecutionFulfilled.
                module.order.set(AsyncOrder::Done);
                module.status.set(Status::Evaluated);
                if let Some(promise) = module.top_level.get() {
                    self.resolve_promise(promise, Value::undefined())?;
                }
            }
            Ok(_) => {}
            Err(_) => {
                let error = self.take_thrown();
                if evaluation.root.is_none() {
                    self.async_rejected(module, error)?;
                    return Ok(true);
                }
                self.evaluation_failed(evaluation, error)?;
                return Ok(false);
            }
        }
        if evaluation.root.is_some() {
            self.close_component(evaluation, module)?;
        }
        Ok(true)
    }

    /// A limit ended a body: what was on its way can never be complete, so the realm forgets it.
    fn evaluation_terminated(&mut self, evaluation: EvaluationGc<'gc>) {
        let work = std::mem::take(&mut *Gc::write(self.mc, evaluation).project(|e| &e.work).borrow_mut());
        for m in work.stack.iter().chain(&evaluation.running.get()) {
            m.status.set(Status::Evaluated);
            m.set(self.mc, |m| &m.error, Some(Value::undefined()));
            let mut known = Gc::write(self.mc, m.realm).project(|r| &r.modules).borrow_mut();
            known.retain(|_, r| !r.ptr_eq(*m));
        }
    }

    /// The end of InnerModuleEvaluation: a component is complete.
    fn close_component(&mut self, evaluation: EvaluationGc<'gc>, module: ModuleGc<'gc>) -> JsResult<()> {
        let mut work = Gc::write(self.mc, evaluation).project(|e| &e.work).borrow_mut();
        work.walk.pop();
        if module.ancestor.get() == module.index.get() {
            while let Some(m) = work.stack.pop() {
                m.status.set(match m.order.get() {
                    AsyncOrder::Unset => Status::Evaluated,
                    _ => Status::EvaluatingAsync,
                });
                m.set(self.mc, |m| &m.cycle_root, Some(module));
                if m.ptr_eq(module) {
                    break;
                }
            }
        }
        drop(work);
        self.returned_to(evaluation, module)
    }

    /// What InnerModuleEvaluation does when it comes back from a dependency.
    fn returned_to(&mut self, evaluation: EvaluationGc<'gc>, required: ModuleGc<'gc>) -> JsResult<()> {
        let parent = evaluation.work.borrow().walk.last().map(|s| s.module);
        let Some(parent) = parent else { return Ok(()) };
        if !required.is_cyclic() {
            return Ok(());
        }
        let mut required = required;
        if required.status.get() == Status::Evaluating {
            parent.ancestor.set(parent.ancestor.get().min(required.ancestor.get()));
        } else {
            required = required.cycle_root.get().unwrap_or(required);
            if let Some(error) = required.error.get() {
                return Err(self.throw(error));
            }
        }
        if matches!(required.order.get(), AsyncOrder::At(_)) {
            parent.pending.set(parent.pending.get() + 1);
            Gc::write(self.mc, required).project(|m| &m.async_parents).borrow_mut().push(parent);
        }
        Ok(())
    }

    /// The next body to be run.
    fn evaluation_next(&mut self, evaluation: EvaluationGc<'gc>) -> JsResult<Option<ModuleGc<'gc>>> {
        if evaluation.root.is_none() {
            return self.next_parent(evaluation);
        }
        loop {
            let (module, dependency) = {
                let mut work = Gc::write(self.mc, evaluation).project(|e| &e.work).borrow_mut();
                match work.walk.last_mut() {
                    None => break,
                    Some(step) => {
                        let dependency = step.list.get(step.next).copied();
                        step.next += 1;
                        (step.module, dependency)
                    }
                }
            };
            if let Some(required) = dependency {
                if !self.enter_module(evaluation, required)? {
                    self.returned_to(evaluation, required)?;
                }
                continue;
            }
            if module.pending.get() > 0 || module.has_tla() {
                self.st.module_order += 1;
                module.order.set(AsyncOrder::At(self.st.module_order));
                if module.pending.get() > 0 {
                    self.close_component(evaluation, module)?;
                    continue;
                }
            }
            return Ok(Some(module));
        }
        let root = evaluation.root.expect("checked above");
        if let (AsyncOrder::Unset, Some(promise)) = (root.order.get(), root.top_level.get()) {
            self.resolve_promise(promise, Value::undefined())?;
        }
        Ok(None)
    }

    /// Step 9 of Evaluate.
    fn evaluation_failed(&mut self, evaluation: EvaluationGc<'gc>, error: Value<'gc>) -> JsResult<()> {
        let Some(root) = evaluation.root else { return Ok(()) };
        let work = std::mem::take(&mut *Gc::write(self.mc, evaluation).project(|e| &e.work).borrow_mut());
        for m in work.stack {
            m.status.set(Status::Evaluated);
            m.set(self.mc, |m| &m.error, Some(error));
        }
        if let Some(promise) = root.top_level.get() {
            self.reject_promise(promise, error)?;
        }
        Ok(())
    }

    /// Of the list of AsyncModuleExecutionFulfilled, the next one that is to be run.
    fn next_parent(&mut self, evaluation: EvaluationGc<'gc>) -> JsResult<Option<ModuleGc<'gc>>> {
        loop {
            let next = Gc::write(self.mc, evaluation).project(|e| &e.work).borrow_mut().ready.pop_front();
            match next {
                Some(m) if m.status.get() == Status::Evaluated => {}
                next => return Ok(next),
            }
        }
    }

    /// AsyncModuleExecutionFulfilled (16.2.1.6.1.3.4): gives the parents that can run now.
    fn async_fulfilled(&mut self, module: ModuleGc<'gc>) -> JsResult<()> {
        if module.status.get() == Status::Evaluated {
            return Ok(());
        }
        module.order.set(AsyncOrder::Done);
        module.status.set(Status::Evaluated);
        if let Some(promise) = module.top_level.get() {
            self.resolve_promise(promise, Value::undefined())?;
        }
        let mut list = self.available_ancestors(module)?;
        list.sort_by_key(|m| match m.order.get() {
            AsyncOrder::At(n) => n,
            _ => 0,
        });
        if !list.is_empty() {
            let evaluation = self.new_evaluation(None, list.into());
            self.evaluate_next(evaluation);
        }
        Ok(())
    }

    /// GatherAvailableAncestors (16.2.1.6.1.3.3).
    fn available_ancestors(&mut self, module: ModuleGc<'gc>) -> JsResult<Vec<ModuleGc<'gc>>> {
        let (mut list, mut waiting) = (Vec::new(), vec![module]);
        let mut known = std::collections::HashSet::new();
        while let Some(m) = waiting.pop() {
            for &parent in m.async_parents.borrow().iter() {
                self.charge(1)?;
                let root_failed = parent.cycle_root.get().is_some_and(|r| r.error.get().is_some());
                if known.contains(&parent.as_ptr().addr()) || root_failed {
                    continue;
                }
                parent.pending.set(parent.pending.get().saturating_sub(1));
                if parent.pending.get() == 0 {
                    known.insert(parent.as_ptr().addr());
                    list.push(parent);
                    if !parent.has_tla() {
                        waiting.push(parent);
                    }
                }
            }
        }
        Ok(list)
    }

    /// AsyncModuleExecutionRejected (16.2.1.6.1.3.5).
    fn async_rejected(&mut self, module: ModuleGc<'gc>, error: Value<'gc>) -> JsResult<()> {
        let mut waiting = vec![module];
        while let Some(m) = waiting.pop() {
            self.charge(1)?;
            if m.status.get() == Status::Evaluated {
                continue;
            }
            m.set(self.mc, |m| &m.error, Some(error));
            m.status.set(Status::Evaluated);
            m.order.set(AsyncOrder::Done);
            if let Some(promise) = m.top_level.get() {
                self.reject_promise(promise, error)?;
            }
            let parents = m.async_parents.borrow();
            waiting.extend(parents.iter().rev());
        }
        Ok(())
    }

    /// EvaluateModuleSync for a deferred namespace: runs the module now, or throws.
    ///
    /// # Errors
    /// A TypeError if it cannot be run now; what it throws.
    pub(crate) fn evaluate_deferred(&mut self, module: ModuleGc<'gc>) -> JsResult<()> {
        if !module.is_cyclic() {
            return Ok(());
        }
        if !self.ready_for_sync(module)? {
            let text = format!("deferred module '{}' cannot be evaluated now", module.name);
            return Err(self.type_error(&text));
        }
        if module.status.get() == Status::Evaluated {
            return match module.error.get() {
                Some(error) => Err(self.throw(error)),
                None => Ok(()),
            };
        }
        let (promise, evaluation) = self.evaluate_module(module)?;
        if let Some(evaluation) = evaluation {
            self.run_evaluation(evaluation)?;
        }
        let Some(data) = promise_data(promise) else { return Ok(()) };
        match data.state.get() {
            PromiseState::Rejected => {
                data.handled.set(true);
                Err(self.throw(data.value.get()))
            }
            _ => Ok(()),
        }
    }

    /// Runs an evaluation to its end inside whatever runs now.
    fn run_evaluation(&mut self, evaluation: EvaluationGc<'gc>) -> JsResult<()> {
        self.check_native_stack()?;
        loop {
            let (segment, top) = (self.segment(), self.top);
            let result = match self.evaluation_step(evaluation) {
                Ok(Entered::Value(v)) => Ok(v),
                Ok(_) => self.run_nested(false),
                Err(t) => Err(t),
            };
            self.restore_stack(segment, top);
            if !self.evaluation_ended(evaluation, result)? {
                return Ok(());
            }
        }
    }

    /// ReadyForSyncExecution.
    fn ready_for_sync(&mut self, module: ModuleGc<'gc>) -> JsResult<bool> {
        let (mut seen, mut waiting) = (std::collections::HashSet::new(), vec![module]);
        while let Some(m) = waiting.pop() {
            self.charge(1)?;
            if !seen.insert(m.as_ptr().addr()) {
                continue;
            }
            let Some(code) = m.as_ref().code() else { continue };
            match m.status.get() {
                _ if m.is_component_evaluated() => continue,
                Status::Evaluating | Status::EvaluatingAsync => return Ok(false),
                _ if code.is_async => return Ok(false),
                _ => {}
            }
            for (i, request) in code.requests.iter().enumerate() {
                if request.phase != ImportPhase::Source {
                    waiting.push(m.requested(i as u32));
                }
            }
        }
        Ok(true)
    }
}

/// The module a native closes over.
pub(super) fn module_slot<'gc>(args: Args<'gc>, i: usize) -> Option<Gc<'gc, ModuleRecord<'gc>>> {
    crate::builtins::native_slots(args.callee())[i].get().as_cell()?.downcast()
}

/// The fulfilledClosure of ExecuteAsyncModule.
fn body_fulfilled<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if let Some(module) = module_slot(args, 0) {
        vm.async_fulfilled(module)?;
    }
    Ok(Value::undefined())
}

/// The rejectedClosure of ExecuteAsyncModule.
fn body_rejected<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if let Some(module) = module_slot(args, 0) {
        vm.async_rejected(module, args.get(0))?;
    }
    Ok(Value::undefined())
}
