//! The virtual machine: the state an engine keeps between mutations, and the view of it inside one.
//!
//! [`State`] is the engine's root. [`Vm`] is what code inside a mutation works with: the mutation,
//! the state, and the hot registers of the dispatch loop. Collections happen only when the outermost
//! loop leaves the mutation (see `safepoint.rs` in spirit: [`Exit::Safepoint`]).

pub mod async_generator;
pub mod call;
pub mod coroutine;
pub mod dispatch;
pub mod disposal;
pub mod errors;
pub mod inline_cache;
pub mod intrinsics;
pub mod job;
pub mod names;
pub mod ops;
pub mod realm;
pub mod scripted;
mod special;
pub mod stack;
mod steps;
pub mod wait;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use gc::{Gc, Liveness, Mutation, Trace, Weak};

use crate::bytecode::code::Code;
use crate::error::Termination;
use crate::host::HostFunction;
use crate::object::Object;
use crate::object::function::CodeRt;
use crate::object::shape::{Shape, ShapeGc};
use crate::value::string::Interner;
use crate::value::symbol::{SymbolCell, SymbolSort, WellKnown};
use crate::value::{PropertyKey, Str, Symbol, Value};
use names::Names;
use realm::{Intrinsic, Realm};
use stack::Stack;
pub use stack::{Args, Frame};

/// An abrupt completion. What was thrown stands in the machine ([`Vm::take_thrown`]); if nothing
/// stands there, memory ran out. Zero-sized, so that `JsResult<Value>` is one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throw(());

/// A completion: a value, or a throw.
pub type JsResult<T> = Result<T, Throw>;

impl From<gc::OutOfMemory> for Throw {
    fn from(_: gc::OutOfMemory) -> Throw {
        Throw(())
    }
}

impl Throw {
    /// The throw of what stands in the machine.
    pub(crate) fn pending() -> Throw {
        Throw(())
    }
}

/// What an engine keeps between mutations.
#[derive(Trace)]
#[trace(after_mark = State::after_mark_tables)]
pub struct State<'gc> {
    pub(crate) names: Option<Box<Names<'gc>>>,
    pub(crate) interner: Interner<'gc>,
    pub(crate) well_known: Vec<Symbol<'gc>>,
    pub(crate) registry: Vec<(Str<'gc>, Symbol<'gc>)>,
    pub(crate) slots: Vec<(Str<'gc>, Symbol<'gc>)>,
    /// The first realm: that of the host.
    pub(crate) realm: Option<Gc<'gc, Realm<'gc>>>,
    /// The realm of the built-in that runs; code has its own.
    pub(crate) native_realm: Option<Gc<'gc, Realm<'gc>>>,
    /// What WeakRefs gave in this job: alive until it ends.
    pub(crate) kept: HashMap<u64, Value<'gc>>,
    /// All finalization registries.
    pub(crate) registries: Vec<Weak<'gc, crate::builtins::finalization_registry::Registry<'gc>>>,
    /// A collection happened since they were last looked at.
    #[trace(skip)]
    pub(crate) cleanup_due: bool,
    /// Somebody asked for a collection at the next chance.
    #[trace(skip)]
    pub(crate) collect_soon: bool,
    /// Which function of the host is `$262.gc`.
    #[trace(skip)]
    pub(crate) test262_gc: usize,
    pub(crate) roots: RootShapes<'gc>,
    pub(crate) megamorphic: inline_cache::Megamorphic<'gc>,
    pub(crate) stack: Stack<'gc>,
    pub(crate) frames: Vec<Frame<'gc>>,
    pub(crate) thrown: Value<'gc>,
    pub(crate) jobs: VecDeque<job::Job<'gc>>,
    /// What `Atomics.waitAsync` waits for.
    pub(crate) waits: wait::AsyncWaits<'gc>,
    pub(crate) current_job: Option<job::Job<'gc>>,
    pub(crate) codes: HashMap<usize, Gc<'gc, CodeRt<'gc>>>,
    /// Where modules come from.
    #[trace(skip)]
    pub(crate) loader: Option<Box<dyn crate::module::ModuleLoader>>,
    /// The last [[AsyncEvaluationOrder]] given.
    #[trace(skip)]
    pub(crate) module_order: u64,
    pub(crate) chars: Vec<Option<Str<'gc>>>,
    /// Numbers and their texts, the last of each place.
    pub(crate) texts: Vec<Option<(Value<'gc>, Str<'gc>)>>,
    /// Arrays being joined, to end cycles.
    pub(crate) joining: Vec<Object<'gc>>,
    #[trace(skip)]
    pub(crate) hosts: Vec<HostFunction>,
    /// Functions of the host that call back.
    #[trace(skip)]
    pub(crate) reentrant: Vec<crate::host::ReentrantFunction>,
    /// The values that running functions of the host hold, each call's above its caller's.
    pub(crate) host_slots: Vec<Value<'gc>>,
    /// The library those use.
    pub(crate) host_library: Option<Object<'gc>>,
    /// The number of the last call of such a function.
    #[trace(skip)]
    pub(crate) host_calls: u32,
    /// The native stack's end of use while a function of the host runs; 0 if none does.
    #[trace(skip)]
    pub(crate) native_limit: usize,
    /// Compiled patterns.
    #[trace(skip)]
    pub(crate) regexps:
        HashMap<(crate::syntax::atoms::Text, crate::syntax::atoms::Text), Arc<crate::regexp::Program>>,
    #[trace(skip)]
    pub(crate) scratch: crate::regexp::Scratch,
    #[trace(skip)]
    pub(crate) sink: Option<Sink>,
    #[trace(skip)]
    pub(crate) config: Config,
    #[trace(skip)]
    pub(crate) termination: Option<Termination>,
    /// Stack and place when it was ended.
    #[trace(skip)]
    pub(crate) terminated_at: Option<(String, Option<crate::error::Location>)>,
    /// Fuel beyond the current poll interval.
    #[trace(skip)]
    pub(crate) fuel: u64,
    #[trace(skip)]
    pub(crate) proto_epoch: u32,
    /// Whether an object emulates `undefined`: without one, no object needs to be looked at for its truth.
    #[trace(skip)]
    pub(crate) has_htmldda: bool,
    #[trace(skip)]
    pub(crate) random: u64,
}

