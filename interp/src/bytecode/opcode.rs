//! The one table of operations: operands, extra words, and what each does.
//!
//! An instruction is one `u32` word `op | A << 8 | B << 16 | C << 24`, followed by the extra words
//! its row names. The encoder, the verifier, the disassembler and both dispatch back-ends are made
//! from this table; `vm/dispatch.rs` has one handler for each row.
#![forbid(unsafe_code)]

/// What an 8-bit operand, or an extra word, means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Not used.
    None,
    /// A register that is written.
    Write,
    /// A register that is read.
    Read,
    /// A register that is read and written.
    Both,
    /// The first of several consecutive registers; never a far register.
    Base,
    /// An unsigned number (counts, flags, slots).
    Imm,
    /// A signed 8-bit number.
    Signed,
    /// Extra word: a jump offset in words, relative to the end of the instruction.
    Jump,
    /// Extra word: an index into the constants.
    Const,
    /// Extra word: an index into the inline caches.
    Ic,
    /// Extra word: an index into the inner functions.
    Child,
    /// Extra word: an index into the scope descriptions.
    Scope,
    /// Extra word: a plain number.
    Word,
}

macro_rules! opcodes {
    ($($(#[$doc:meta])* $name:ident ($a:ident, $b:ident, $c:ident) [$($extra:ident),*];)*) => {
        /// An operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Op { $($(#[$doc])* $name),* }

        /// All operations in order of their numbers.
        pub const ALL: &[Op] = &[$(Op::$name),*];

        impl Op {
            /// The name.
            pub fn name(self) -> &'static str {
                match self { $(Op::$name => stringify!($name)),* }
            }
            /// The meaning of A, B and C.
            pub fn operands(self) -> [Operand; 3] {
                match self { $(Op::$name => [Operand::$a, Operand::$b, Operand::$c]),* }
            }
            /// The extra words.
            pub fn extra(self) -> &'static [Operand] {
                match self { $(Op::$name => &[$(Operand::$extra),*]),* }
            }
        }

        /// Calls a macro with the list of all operations, for the dispatch tables.
        macro_rules! with_opcodes { ($m:ident) => { $m! { $($name),* } } }
        pub(crate) use with_opcodes;
    };
}

