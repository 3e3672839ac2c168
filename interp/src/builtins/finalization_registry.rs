//! FinalizationRegistry objects (26.2): callbacks for what the collector found dead, run as jobs.

use gc::{Gc, RefLock, Trace, Weak};

use super::weak_ref::WeakTarget;
use super::{Row, construct_with, constructor, methods, prototype, tag, wrong_receiver};
use crate::object::Class;
use crate::object::data::ObjectData;
use crate::value::Value;
use crate::vm::job::Job;
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, State, Vm};

const PROTOTYPE: &[Row] = &[("register", 2, register), ("unregister", 1, unregister)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let which = Intrinsic::FinalizationRegistryPrototype;
    let p = prototype(vm, which, Intrinsic::ObjectPrototype, Class::Object, ObjectData::None)?;
    constructor(vm, Intrinsic::FinalizationRegistry, "FinalizationRegistry", 1, construct, p)?;
    methods(vm, p, PROTOTYPE)?;
    tag(vm, p, "FinalizationRegistry")
}

/// What a registry keeps.
#[derive(Debug, Trace)]
pub struct Registry<'gc> {
    cleanup: Value<'gc>,
    cells: RefLock<Vec<RegistryCell<'gc>>>,
}

#[derive(Debug, Trace)]
struct RegistryCell<'gc> {
    target: WeakTarget<'gc>,
    held: Value<'gc>,
    token: Option<WeakTarget<'gc>>,
    charge: gc::ExternalBytes,
}

/// Bytes a cell is charged for.
const CELL: usize = 64;

fn registry<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, what: &str) -> JsResult<Gc<'gc, Registry<'gc>>> {
    let this = args.this().as_object().filter(|o| o.is_class(Class::FinalizationRegistry));
    let found = this.and_then(|o| match o.data() {
        ObjectData::Any(c) => c.downcast(),
        _ => None,
    });
    match found {
        Some(r) => Ok(r),
        None => wrong_receiver(vm, what, args.this()),
    }
}

/// 26.2.1.1 FinalizationRegistry ( cleanupCallback )
fn construct<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if args.new_target().is_undefined() {
        return Err(vm.type_error("constructor FinalizationRegistry requires 'new'"));
    }
    if !vm.is_callable(args.get(0)) {
        return Err(vm.not_a(args.get(0), "function"));
    }
    let cells = RefLock::new(Vec::new());
    let registry = vm.mc.try_alloc(Registry { cleanup: args.get(0), cells })?;
    vm.st.registries.push(Weak::new(registry));
    let data = ObjectData::Any(registry.erase());
    let class = Class::FinalizationRegistry;
    construct_with(vm, args, Intrinsic::FinalizationRegistryPrototype, class, 0, data).map(Value::object)
}

/// 26.2.3.2 FinalizationRegistry.prototype.register ( target, heldValue [ , unregisterToken ] )
fn register<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let registry = registry(vm, args, "FinalizationRegistry.prototype.register")?;
    let Some(target) = WeakTarget::new(args.get(0)) else {
        let text = format!("{} cannot be held weakly", vm.show(args.get(0)));
        return Err(vm.type_error(&text));
    };
    if vm.same_value(args.get(0), args.get(1)) {
        return Err(vm.type_error("a target cannot be what is held for it"));
    }
    let token = WeakTarget::new(args.get(2));
    if token.is_none() && !args.get(2).is_undefined() {
        let text = format!("{} cannot be a token", vm.show(args.get(2)));
        return Err(vm.type_error(&text));
    }
    let cell = RegistryCell { target, held: args.get(1), token, charge: vm.mc.external(CELL)? };
    Gc::write(vm.mc, registry).project(|r| &r.cells).borrow_mut().push(cell);
    Ok(Value::undefined())
}

/// 26.2.3.3 FinalizationRegistry.prototype.unregister ( unregisterToken )
fn unregister<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let registry = registry(vm, args, "FinalizationRegistry.prototype.unregister")?;
    if WeakTarget::new(args.get(0)).is_none() {
        let text = format!("{} cannot be a token", vm.show(args.get(0)));
        return Err(vm.type_error(&text));
    }
    let mut cells = Gc::write(vm.mc, registry).project(|r| &r.cells).borrow_mut();
    vm.charge(cells.len() / 8)?;
    let before = cells.len();
    cells.retain(|c| c.token.as_ref().and_then(|t| t.get(vm)) != Some(args.get(0)));
    Ok(Value::bool(cells.len() < before))
}

impl<'gc> State<'gc> {
    /// HostEnqueueFinalizationRegistryCleanupJob for everything the last collection found dead.
    pub(crate) fn enqueue_cleanups(&mut self, mc: &'gc gc::Mutation<'gc>) {
        if !std::mem::take(&mut self.cleanup_due) {
            return;
        }
        let mut due = Vec::new();
        self.registries.retain(|weak| {
            let Some(registry) = weak.get(mc) else { return false };
            let mut cells = Gc::write(mc, registry).project(|r| &r.cells).borrow_mut();
            cells.retain(|c| {
                if c.target.is_gone() {
                    due.push(Job::Cleanup { cleanup: registry.cleanup, held: c.held });
                }
                !c.target.is_gone()
            });
            true
        });
        self.jobs.extend(due);
    }
}
