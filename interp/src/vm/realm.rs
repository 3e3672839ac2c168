//! Realms: a global object, global lexical bindings, intrinsics made on first use.

use std::collections::HashMap;

use gc::{Gc, Lock, Mutation, RefLock, Trace};

use crate::builtins::regexp::RegExps;
use crate::object::Object;
use crate::object::shape::ShapeGc;
use crate::value::Value;
use crate::value::key::AddressHash;

macro_rules! intrinsics {
    ($($name:ident)*) => {
        /// The intrinsic objects (6.1.7.4).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)]
        #[repr(u8)]
        pub enum Intrinsic { $($name),* }
        /// How many there are.
        pub const INTRINSICS: usize = [$(Intrinsic::$name),*].len();
    };
}

intrinsics! {
    ObjectPrototype FunctionPrototype ArrayPrototype StringPrototype NumberPrototype BooleanPrototype
    SymbolPrototype BigIntPrototype ErrorPrototype TypeErrorPrototype RangeErrorPrototype
    ReferenceErrorPrototype SyntaxErrorPrototype EvalErrorPrototype UriErrorPrototype
    AggregateErrorPrototype SuppressedErrorPrototype DisposableStackPrototype
    AsyncDisposableStackPrototype IteratorPrototype ArrayIteratorPrototype
    StringIteratorPrototype MapIteratorPrototype SetIteratorPrototype RegExpStringIteratorPrototype
    AsyncIteratorPrototype AsyncFromSyncIteratorPrototype
    GeneratorPrototype GeneratorFunctionPrototype AsyncFunctionPrototype AsyncGeneratorPrototype
    AsyncGeneratorFunctionPrototype MapPrototype SetPrototype WeakMapPrototype WeakSetPrototype
    WeakRefPrototype FinalizationRegistryPrototype DatePrototype RegExpPrototype PromisePrototype
    ArrayBufferPrototype SharedArrayBufferPrototype TypedArrayPrototype DataViewPrototype
    WrapForValidIteratorPrototype IteratorHelperPrototype
    Object Function Array String Number Boolean Symbol BigInt Error TypeError RangeError ReferenceError
    SyntaxError EvalError UriError AggregateError SuppressedError DisposableStack AsyncDisposableStack
    Iterator Map Set WeakMap WeakSet WeakRef
    FinalizationRegistry Date RegExp Promise Proxy Reflect Math Json Atomics
    ArrayBuffer SharedArrayBuffer TypedArray DataView
    Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array
    BigInt64Array BigUint64Array Float16Array Float32Array Float64Array
    Int8ArrayPrototype Uint8ArrayPrototype Uint8ClampedArrayPrototype Int16ArrayPrototype
    Uint16ArrayPrototype Int32ArrayPrototype Uint32ArrayPrototype BigInt64ArrayPrototype
    BigUint64ArrayPrototype Float16ArrayPrototype Float32ArrayPrototype Float64ArrayPrototype
    GeneratorFunction AsyncFunction AsyncGeneratorFunction
    ArrayProtoValues ArrayIteratorNext ThrowTypeError PromiseResolve Console Global Eval
    ObjectProtoToString FunctionHasInstance Temporal Intl AbstractModuleSource AbstractModuleSourcePrototype
    DecorateClass FinishClass CallExecutor InitFields ProxyConstruct ProxyGet ProxySet AddObjects ArithObjects ObjectToNumber ObjectToString
    CompareObjects UnaryObject ObjectToKey ElementByObject HasInstance CloseIterator
    AssignFrom ListValues CopyProps ConcatFrom ReflectSetter CombinePromises AttemptPromise AfterFinally CallSyncIterator
    SliceFrom IndexOf Includes
    ShadowRealm ShadowRealmPrototype
}

/// A realm.
#[derive(Debug, Trace)]
pub struct Realm<'gc> {
    /// The intrinsics made so far.
    pub intrinsics: Box<[Lock<Option<Object<'gc>>>]>,
    /// The global object.
    pub global: Lock<Option<Object<'gc>>>,
    /// Which groups of built-ins were made (see `builtins`).
    #[trace(skip)]
    pub made: std::cell::Cell<u64>,
    /// Global lexical bindings by name: each a cell of its own.
    pub lexical: RefLock<Lexical<'gc>>,
    /// The modules known, by type and name.
    pub modules: RefLock<HashMap<String, crate::module::ModuleGc<'gc>>>,
    /// When the iteration of arrays was last found untouched: the prototype epoch, and the slots of `@@iterator` and
    /// `next`.
    #[trace(skip)]
    pub iteration: std::cell::Cell<Option<(u32, u32, u32)>>,
    /// What RegExps need, once there are any.
    pub regexps: Lock<Option<Gc<'gc, RegExps<'gc>>>>,
    /// Shapes of what is made all the time, once they were.
    pub shapes: Box<[Lock<Option<ShapeGc<'gc>>>; COMMON_SHAPES]>,
}

/// Plain objects with fewer inline slots than this have their shape among the common ones, by the number.
pub const PLAIN_SHAPES: usize = 9;
/// The number of common shapes.
const COMMON_SHAPES: usize = PLAIN_SHAPES + 7;

/// Shapes of what is made all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum CommonShape {
    /// An array.
    Array = PLAIN_SHAPES,
    /// A function that is neither a generator nor async.
    Function,
    /// `{ value, done }`
    IterResult,
    /// `arguments` with a `callee`.
    SloppyArguments,
    /// `arguments` whose `callee` throws.
    StrictArguments,
    /// A RegExp: its slot is a writable `lastIndex`.
    RegExp,
    /// What `exec` gives: an array with an `index`, an `input` and `groups`.
    MatchArray,
}

