//! Functions: closures, natives, bound functions, and the per-engine side of code.

use std::cell::Cell;
use std::sync::Arc;

use gc::{Gc, Lock, RefLock, Trace};

use super::Object;
use super::environment::Env;
use super::shape::ShapeGc;
use crate::bytecode::code::Code;
use crate::module::ModuleGc;
use crate::value::{PropertyKey, Value};
use crate::vm::inline_cache::IcTable;
use crate::vm::realm::Realm;
use crate::vm::{Args, JsResult, Vm};

/// A function written in JavaScript.
#[derive(Debug, Trace)]
pub struct Closure<'gc> {
    /// The code with its constants and caches.
    pub code: Lock<Gc<'gc, CodeRt<'gc>>>,
    /// The environment it closes over.
    pub env: Option<Env<'gc>>,
    /// Where `super` starts.
    pub home: Lock<Option<Object<'gc>>>,
    /// Fields and private methods of a class.
    pub fields: Lock<Option<Gc<'gc, Fields<'gc>>>>,
    /// The shape of what it constructs, once it constructed something.
    pub construct: Lock<Option<Gc<'gc, Construct<'gc>>>>,
}

/// The shape of what a function constructs: good while the function's own shape says where its `prototype` is, and that
/// is still the shape's.
#[derive(Debug, Trace)]
pub struct Construct<'gc> {
    /// The function's own shape.
    pub function: ShapeGc<'gc>,
    /// The slot of `prototype` in the function.
    #[trace(skip)]
    pub slot: u32,
    /// The shape of a new object.
    pub shape: ShapeGc<'gc>,
    /// The prototype epoch in which `@@hasInstance` of the function was found to be the default.
    #[trace(skip)]
    pub plain_instances: Cell<Option<u32>>,
}

/// What a class's constructor gives each instance.
#[derive(Debug, Trace)]
pub struct Fields<'gc> {
    /// In order; private methods first.
    pub list: RefLock<Vec<Field<'gc>>>,
}

/// A field or private element of instances.
#[derive(Clone, Copy, Debug, Trace)]
pub struct Field<'gc> {
    /// The key.
    pub key: PropertyKey<'gc>,
    /// The initialiser, a private method, or the hole.
    pub value: Value<'gc>,
    /// 0 field, 1 method, 2 getter, 4 setter, 8 a function that is only run.
    #[trace(skip)]
    pub kind: u8,
}