opcodes! {
    /// A = undefined
    LoadUndef(Write, None, None)[];
    /// A = null
    LoadNull(Write, None, None)[];
    /// A = true
    LoadTrue(Write, None, None)[];
    /// A = false
    LoadFalse(Write, None, None)[];
    /// A = the uninitialised mark (temporal dead zone, array hole)
    LoadHole(Write, None, None)[];
    /// A = the signed 16-bit number in B, C
    LoadInt(Write, Imm, Imm)[];
    /// A = constant
    LoadConst(Write, None, None)[Const];
    /// A = B
    Move(Write, Read, None)[];
    /// A = far register (word)
    GetFar(Write, None, None)[Word];
    /// far register (word) = A
    SetFar(Read, None, None)[Word];
    /// A = `this` as passed
    LoadThis(Write, None, None)[];
    /// `this` of a sloppy function: undefined/null become the global object, primitives objects
    CoerceThis(None, None, None)[];
    /// `this` = A (derived constructors, after `super()`)
    StoreThis(Read, None, None)[];
    /// A = `this`, or a ReferenceError if it is uninitialised (derived constructors)
    LoadThisChecked(Write, None, None)[];
    /// A = the active function
    LoadCallee(Write, None, None)[];
    /// A = new.target
    LoadNewTarget(Write, None, None)[];
    /// A = the environment the active function closes over
    LoadFuncEnv(Write, None, None)[];

    /// A = B + C
    Add(Write, Read, Read)[];
    /// A = B - C
    Sub(Write, Read, Read)[];
    /// A = B * C
    Mul(Write, Read, Read)[];
    /// A = B / C
    Div(Write, Read, Read)[];
    /// A = B % C
    Mod(Write, Read, Read)[];
    /// A = B ** C
    Exp(Write, Read, Read)[];
    /// A = B & C
    BitAnd(Write, Read, Read)[];
    /// A = B | C
    BitOr(Write, Read, Read)[];
    /// A = B ^ C
    BitXor(Write, Read, Read)[];
    /// A = B << C
    Shl(Write, Read, Read)[];
    /// A = B >> C
    Shr(Write, Read, Read)[];
    /// A = B >>> C
    UShr(Write, Read, Read)[];
    /// A = B + C, C a signed constant
    AddI(Write, Read, Signed)[];
    /// A = B - C, C a signed constant
    SubI(Write, Read, Signed)[];
    /// A = B & C, C a signed constant
    BitAndI(Write, Read, Signed)[];
    /// A = B | C, C a signed constant
    BitOrI(Write, Read, Signed)[];
    /// A = B << C
    ShlI(Write, Read, Signed)[];
    /// A = B >> C
    ShrI(Write, Read, Signed)[];
    /// A = B >>> C
    UShrI(Write, Read, Signed)[];
    /// A = -B
    Neg(Write, Read, None)[];
    /// A = ToNumber(B)
    ToNumber(Write, Read, None)[];
    /// A = ToNumeric(B)
    ToNumeric(Write, Read, None)[];
    /// A = B + 1 (Number or BigInt; B is already numeric or is converted)
    Inc(Write, Read, None)[];
    /// A = B - 1
    Dec(Write, Read, None)[];
    /// A = !B
    Not(Write, Read, None)[];
    /// A = ~B
    BitNot(Write, Read, None)[];
    /// A = typeof B
    Typeof(Write, Read, None)[];
    /// A = ToPropertyKey(B)
    ToKey(Write, Read, None)[];
    /// A = ToString(B) (templates)
    ToStr(Write, Read, None)[];

    /// A = B == C
    Eq(Write, Read, Read)[];
    /// A = B != C
    Ne(Write, Read, Read)[];
    /// A = B === C
    StrictEq(Write, Read, Read)[];
    /// A = B !== C
    StrictNe(Write, Read, Read)[];
    /// A = B < C
    Lt(Write, Read, Read)[];
    /// A = B <= C
    Le(Write, Read, Read)[];
    /// A = B > C
    Gt(Write, Read, Read)[];
    /// A = B >= C
    Ge(Write, Read, Read)[];
    /// A = B in C
    In(Write, Read, Read)[];
    /// A = B instanceof C
    InstanceOf(Write, Read, Read)[];

    /// Go on elsewhere; backward jumps poll fuel and interrupts
    Jump(None, None, None)[Jump];
    /// If ToBoolean(A)
    JumpTrue(Read, None, None)[Jump];
    /// If not ToBoolean(A)
    JumpFalse(Read, None, None)[Jump];
    /// If A is undefined or null
    JumpNullish(Read, None, None)[Jump];
    /// If A is neither undefined nor null
    JumpNotNullish(Read, None, None)[Jump];
    /// If A is undefined
    JumpUndef(Read, None, None)[Jump];
    /// If A is not undefined
    JumpNotUndef(Read, None, None)[Jump];
    /// If A is the hole
    JumpHole(Read, None, None)[Jump];
    /// If A < B
    JLt(Read, Read, None)[Jump];
    /// If A <= B
    JLe(Read, Read, None)[Jump];
    /// If A > B
    JGt(Read, Read, None)[Jump];
    /// If A >= B
    JGe(Read, Read, None)[Jump];
    /// If not A < B
    JNLt(Read, Read, None)[Jump];
    /// If not A <= B
    JNLe(Read, Read, None)[Jump];
    /// If not A > B
    JNGt(Read, Read, None)[Jump];
    /// If not A >= B
    JNGe(Read, Read, None)[Jump];
    /// If A === B
    JSeq(Read, Read, None)[Jump];
    /// If A !== B
    JSne(Read, Read, None)[Jump];
    /// If A == B
    JEq(Read, Read, None)[Jump];
    /// If A != B
    JNe(Read, Read, None)[Jump];
    /// Jump to where the jump table (word) says for the number A; else go on
    JumpTable(Read, None, None)[Word];
    /// If A === the signed constant B
    JSeqI(Read, Signed, None)[Jump];
    /// If A < the signed constant B
    JLtI(Read, Signed, None)[Jump];
    /// If not A < the signed constant B
    JNLtI(Read, Signed, None)[Jump];
    /// A = B.name
    GetProp(Write, Read, None)[Ic];
    /// A = B.length
    GetLength(Write, Read, None)[Ic];
    /// A.name = B; C: strict
    SetProp(Read, Read, Imm)[Ic];
    /// A = `B[C]`
    GetElem(Write, Read, Read)[];
    /// `A[B]` = C in sloppy code
    SetElem(Read, Read, Read)[];
    /// `A[B]` = C in strict code
    SetElemStrict(Read, Read, Read)[];
    /// A = delete `B[C]`; sloppy
    DelElem(Write, Read, Read)[];
    /// A = delete `B[C]`; strict
    DelElemStrict(Write, Read, Read)[];
    /// A = `super[B]` with `this` C; word: the register of the active function
    GetSuper(Write, Read, Read)[Word];
    /// `super[A]` = B with `this` C; word: the register of the active function, bit 31: strict
    SetSuper(Read, Read, Read)[Word];
    /// CreateDataProperty(A, name, B)
    InitProp(Read, Read, None)[Ic];
    /// CreateDataProperty(A, B, C)
    InitElem(Read, Read, Read)[];
    /// DefineMethod: `A[B]` = C, the function's home object is A; word: 1 enumerable | 2 getter | 4 setter | 8 set name
    DefMethod(Read, Read, Read)[Word];
    /// A's prototype = B if B is an object or null (literal `__proto__: v`)
    SetProto(Read, Read, None)[];
    /// CopyDataProperties(A, B), leaving out the keys in the registers from the first word on; the second is their number
    CopyProps(Read, Read, None)[Word, Word];
    /// SetFunctionName(A, B), word: 0 none, 1 get, 2 set
    SetName(Read, Read, None)[Word];

    /// A = global name
    GetGlobal(Write, None, None)[Ic];
    /// A = typeof-safe global name (undefined if there is none)
    GetGlobalOrUndef(Write, None, None)[Ic];
    /// global name = A; B: strict
    SetGlobal(Read, Imm, None)[Ic];
    /// Initialise a global lexical binding = A
    InitGlobal(Read, None, None)[Ic];
    /// GlobalDeclarationInstantiation by the code's declarations
    DeclareGlobals(None, None, None)[];
    /// A global function declared by the program: name (ic) = A; B: deletable (eval)
    DeclareFunction(Read, Imm, None)[Ic];
    /// A = whether the global name resolves to a binding now (strict assignment to it)
    HasGlobal(Write, None, None)[Ic];

    /// A = a new environment inside B; scope description tells the slots, all uninitialised
    NewEnv(Write, Read, None)[Scope];
    /// A = a copy of the environment A (fresh loop iteration)
    CopyEnv(Both, None, None)[];
    /// A = slot C of environment B
    GetEnv(Write, Read, Imm)[];
    /// As GetEnv, a ReferenceError if uninitialised; word: constant with the name
    GetEnvChecked(Write, Read, Imm)[Const];
    /// slot C of environment B = A
    SetEnv(Read, Read, Imm)[];
    /// As SetEnv, a ReferenceError if the slot is uninitialised
    SetEnvChecked(Read, Read, Imm)[Const];
    /// A = the environment C steps out from B
    OuterEnv(Write, Read, Imm)[];
    /// As GetEnv with a wide slot
    GetEnvWide(Write, Read, None)[Word];
    /// As SetEnv with a wide slot
    SetEnvWide(Read, Read, None)[Word];
    /// ReferenceError if A is uninitialised
    CheckTdz(Read, None, None)[Const];
    /// ReferenceError: used before its initialisation
    ThrowTdz(None, None, None)[Const];
    /// TypeError: assignment to a constant
    ThrowConst(None, None, None)[Const];
    /// An error with a fixed message; A: 0 TypeError, 1 ReferenceError, 2 SyntaxError
    ThrowError(Imm, None, None)[Const];

    /// A = name looked up from environment B on; C: 1 undefined if there is none (typeof)
    GetName(Write, Read, Imm)[Const];
    /// name = A from environment B on; C: strict
    SetNameDyn(Read, Read, Imm)[Const];
    /// A = callee and A+1 = `this` of a call of a name from environment B on
    GetNameCall(Base, Read, None)[Const];
    /// A = delete name, from environment B on
    DelName(Write, Read, None)[Const];
    /// A = a new object environment for `with (B)` inside environment C
    NewWith(Write, Read, Read)[];
    /// A = reference holder of name from environment B on (the object environment that has it,
    /// the environment, or undefined if unresolvable), for assignments that evaluate in between
    ResolveName(Write, Read, None)[Const];
    /// name = A in the holder B (see ResolveName); C: strict
    PutName(Read, Read, Imm)[Const];
    /// A = name in the holder B; C: 1 undefined if unresolvable
    GetNameFrom(Write, Read, Imm)[Const];
    /// Declare a `var` in the variable environment reached from B (sloppy direct eval);
    /// A: initial value; C: 1 function, 2 only look for conflicts, 4 only ask the global object
    DeclareVarDyn(Read, Read, Imm)[Const];

    /// A = B(args): callee B, this B+1, C arguments from B+2 on
    Call(Write, Base, Imm)[];
    /// As Call, callee first fetched: B = (B+1).name
    CallMethod(Write, Base, Imm)[Ic];
    /// A = call, or new if B is 1: callee, `this` and arguments from the register in the first word on; the second is
    /// the number of arguments. They are copied to the top of the stack (functions with far registers)
    CallFar(Write, Imm, None)[Word, Word];
    /// A = callee B with `this` B+1 and arguments from the array B+2
    CallSpread(Write, Base, None)[];
    /// As Call in tail position, before the Return of A: a deep frame is replaced by the callee's
    TailCall(Write, Base, Imm)[];
    /// As CallMethod in tail position
    TailCallMethod(Write, Base, Imm)[Ic];
    /// As CallSpread in tail position
    TailCallSpread(Write, Base, None)[];
    /// A = new B(args from B+2)
    New(Write, Base, Imm)[];
    /// A = new B(...array B+2)
    NewSpread(Write, Base, None)[];
    /// A = super(…): constructor B, new target B+1, array of arguments B+2; C: the active function
    SuperCall(Write, Base, Read)[];
    /// A = super(…): constructor B, new target B+1, C arguments from B+2 on
    SuperNew(Write, Base, Imm)[];
    /// Direct eval: A = eval, callee B, arguments as Call; scope description, env register, flags
    CallEval(Write, Base, Imm)[Scope, Word, Word];
    /// Return A
    Return(Read, None, None)[];
    /// Return undefined
    ReturnUndef(None, None, None)[];
    /// Return from a constructor of a derived class: A if it is an object, else `this` in B
    ReturnDerived(Read, Read, None)[];

    /// A = {}; B: number of inline slots wanted
    NewObject(Write, Imm, None)[];
    /// A = { C properties: values from B on, keys of the caches from Ic on }; word: number of inline slots wanted
    NewLiteral(Write, Base, Imm)[Ic, Word];
    /// A = [] with room for word elements
    NewArray(Write, None, None)[Word];
    /// Push B onto the array A
    ArrayPush(Read, Read, None)[];
    /// A = array of the C values from register B on
    ArrayOf(Write, Base, Imm)[];
    /// A = closure of an inner function over the environment B
    Closure(Write, Read, None)[Child];
    /// A = a new RegExp object; constants: pattern, flags
    NewRegExp(Write, None, None)[Const, Const];
    /// A = the template object of this site
    TemplateObject(Write, None, None)[Const];
    /// A = arguments object; B: 1 mapped onto the slots of the environment C (the scope's `params`)
    CreateArguments(Write, Imm, Read)[Scope];
    /// A = array of the arguments from B on
    CreateRest(Write, Imm, None)[];

    /// B.. = iterator record (3 registers from A) of B; C: 1 async
    GetIterator(Base, Read, Imm)[];
    /// Step the iterator at B: a fast one puts the value into A (or jumps if done), skipping the
    /// next instruction; else A = the result of calling `next`
    IterNext(Write, Base, None)[Jump];
    /// The result object in B: done → mark iterator C done and jump; else A = value
    IterResult(Write, Read, Base)[Jump];
    /// Close the iterator A normally
    IterClose(Base, None, None)[];
    /// Close the iterator A because of a throw: errors of `return` are swallowed
    IterCloseThrow(Base, None, None)[];
    /// TypeError unless A is an object; B: what it is (0 iterator result, …)
    CheckObject(Read, Imm, None)[];
    /// TypeError if A is undefined or null (destructuring)
    CheckCoercible(Read, None, None)[];
    /// A = for-in state of B (undefined or null: an empty one)
    ForInStart(Write, Read, None)[];
    /// A = next key of the state B, or jump
    ForInNext(Write, Read, None)[Jump];

    /// Throw A
    Throw(Read, None, None)[];
    /// A = the caught exception (first instruction of a handler)
    Catch(Write, None, None)[];
    /// `debugger`
    Debugger(None, None, None)[];

    /// A, A+1 = constructor and prototype of a new class; B: heritage (or hole); word child; second word: name constant; third: register of the environment
    NewClass(Base, Read, Imm)[Child, Const, Word];
    /// Home object of the function A = B
    SetHome(Read, Read, None)[];
    /// Field list of the class A: add key B with initialiser C (hole: none)
    AddField(Read, Read, Read)[];
    /// Run the field initialisers of the function A on `this` B
    InitFields(Read, Read, None)[];
    /// A = a new private name; constant: its description
    NewPrivate(Write, None, None)[Const];
    /// A = B.#C
    GetPrivate(Write, Read, Read)[];
    /// A.#B = C
    SetPrivate(Read, Read, Read)[];
    /// Define private element: A.#B = C; word: 0 field, 1 method, 2 getter, 4 setter
    DefPrivate(Read, Read, Read)[Word];
    /// Private method or accessor of instances of the class A: key B, function C; word as DefPrivate
    AddPrivateMethod(Read, Read, Read)[Word];
    /// A = #B in C
    HasPrivate(Write, Read, Read)[];

    /// Make the generator object, return it to the caller, and stop before the body; B: prototype kind
    InitialYield(Write, None, None)[];
    /// Give B out; A = what it was resumed with; C = 0 next, 2 return (1 throw: thrown here)
    Yield(Write, Read, Write)[];
    /// A = await B
    Await(Write, Read, None)[];
    /// As Yield for `yield*`: B is given out as it is, a throw is not thrown here but told in C
    YieldStar(Write, Read, Write)[];
    /// A = import(B), options C
    ImportCall(Write, Read, Read)[Word];
    /// A = import.meta
    ImportMeta(Write, None, None)[];
    /// A = imported binding: slot B of the module's import cells
    GetImport(Write, None, None)[Word, Const];
    /// An instruction of the self-hosted library: A = intrinsic (word) of the arguments from B on, C of them
    Intrinsic(Write, Base, Imm)[Word];
    /// A = what the function of the host (word) returns for all arguments of the frame
    CallHost(Write, None, None)[Word];
    /// No operation
    Nop(None, None, None)[];
}

/// A decoded instruction word.
#[derive(Clone, Copy, Debug)]
pub struct Word(pub u32);

impl Word {
    /// The operation's number.
    pub fn op(self) -> u8 {
        self.0 as u8
    }
    /// Operand A.
    pub fn a(self) -> u8 {
        (self.0 >> 8) as u8
    }
    /// Operand B.
    pub fn b(self) -> u8 {
        (self.0 >> 16) as u8
    }
    /// Operand C.
    pub fn c(self) -> u8 {
        (self.0 >> 24) as u8
    }
}