impl std::fmt::Debug for State<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

/// Where lines of `console` go; true for errors.
pub(crate) type Sink = Box<dyn FnMut(&str, bool)>;

/// The engine's settings.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) fuel: u64,
    pub(crate) native_stack: usize,
    pub(crate) stack_values: usize,
    pub(crate) max_frames: usize,
    pub(crate) looped: bool,
    /// [[CanBlock]]
    pub(crate) can_block: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            fuel: u64::MAX,
            native_stack: 512 << 10,
            stack_values: 1 << 20,
            max_frames: 20_000,
            looped: false,
            can_block: false,
        }
    }
}

/// Shapes without properties, by prototype and inline slots.
#[derive(Debug, Default, Trace)]
pub struct RootShapes<'gc> {
    map: HashMap<usize, Weak<'gc, Shape<'gc>>, crate::value::key::AddressHash>,
}

impl<'gc> State<'gc> {
    pub(crate) fn new(config: Config) -> State<'gc> {
        State {
            names: None,
            interner: Interner::default(),
            well_known: Vec::new(),
            registry: Vec::new(),
            slots: Vec::new(),
            realm: None,
            native_realm: None,
            collect_soon: false,
            test262_gc: 0,
            kept: HashMap::new(),
            registries: Vec::new(),
            cleanup_due: false,
            roots: RootShapes::default(),
            megamorphic: inline_cache::Megamorphic::default(),
            stack: Stack::default(),
            frames: Vec::new(),
            thrown: Value::hole(),
            jobs: VecDeque::new(),
            waits: wait::AsyncWaits::default(),
            current_job: None,
            codes: HashMap::new(),
            loader: None,
            module_order: 0,
            chars: Vec::new(),
            texts: Vec::new(),
            joining: Vec::new(),
            hosts: Vec::new(),
            reentrant: Vec::new(),
            host_slots: Vec::new(),
            host_library: None,
            host_calls: 0,
            native_limit: 0,
            regexps: HashMap::new(),
            scratch: crate::regexp::Scratch::new(),
            sink: None,
            fuel: config.fuel,
            config,
            termination: None,
            terminated_at: None,
            proto_epoch: 0,
            has_htmldda: false,
            random: 0x2545_f491_4f6c_dd1d,
        }
    }
}