/// Code made ready for an engine: constants as values, inline caches, inner functions.
#[derive(Debug, Trace)]
pub struct CodeRt<'gc> {
    /// The shared code.
    #[trace(skip)]
    pub code: Arc<Code>,
    /// The constants; holes are made when they are first used.
    pub consts: Box<[Lock<Value<'gc>>]>,
    /// The property keys of the inline caches.
    pub keys: Box<[PropertyKey<'gc>]>,
    /// The inline caches.
    pub ics: IcTable<'gc>,
    /// Inner functions once made.
    pub children: Box<[Lock<Option<Gc<'gc, CodeRt<'gc>>>>]>,
    /// The realm the code runs in.
    pub realm: Gc<'gc, Realm<'gc>>,
    /// The module it belongs to: its import cells.
    pub module: Lock<Option<ModuleGc<'gc>>>,
    /// Of code made by `eval` and the like: the source of the script that asked for it.
    #[trace(skip)]
    pub origin: std::cell::OnceCell<Arc<crate::syntax::Source>>,
    /// Hot copies of what the code says: its first word,
    #[trace(skip)]
    pub entry: *const u32,
    /// its registers,
    #[trace(skip)]
    pub registers: u32,
    /// its parameters,
    #[trace(skip)]
    pub params: u32,
    /// and whether a call needs nothing but a window (no class constructor, keeps no arguments).
    #[trace(skip)]
    pub plain: bool,
    /// It stands for a function that no closure with it has called: it has no tables.
    #[trace(skip)]
    pub uncalled: bool,
    /// What an uncalled function is once it was called.
    pub called: Lock<Option<Gc<'gc, CodeRt<'gc>>>>,
    /// What the tables above are charged for.
    pub charge: Option<gc::ExternalBytes>,
    /// The inline slots that what it constructs begins with.
    pub slots_seen: Cell<u32>,
    /// What of that is being found out: how many instances were looked at when their constructor returned, and the most
    /// properties one had.
    pub slots_tried: Cell<(u32, u32)>,
}

/// How many instances of a constructor are looked at before its objects' inline slots are settled.
pub const TRIES: u32 = 8;
/// The most inline slots what is constructed begins with.
const MOST_SLOTS: u32 = 24;

impl<'gc> CodeRt<'gc> {
    /// The source of the script it belongs to: its name is what imports are resolved against.
    pub(crate) fn origin(&self) -> &Arc<crate::syntax::Source> {
        self.origin.get().unwrap_or(&self.code.source)
    }

    /// Code that came to be by this code belongs to the same script or module.
    pub(crate) fn inherit(this: Gc<'gc, CodeRt<'gc>>, mc: &gc::Mutation<'gc>, from: Gc<'gc, CodeRt<'gc>>) {
        this.set(mc, |c| &c.module, from.module.get());
        let _ = this.origin.set(from.origin().clone());
    }

    /// A constructor with this code made an object: after some of them their inline slots are settled.
    pub(crate) fn tried(&self, made: Value<'gc>) {
        let Some(o) = made.as_object() else { return };
        let (n, most) = self.slots_tried.get();
        let most = most.max(o.shape().count());
        self.slots_tried.set((n + 1, most));
        if n + 1 == TRIES {
            self.slots_seen.set(most.min(MOST_SLOTS));
        }
    }
}

/// A built-in's code.
pub type NativeFn = for<'gc> fn(&mut Vm<'gc>, Args<'gc>) -> JsResult<Value<'gc>>;

/// How a built-in is run.
#[derive(Clone, Copy)]
pub enum NativeCode {
    /// Called in place. May allocate; if it calls back, it nests a run loop (no collection inside).
    Leaf(NativeFn),
    /// `Function.prototype.call` and the like: rearranged and run by the dispatch loop itself.
    Special(Special),
    /// A host function, by its number.
    Host(u32),
    /// Called in place; may end by a call of something else, which is then run by the same loop.
    Handover(HandoverFn),
}

/// The code of a built-in that may end in a call.
pub type HandoverFn = for<'gc> fn(&mut Vm<'gc>, Args<'gc>) -> JsResult<Handover<'gc>>;

/// How such a built-in ends.
#[derive(Clone, Copy, Debug)]
pub enum Handover<'gc> {
    /// With this value.
    Done(Value<'gc>),
    /// With what this call gives.
    Call {
        /// What is called.
        f: Value<'gc>,
        /// Its `this`.
        this: Value<'gc>,
        /// Its arguments, and how many of them there are.
        args: ([Value<'gc>; 8], usize),
    },
}

impl<'gc> Handover<'gc> {
    /// A call with at most eight arguments.
    pub fn call(f: Value<'gc>, this: Value<'gc>, args: &[Value<'gc>]) -> Handover<'gc> {
        let mut list = [Value::undefined(); 8];
        list[..args.len()].copy_from_slice(args);
        Handover::Call { f, this, args: (list, args.len()) }
    }
}

impl std::fmt::Debug for NativeCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            NativeCode::Leaf(_) => "Leaf",
            NativeCode::Special(_) => "Special",
            NativeCode::Host(_) => "Host",
            NativeCode::Handover(_) => "Handover",
        })
    }
}

/// Built-ins that are calls themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// `Function.prototype.call`
    Call,
    /// `Function.prototype.apply`
    Apply,
    /// `Generator.prototype.next`
    Next,
    /// `Generator.prototype.return`
    Return,
    /// `Generator.prototype.throw`
    Throw,
    /// `%IteratorHelperPrototype%.next`
    HelperNext,
    /// `%IteratorHelperPrototype%.return`
    HelperReturn,
    /// `AsyncGenerator.prototype.next`
    AsyncNext,
    /// `AsyncGenerator.prototype.return`
    AsyncReturn,
    /// `AsyncGenerator.prototype.throw`
    AsyncThrow,
    /// `eval`, called indirectly
    Eval,
    /// `Reflect.apply`
    ReflectApply,
    /// `Reflect.construct`
    ReflectConstruct,
    /// `new Promise`
    Promise,
}

/// A built-in function object's data.
#[derive(Debug, Trace)]
pub struct NativeData<'gc> {
    /// What runs.
    #[trace(skip)]
    pub code: NativeCode,
    /// The `length`.
    #[trace(skip)]
    pub length: u32,
    /// The `name`.
    pub name: PropertyKey<'gc>,
    /// `get` or `set` before the name.
    #[trace(skip)]
    pub prefix: &'static str,
    /// The realm.
    pub realm: Gc<'gc, Realm<'gc>>,
    /// Values a built-in closes over (promise resolvers and the like).
    pub slots: Box<[Lock<Value<'gc>>]>,
}

/// A bound function's data.
#[derive(Debug, Trace)]
pub struct BoundData<'gc> {
    /// The target.
    pub target: Object<'gc>,
    /// The bound `this`.
    pub this: Value<'gc>,
    /// The bound arguments.
    pub args: Box<[Value<'gc>]>,
}