/// The global declarative record.
#[derive(Debug, Default, Trace)]
pub struct Lexical<'gc> {
    /// From interned name to index.
    #[trace(skip)]
    pub index: HashMap<usize, u32, AddressHash>,
    /// Name, cell, constant.
    pub cells: Vec<LexicalCell<'gc>>,
}

/// A global lexical binding: its value is slot 0 of an object, so that caches can hold it weakly.
#[derive(Clone, Copy, Debug, Trace)]
pub struct LexicalCell<'gc> {
    /// The name, kept alive.
    pub name: crate::value::PropertyKey<'gc>,
    /// The value's holder.
    pub cell: Object<'gc>,
    /// `const`
    #[trace(skip)]
    pub constant: bool,
}

impl<'gc> Realm<'gc> {
    /// A realm without anything.
    pub fn new(mc: &'gc Mutation<'gc>) -> Gc<'gc, Realm<'gc>> {
        mc.alloc(Realm {
            intrinsics: (0..INTRINSICS).map(|_| Lock::new(None)).collect(),
            global: Lock::new(None),
            made: std::cell::Cell::new(0),
            lexical: RefLock::new(Lexical::default()),
            modules: RefLock::new(HashMap::new()),
            iteration: std::cell::Cell::new(None),
            regexps: Lock::new(None),
            shapes: Box::new([const { Lock::new(None) }; COMMON_SHAPES]),
        })
    }

    /// An intrinsic, if it was made.
    #[inline(always)]
    pub fn get(&self, which: Intrinsic) -> Option<Object<'gc>> {
        self.intrinsics[which as usize].get()
    }

    /// Stores an intrinsic.
    pub fn set(this: Gc<'gc, Realm<'gc>>, mc: &Mutation<'gc>, which: Intrinsic, object: Object<'gc>) {
        Gc::write(mc, this)
            .project(|r| &r.intrinsics)
            .unbox()
            .get(which as usize)
            .expect("one place for each")
            .set(Some(object));
    }

    /// What RegExps need.
    ///
    /// # Panics
    /// If there is no RegExp yet.
    pub(crate) fn regexps(&self) -> Gc<'gc, RegExps<'gc>> {
        self.regexps.get().expect("made with the constructor")
    }

    /// A common shape, if it is known.
    #[inline(always)]
    pub fn shape(&self, at: usize) -> Option<ShapeGc<'gc>> {
        self.shapes[at].get()
    }

    /// Makes a common shape known.
    pub fn set_shape(this: Gc<'gc, Realm<'gc>>, mc: &Mutation<'gc>, at: usize, shape: ShapeGc<'gc>) {
        Gc::write(mc, this).project(|r| &r.shapes).unbox().project(|s| &s[at]).set(Some(shape));
    }

    /// The global object.
    ///
    /// # Panics
    /// Never once the realm is set up.
    #[inline(always)]
    pub fn global(&self) -> Object<'gc> {
        self.global.get().expect("a realm has a global object")
    }

    /// A global lexical binding.
    pub fn lexical(&self, key: crate::value::PropertyKey<'gc>) -> Option<LexicalCell<'gc>> {
        let lexical = self.lexical.borrow();
        if lexical.cells.is_empty() {
            return None;
        }
        lexical.index.get(&key.address()).map(|&i| lexical.cells[i as usize])
    }

    /// Declares a global lexical binding, uninitialised.
    pub fn declare(this: Gc<'gc, Realm<'gc>>, mc: &Mutation<'gc>, cell: LexicalCell<'gc>) {
        cell.cell.set_slot(mc, 0, Value::hole());
        let mut lexical = Gc::write(mc, this).project(|r| &r.lexical).borrow_mut();
        let i = lexical.cells.len() as u32;
        lexical.index.insert(cell.name.address(), i);
        lexical.cells.push(cell);
    }
}