/// Why the dispatch loop was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The entry frame returned; the result stands in the machine.
    Done,
    /// The entry frame threw; the exception stands in the machine.
    Threw,
    /// A collection is wanted: leave the mutation, collect, resume.
    Safepoint,
    /// A function of the host is called, the one whose number is the result: leave the mutation, call it, give what it
    /// returns to the frame, resume.
    Host,
}

/// The machine inside a mutation.
pub struct Vm<'gc> {
    /// The mutation.
    pub mc: &'gc Mutation<'gc>,
    /// The state.
    pub(crate) st: &'gc mut State<'gc>,
    /// The frame that runs.
    pub(crate) frame: *mut Frame<'gc>,
    /// The first free register.
    pub(crate) top: *mut Value<'gc>,
    /// The end of the current stack segment.
    pub(crate) stack_end: *mut Value<'gc>,
    /// Polls left until the slow poll.
    pub(crate) ticks: i32,
    /// How many loops are nested.
    pub(crate) depth: u32,
    /// What the last loop returned.
    pub(crate) result: Value<'gc>,
    /// The loop's return code after unwinding to an entry frame.
    pub(crate) unwound: usize,
    /// What a step left for the next one.
    pub(crate) last: usize,
    /// An entry frame ended by a throw after it was taken off.
    pub(crate) entry_threw: bool,
    /// Where the looping back-end goes on.
    pub(crate) cont: (*const u32, *mut Value<'gc>, *mut inline_cache::Ic<'gc>),
    /// The lowest native stack address that may be used.
    pub(crate) native_limit: usize,
    /// Hot copies of the state.
    pub(crate) proto_epoch: u32,
    pub(crate) has_htmldda: bool,
}

impl std::fmt::Debug for Vm<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vm").field("depth", &self.depth).finish_non_exhaustive()
    }
}

/// Polls between two slow polls.
pub(crate) const POLL_INTERVAL: i32 = 500;

/// The address of the native stack's end of use, about.
#[inline(always)]
pub(crate) fn native_address() -> usize {
    let here = 0u8;
    std::ptr::from_ref(std::hint::black_box(&here)).addr()
}

