//! The legacy properties of %RegExp% (`RegExp.$1`, `RegExp.lastMatch`, …): what the last match in a realm was.
//!
//! Kept as the string and the places in it; parts are made when somebody asks. A match of a RegExp that is not an immediate
//! instance of the realm's own constructor leaves nothing to ask for.

use std::cell::Cell;

use gc::{Gc, Lock, Trace};

use super::new_native;
use super::regexp_exec::substring;
use crate::object::Object;
use crate::object::function::{NativeCode, NativeFn};
use crate::object::shape::CONFIGURABLE;
use crate::regexp::Captures;
use crate::value::Value;
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Vm};

/// From and to; empty where there is no part.
type Span = (u32, u32);

#[derive(Clone, Copy, Debug, Default)]
struct Spans {
    whole: Span,
    last_paren: Span,
    parens: [Span; 9],
}

/// What a realm knows of its last match.
#[derive(Debug, Trace)]
pub struct LastMatch<'gc> {
    /// What was matched; undefined before the first match, the hole if it is not to be known.
    subject: Lock<Value<'gc>>,
    /// [[RegExpInput]], if it was set since.
    input: Lock<Value<'gc>>,
    #[trace(skip)]
    spans: Cell<Spans>,
}

impl Default for LastMatch<'_> {
    fn default() -> Self {
        LastMatch {
            subject: Lock::new(Value::undefined()),
            input: Lock::new(Value::undefined()),
            spans: Cell::default(),
        }
    }
}

fn set_subject<'gc>(vm: &Vm<'gc>, realm: Gc<'gc, Realm<'gc>>, subject: Value<'gc>) {
    let last = Gc::write(vm.mc, realm.regexps()).project(|r| &r.last_match);
    last.project(|l| &l.subject).set(subject);
    last.project(|l| &l.input).set(Value::undefined());
}

/// UpdateLegacyRegExpStaticProperties ( C, S, startIndex, endIndex, capturedValues )
pub(super) fn update<'gc>(vm: &Vm<'gc>, realm: Gc<'gc, Realm<'gc>>, s: Value<'gc>, captures: &Captures) {
    let span = |at: usize| match captures.get(at).copied().flatten() {
        Some((from, to)) => (from as u32, to as u32),
        None => (0, 0),
    };
    let mut spans = Spans { whole: span(0), ..Spans::default() };
    if captures.len() > 1 {
        spans.last_paren = span(captures.len() - 1);
        for (i, paren) in spans.parens.iter_mut().enumerate().take(captures.len() - 1) {
            *paren = span(i + 1);
        }
    }
    realm.regexps().last_match.spans.set(spans);
    set_subject(vm, realm, s);
}

/// InvalidateLegacyRegExpStaticProperties ( C )
pub(super) fn invalidate<'gc>(vm: &Vm<'gc>, realm: Gc<'gc, Realm<'gc>>) {
    set_subject(vm, realm, Value::hole());
}

/// The receiver must be the realm's %RegExp%.
fn check<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<()> {
    let constructor = vm.intrinsic(Intrinsic::RegExp)?;
    if args.this() == Value::object(constructor) {
        return Ok(());
    }
    Err(vm.type_error("legacy properties are those of RegExp itself"))
}

/// GetLegacyRegExpStaticProperty ( C, thisValue, internalSlotName ): a part of what was matched.
fn part<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, which: impl Fn(&Spans, u32) -> Span) -> JsResult<Value<'gc>> {
    check(vm, args)?;
    let last = &vm.realm().regexps().as_ref().last_match;
    let subject = last.subject.get();
    if subject.is_hole() {
        return Err(vm.type_error("the last match was not one of RegExp itself"));
    }
    let Some(s) = subject.as_string() else { return Ok(Value::string(vm.intern("")?)) };
    let (from, to) = which(&last.spans.get(), s.len() as u32);
    substring(vm, s, from as usize, to as usize).map(Value::string)
}

fn input<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let set = vm.realm().regexps().last_match.input.get();
    if set.is_undefined() {
        return part(vm, args, |_, len| (0, len));
    }
    check(vm, args)?;
    Ok(set)
}

/// SetLegacyRegExpStaticProperty ( C, thisValue, internalSlotName, val )
fn set_input<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    check(vm, args)?;
    let text = Value::string(vm.to_string(args.get(0))?);
    Gc::write(vm.mc, vm.realm().regexps()).project(|r| &r.last_match).project(|l| &l.input).set(text);
    Ok(Value::undefined())
}

fn paren<'gc, const N: usize>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    part(vm, args, |spans, _| spans.parens[N - 1])
}

const PARENS: [(&str, NativeFn); 9] = [
    ("$1", paren::<1>),
    ("$2", paren::<2>),
    ("$3", paren::<3>),
    ("$4", paren::<4>),
    ("$5", paren::<5>),
    ("$6", paren::<6>),
    ("$7", paren::<7>),
    ("$8", paren::<8>),
    ("$9", paren::<9>),
];

/// Defines them on a realm's constructor.
pub(super) fn init<'gc>(vm: &mut Vm<'gc>, constructor: Object<'gc>) -> JsResult<()> {
    for name in ["input", "$_"] {
        let key = vm.key(name)?;
        let get = new_native(vm, NativeCode::Leaf(input), 0, key, "get", &[], false)?;
        let set = new_native(vm, NativeCode::Leaf(set_input), 1, key, "set", &[], false)?;
        constructor.define_accessor(vm, key, Value::object(get), Value::object(set), CONFIGURABLE)?;
    }
    let rows: [(&str, &str, NativeFn); 4] = [
        ("lastMatch", "$&", |vm, args| part(vm, args, |spans, _| spans.whole)),
        ("lastParen", "$+", |vm, args| part(vm, args, |spans, _| spans.last_paren)),
        ("leftContext", "$`", |vm, args| part(vm, args, |spans, _| (0, spans.whole.0))),
        ("rightContext", "$'", |vm, args| part(vm, args, |spans, len| (spans.whole.1, len))),
    ];
    for (long, short, f) in rows {
        super::getters(vm, constructor, &[(long, f), (short, f)])?;
    }
    super::getters(vm, constructor, &PARENS)
}