impl<'gc> Vm<'gc> {
    /// The machine of a mutation.
    pub(crate) fn new(mc: &'gc Mutation<'gc>, st: &'gc mut State<'gc>) -> Vm<'gc> {
        let native_limit = match st.native_limit {
            0 => native_address().saturating_sub(st.config.native_stack),
            limit => limit,
        };
        let (proto_epoch, has_htmldda) = (st.proto_epoch, st.has_htmldda);
        let mut vm = Vm {
            mc,
            st,
            frame: std::ptr::null_mut(),
            top: std::ptr::null_mut(),
            stack_end: std::ptr::null_mut(),
            ticks: 0,
            depth: 0,
            result: Value::undefined(),
            unwound: 0,
            last: 0,
            entry_threw: false,
            cont: (std::ptr::null(), std::ptr::null_mut(), std::ptr::null_mut()),
            native_limit,
            proto_epoch,
            has_htmldda,
        };
        vm.enter_stack();
        vm.refill_ticks();
        vm
    }

    pub(crate) fn refill_ticks(&mut self) {
        let n = self.st.fuel.min(POLL_INTERVAL as u64);
        self.st.fuel -= n;
        self.ticks = n as i32;
    }

    /// Gives back the fuel that was not used; called when the mutation is left.
    pub(crate) fn finish(&mut self) {
        self.st.fuel = self.st.fuel.saturating_add(self.ticks.max(0) as u64);
        self.st.proto_epoch = self.proto_epoch;
        self.leave_stack();
    }

    /// Charges work done by a native.
    ///
    /// # Errors
    /// If the fuel is used up, or an interrupt or a limit came meanwhile.
    pub fn charge(&mut self, work: usize) -> JsResult<()> {
        let work = work.min(1 << 30) as i32;
        self.ticks = self.ticks.saturating_sub(work);
        if self.ticks >= 0 {
            return Ok(());
        }
        self.poll_slow()?;
        if self.wants_collection() {
            // Were this poll the only one, a loop over built-ins that charge much would never be left for a collection.
            self.poll_soon();
        }
        Ok(())
    }

    /// Makes the running loop poll at its next chance.
    pub(crate) fn poll_soon(&mut self) {
        self.st.fuel = self.st.fuel.saturating_add(self.ticks.max(0) as u64);
        self.ticks = 0;
    }

    /// The slow poll: fuel, interrupts, memory.
    #[cold]
    pub(crate) fn poll_slow(&mut self) -> JsResult<()> {
        let debt = u64::from(self.ticks.min(0).unsigned_abs());
        if self.st.fuel < debt || self.st.fuel == 0 && debt > 0 {
            self.st.fuel = 0;
            self.ticks = 0;
            return Err(self.terminate(Termination::Fuel));
        }
        if self.st.fuel != u64::MAX {
            self.st.fuel -= debt;
        }
        self.refill_ticks();
        if self.mc.interrupted()
            && let Some(reason) = self.mc.take_interrupt()
        {
            return Err(self.terminate(Termination::Interrupted(reason)));
        }
        if self.mc.over_limit() {
            return Err(self.terminate(Termination::Heap));
        }
        Ok(())
    }

    /// Ends the script: skips every `catch` and `finally`.
    pub(crate) fn terminate(&mut self, why: Termination) -> Throw {
        if self.st.termination.is_none() {
            self.st.termination = Some(why);
            // The frames are gone when the host asks where it was.
            self.st.terminated_at = Some(self.stack_text());
        }
        Throw(())
    }

    /// Memory ran out somewhere that could not say so: a RangeError, or, if there is no room even for
    /// that, the end of the script.
    #[cold]
    pub(crate) fn out_of_memory(&mut self) {
        if !self.is_terminating() && self.st.thrown.is_hole() {
            let _ = self.range_error("out of memory");
            if self.st.thrown.is_hole() {
                self.terminate(Termination::Heap);
            }
        }
    }

    /// Whether the script is being ended.
    pub(crate) fn is_terminating(&self) -> bool {
        self.st.termination.is_some()
    }

    /// Fails with a RangeError before the native stack is used up.
    ///
    /// # Errors
    /// If it is about to be.
    #[inline]
    pub fn check_native_stack(&mut self) -> JsResult<()> {
        if native_address() < self.native_limit {
            return Err(self.range_error("maximum call stack size exceeded"));
        }
        Ok(())
    }

    /// Throws a value.
    pub fn throw(&mut self, value: Value<'gc>) -> Throw {
        self.st.thrown = value;
        Throw(())
    }

    /// Takes what was thrown; a RangeError if memory ran out. Not for terminations.
    pub fn take_thrown(&mut self) -> Value<'gc> {
        let thrown = std::mem::replace(&mut self.st.thrown, Value::hole());
        if !thrown.is_hole() {
            return thrown;
        }
        self.out_of_memory();
        let thrown = std::mem::replace(&mut self.st.thrown, Value::hole());
        if thrown.is_hole() { Value::undefined() } else { thrown }
    }

    /// The realm of the running function.
    #[inline]
    pub fn realm(&self) -> Gc<'gc, Realm<'gc>> {
        if let Some(realm) = self.st.native_realm {
            return realm;
        }
        // SAFETY: `frame` is null or points to the topmost frame, which stays while it runs.
        match unsafe { self.frame.as_ref() } {
            Some(frame) => frame.rt.realm,
            None => self.st.realm.expect("an engine has a realm"),
        }
    }

    /// An intrinsic object of the running realm.
    ///
    /// # Errors
    /// If making it fails.
    #[inline]
    pub fn intrinsic(&mut self, which: Intrinsic) -> JsResult<Object<'gc>> {
        match self.realm().get(which) {
            Some(o) => Ok(o),
            None => crate::builtins::make_intrinsic(self, which),
        }
    }

    /// Makes an object emulate `undefined` (B.3.6).
    pub(crate) fn emulate_undefined(&mut self, o: Object<'gc>) {
        o.set_flags(crate::object::HTMLDDA);
        self.has_htmldda = true;
        self.st.has_htmldda = true;
    }

    /// The common names.
    #[inline(always)]
    pub fn names(&self) -> &Names<'gc> {
        self.st.names.as_ref().expect("made when the engine was opened")
    }

    /// The interned string.
    ///
    /// # Errors
    /// If memory is full.
    pub fn intern(&mut self, text: &str) -> JsResult<Str<'gc>> {
        if text.is_ascii() {
            return Ok(self
                .st
                .interner
                .intern(self.mc, crate::value::string::Units::Latin1(text.as_bytes()))?);
        }
        let s = Str::utf8(self.mc, text)?;
        Ok(self.st.interner.intern_str(self.mc, s)?)
    }

    /// A property key from UTF-8.
    ///
    /// # Errors
    /// If memory is full.
    pub fn key(&mut self, text: &str) -> JsResult<PropertyKey<'gc>> {
        let s = Str::utf8(self.mc, text)?;
        self.key_of(s)
    }

    /// A property key from a string.
    ///
    /// # Errors
    /// If memory is full.
    pub fn key_of(&mut self, s: Str<'gc>) -> JsResult<PropertyKey<'gc>> {
        if s.len() <= 10
            && let Some(i) = array_index(s.units(self.mc)?)
        {
            return Ok(PropertyKey::Index(i));
        }
        Ok(PropertyKey::Name(self.st.interner.intern_str(self.mc, s)?))
    }

    /// A string from UTF-8.
    ///
    /// # Errors
    /// If memory is full.
    pub fn str(&mut self, text: &str) -> JsResult<Str<'gc>> {
        Ok(Str::utf8(self.mc, text)?)
    }

    /// The string of one code unit.
    ///
    /// # Errors
    /// If memory is full.
    pub fn char(&mut self, unit: u16) -> JsResult<Str<'gc>> {
        if unit < 256 {
            if self.st.chars.is_empty() {
                self.st.chars.resize(256, None);
            }
            if let Some(s) = self.st.chars[unit as usize] {
                return Ok(s);
            }
            let s = self.st.interner.intern(self.mc, crate::value::string::Units::Latin1(&[unit as u8]))?;
            self.st.chars[unit as usize] = Some(s);
            return Ok(s);
        }
        Ok(Str::utf16(self.mc, &[unit])?)
    }

    /// A well-known symbol.
    #[inline]
    pub fn well_known(&self, which: WellKnown) -> PropertyKey<'gc> {
        PropertyKey::Symbol(self.st.well_known[which as usize])
    }

    /// A new symbol.
    pub fn symbol(&mut self, description: Option<Str<'gc>>, sort: SymbolSort) -> Symbol<'gc> {
        self.mc.alloc(SymbolCell { description, sort })
    }

    /// The shape without properties for a prototype.
    pub fn root_shape(&mut self, proto: Option<Object<'gc>>, inline: u32) -> ShapeGc<'gc> {
        // Addresses have less than 56 bits: no two prototypes and numbers share a key below 256 slots.
        let at = proto.map_or(0, |p| p.gc().as_ptr().addr()).rotate_left(8) ^ inline.min(255) as usize;
        let inline = inline.min(255);
        if let Some(shape) = self.st.roots.map.get(&at).and_then(|w| w.get(self.mc)) {
            return shape;
        }
        if let Some(p) = proto {
            p.become_prototype(self.mc);
        }
        let shape = Shape::root(self.mc, proto, inline);
        self.st.roots.map.insert(at, Weak::new(shape));
        shape
    }

    /// A property of a prototype changed: what caches know of prototypes is void.
    #[inline]
    pub(crate) fn prototype_changed(&mut self) {
        self.proto_epoch = self.proto_epoch.wrapping_add(1);
    }

    /// The running side of code, made once an engine and realm.
    ///
    /// # Errors
    /// If memory is full.
    pub(crate) fn code(&mut self, code: &Arc<Code>) -> JsResult<Gc<'gc, CodeRt<'gc>>> {
        let key = Arc::as_ptr(code).addr() ^ self.realm().as_ptr().addr().rotate_left(7);
        if let Some(rt) = self.st.codes.get(&key)
            && Arc::ptr_eq(&rt.code, code)
            && rt.realm.ptr_eq(self.realm())
        {
            return Ok(*rt);
        }
        let rt = self.make_code(code.clone())?;
        self.st.codes.insert(key, rt);
        Ok(rt)
    }

    /// A running side of code of its own (eval, inner functions).
    ///
    /// # Errors
    /// If memory is full.
    pub(crate) fn make_code(&mut self, code: Arc<Code>) -> JsResult<Gc<'gc, CodeRt<'gc>>> {
        let realm = self.realm();
        self.make_code_in(code, realm)
    }

    /// What stands for an inner function's running side until it is first called: without tables, since most functions of
    /// most programs never are.
    ///
    /// # Errors
    /// If memory is full.
    pub(crate) fn make_uncalled(
        &mut self,
        code: Arc<Code>,
        realm: Gc<'gc, Realm<'gc>>,
    ) -> JsResult<Gc<'gc, CodeRt<'gc>>> {
        let rt = CodeRt {
            consts: Box::default(),
            keys: Box::default(),
            ics: inline_cache::IcTable::new(0),
            children: Box::default(),
            realm,
            module: gc::Lock::new(None),
            origin: std::cell::OnceCell::new(),
            slots_seen: std::cell::Cell::new(4),
            slots_tried: std::cell::Cell::new((0, 0)),
            charge: None,
            entry: code.words.as_ptr(),
            registers: code.registers,
            params: code.params,
            plain: false,
            uncalled: true,
            called: gc::Lock::new(None),
            code,
        };
        Ok(self.mc.try_alloc(rt)?)
    }

    /// As [`Vm::make_code`], for a realm.
    pub(crate) fn make_code_in(
        &mut self,
        code: Arc<Code>,
        realm: Gc<'gc, Realm<'gc>>,
    ) -> JsResult<Gc<'gc, CodeRt<'gc>>> {
        use crate::bytecode::code::Const;
        let mut consts = Vec::with_capacity(code.consts.len());
        for c in &code.consts {
            let value = match c {
                Const::Number(n) => Value::number(*n),
                Const::Text(t) => {
                    Value::string(self.st.interner.intern(self.mc, crate::value::string::text_units(t))?)
                }
                Const::BigInt(t) => {
                    let n = crate::value::bigint::parse(&t.to_string()).unwrap_or_default();
                    Value::bigint(self.mc.alloc(crate::value::bigint::BigIntCell { value: n }))
                }
                Const::Template(_) => Value::hole(),
            };
            consts.push(gc::Lock::new(value));
        }
        let mut keys = Vec::with_capacity(code.ics.len());
        for &k in &code.ics {
            let key = match consts[k as usize].get().as_string() {
                Some(s) => match array_index(s.flat_units()) {
                    Some(i) => PropertyKey::Index(i),
                    None => PropertyKey::Name(s),
                },
                None => PropertyKey::Index(0),
            };
            keys.push(key);
        }
        let rt = CodeRt {
            consts: consts.into(),
            keys: keys.into(),
            ics: inline_cache::IcTable::new(code.ics.len()),
            children: code.children.iter().map(|_| gc::Lock::new(None)).collect(),
            realm,
            module: gc::Lock::new(None),
            origin: std::cell::OnceCell::new(),
            slots_seen: std::cell::Cell::new(4),
            slots_tried: std::cell::Cell::new((0, 0)),
            charge: self.mc.external(code.consts.len() * 8 + code.ics.len() * 80).ok(),
            entry: code.words.as_ptr(),
            registers: code.registers,
            params: code.params,
            plain: !code.is_class_constructor && !code.keeps_args,
            uncalled: false,
            called: gc::Lock::new(None),
            code,
        };
        Ok(self.mc.alloc(rt))
    }
}

/// The array index a string is the canonical form of.
pub(crate) fn array_index(units: crate::value::string::Units<'_>) -> Option<u32> {
    let n = units.len();
    if n == 0 || n > 10 {
        return None;
    }
    let first = units.at(0);
    if first == 48 {
        return (n == 1).then_some(0);
    }
    let mut i: u64 = 0;
    for u in units.iter() {
        if !(48..58).contains(&u) {
            return None;
        }
        i = i * 10 + u64::from(u - 48);
    }
    (i < 0xffff_ffff).then_some(i as u32)
}

impl<'gc> State<'gc> {
    /// After marking: tables forget what died, the stack what lies above its top.
    pub(crate) fn after_mark_tables(&mut self, _alive: &Liveness<'_>) {
        self.interner.prune();
        self.megamorphic.clear();
        self.cleanup_due = !self.registries.is_empty();
        self.roots.map.retain(|_, w| !w.is_cleared());
        self.stack.clear_above();
    }
}
