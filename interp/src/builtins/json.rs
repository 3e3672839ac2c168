//! The JSON object (25.5).
#![forbid(unsafe_code)]

use super::json_library::Output;
use super::json_source::{Recorder, Records, is_raw_json, raw_json};
use super::string::Builder;
use super::{Row, methods};
use crate::object::data::ObjectData;
use crate::object::function::Handover;
use crate::object::shape::{ENUMERABLE, HIDDEN, ShapeGc};
use crate::object::{Class, EXOTIC, Object};
use crate::value::string::Units;
use crate::value::{Kind, PropertyKey, Str, Value};
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Throw, Vm};

const FUNCTIONS: &[Row] = &[("isRawJSON", 1, is_raw_json), ("rawJSON", 1, raw_json)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let proto = vm.intrinsic(Intrinsic::ObjectPrototype)?;
    let shape = vm.root_shape(Some(proto), 0);
    let o = Object::new(vm.mc, shape, Class::Object, 0, ObjectData::None)?;
    Realm::set(vm.realm(), vm.mc, Intrinsic::Json, o);
    methods(vm, o, FUNCTIONS)?;
    let library = super::self_hosted::json_functions(vm)?;
    super::handover(vm, o, "parse", 2, parse, &library[..1])?;
    super::handover(vm, o, "stringify", 3, stringify, &library[1..])?;
    super::tag(vm, o, "JSON")?;
    let key = vm.key("JSON")?;
    let global = vm.realm().global();
    global.define_own(vm, key, Value::object(o), HIDDEN)
}

/// 25.5.1 JSON.parse ( text [ , reviver ] )
fn parse<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let text = vm.to_string(args.get(0))?;
    if !vm.is_callable(args.get(1)) {
        return parse_text(vm, text).map(Handover::Done);
    }
    let mut records = Records::new(text);
    let value = parse_recorded(vm, text, &mut records)?;
    let last = Value::number(records.last() as f64);
    let root = vm.new_object(1)?;
    let key = vm.names().empty;
    root.create_data(vm, key, value)?;
    let records = Value::cell(vm.mc.try_alloc(records)?.erase());
    let library = super::native_slots(args.callee())[0].get();
    let args = [Value::object(root), key.to_value(), args.get(1), records, last];
    Ok(Handover::call(library, Value::undefined(), &args))
}

/// A container that is being parsed.
enum Open<'gc> {
    Array(Object<'gc>),
    Object(Object<'gc>, PropertyKey<'gc>),
}

struct Parser<'gc> {
    units: Units<'gc>,
    at: usize,
}

/// ParseJSON.
pub(crate) fn parse_text<'gc>(vm: &mut Vm<'gc>, text: Str<'gc>) -> JsResult<Value<'gc>> {
    parse_recorded(vm, text, &mut ())
}

/// ParseJSON, without native recursion; the recorder is told what stands where.
fn parse_recorded<'gc>(
    vm: &mut Vm<'gc>,
    text: Str<'gc>,
    recorder: &mut impl Recorder<'gc>,
) -> JsResult<Value<'gc>> {
    let units = text.units(vm.mc)?;
    let mut p = Parser { units, at: 0 };
    let mut stack: Vec<Open<'gc>> = Vec::new();
    vm.charge(units.len() / 32)?;
    loop {
        // A value.
        vm.charge(1)?;
        p.space();
        let from = p.at;
        let mut value = match p.peek() {
            b'{' => {
                p.at += 1;
                let o = vm.new_object(4)?;
                p.space();
                if p.peek() == b'}' {
                    p.at += 1;
                    Value::object(o)
                } else {
                    let key = p.key(vm)?;
                    vm.mc.try_charge(32)?;
                    vm.mc.charge_external(-32);
                    stack.push(Open::Object(o, key));
                    recorder.open();
                    continue;
                }
            }
            b'[' => {
                p.at += 1;
                let a = vm.new_array(0)?;
                p.space();
                if p.peek() == b']' {
                    p.at += 1;
                    Value::object(a)
                } else {
                    vm.mc.try_charge(32)?;
                    vm.mc.charge_external(-32);
                    stack.push(Open::Array(a));
                    recorder.open();
                    continue;
                }
            }
            b'"' => Value::string(p.string(vm)?),
            b'-' | b'0'..=b'9' => p.number(vm)?,
            b't' => p.word(vm, "true", Value::bool(true))?,
            b'f' => p.word(vm, "false", Value::bool(false))?,
            b'n' => p.word(vm, "null", Value::null())?,
            _ => return Err(p.unexpected(vm)),
        };
        recorder.leaf(vm, value, from, p.at)?;
        // What it belongs to.
        loop {
            p.space();
            match stack.last_mut() {
                None => {
                    if p.at < p.units.len() {
                        return Err(p.unexpected(vm));
                    }
                    return Ok(value);
                }
                Some(Open::Array(a)) => {
                    let a = *a;
                    vm.array_push(a, value)?;
                    recorder.part(vm, None)?;
                    match p.peek() {
                        b',' => {
                            p.at += 1;
                            break;
                        }
                        b']' => value = Value::object(a),
                        _ => return Err(p.unexpected(vm)),
                    }
                }
                Some(Open::Object(o, key)) => {
                    let o = *o;
                    o.create_data(vm, *key, value)?;
                    recorder.part(vm, Some(*key))?;
                    match p.peek() {
                        b',' => {
                            p.at += 1;
                            p.space();
                            *key = p.key(vm)?;
                            break;
                        }
                        b'}' => value = Value::object(o),
                        _ => return Err(p.unexpected(vm)),
                    }
                }
            }
            p.at += 1;
            stack.pop();
            recorder.close(vm, value)?;
        }
    }
}

impl<'gc> Parser<'gc> {
    /// The unit as a byte; 0 at the end and beyond Latin-1.
    #[inline(always)]
    fn peek(&self) -> u8 {
        if self.at < self.units.len() { u8::try_from(self.units.at(self.at)).unwrap_or(0) } else { 0 }
    }

    #[inline]
    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    fn unexpected(&self, vm: &mut Vm<'gc>) -> Throw {
        if self.at >= self.units.len() {
            return vm.syntax_error("unexpected end of JSON input");
        }
        let c = char::from_u32(self.units.code_point(self.at).0).unwrap_or('\u{fffd}');
        vm.syntax_error(&format!("unexpected {c:?} in JSON at position {}", self.at))
    }

    fn word(&mut self, vm: &mut Vm<'gc>, word: &str, v: Value<'gc>) -> JsResult<Value<'gc>> {
        for b in word.bytes() {
            if self.peek() != b {
                return Err(self.unexpected(vm));
            }
            self.at += 1;
        }
        Ok(v)
    }

    /// A key and its colon.
    fn key(&mut self, vm: &mut Vm<'gc>) -> JsResult<PropertyKey<'gc>> {
        if self.peek() != b'"' {
            return Err(self.unexpected(vm));
        }
        let from = self.at + 1;
        let s = match self.plain_end(from) {
            Some(end) => {
                self.at = end + 1;
                let units = self.units.slice(from, end);
                match if end - from <= 10 { crate::vm::array_index(units) } else { None } {
                    Some(i) => PropertyKey::Index(i),
                    None => PropertyKey::Name(vm.st.interner.intern(vm.mc, units)?),
                }
            }
            None => {
                let s = self.string(vm)?;
                vm.key_of(s)?
            }
        };
        self.space();
        if self.peek() != b':' {
            return Err(self.unexpected(vm));
        }
        self.at += 1;
        Ok(s)
    }

    /// Where the string that begins at `from` ends, if it has no escapes.
    fn plain_end(&self, from: usize) -> Option<usize> {
        let stop = |u: u16| u == 0x22 || u == 0x5c || u < 0x20;
        let end = match self.units {
            Units::Latin1(b) => b[from..].iter().position(|&u| stop(u16::from(u))),
            Units::Utf16(b) => b[from..].iter().position(|&u| stop(u)),
        }? + from;
        (self.units.at(end) == 0x22).then_some(end)
    }

    fn string(&mut self, vm: &mut Vm<'gc>) -> JsResult<Str<'gc>> {
        self.at += 1;
        if let Some(end) = self.plain_end(self.at) {
            let s = super::string::part_of(vm, self.units, self.at, end)?;
            self.at = end + 1;
            return Ok(s);
        }
        let mut out = Builder::new();
        loop {
            let from = self.at;
            while self.at < self.units.len() && !matches!(self.units.at(self.at), 0..=0x1f | 0x22 | 0x5c) {
                self.at += 1;
            }
            out.push_units(vm, self.units.slice(from, self.at))?;
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return out.finish(vm);
                }
                b'\\' => {}
                _ => return Err(self.unexpected(vm)),
            }
            self.at += 1;
            let unit = match self.peek() {
                c @ (b'"' | b'\\' | b'/') => u16::from(c),
                b'b' => 8,
                b'f' => 12,
                b'n' => 10,
                b'r' => 13,
                b't' => 9,
                b'u' => {
                    let mut v = 0;
                    for _ in 0..4 {
                        self.at += 1;
                        match char::from(self.peek()).to_digit(16) {
                            Some(d) => v = v << 4 | d as u16,
                            None => return Err(self.unexpected(vm)),
                        }
                    }
                    v
                }
                _ => return Err(self.unexpected(vm)),
            };
            self.at += 1;
            out.push_unit(vm, unit)?;
        }
    }

    fn number(&mut self, vm: &mut Vm<'gc>) -> JsResult<Value<'gc>> {
        let from = self.at;
        let negative = self.peek() == b'-';
        self.at += usize::from(negative);
        let mut int = 0i64;
        match self.peek() {
            b'0' => self.at += 1,
            b'1'..=b'9' => {
                while self.peek().is_ascii_digit() {
                    int = int.wrapping_mul(10).wrapping_add(i64::from(self.peek() - b'0'));
                    self.at += 1;
                }
            }
            _ => return Err(self.unexpected(vm)),
        }
        if !matches!(self.peek(), b'.' | b'e' | b'E') && self.at - from < 16 {
            let n = int as f64;
            return Ok(Value::number(if negative { -n } else { n }));
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits(vm)?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits(vm)?;
        }
        let text: String = self.units.slice(from, self.at).iter().map(|u| char::from(u as u8)).collect();
        Ok(Value::number(text.parse().unwrap_or(f64::NAN)))
    }

    fn digits(&mut self, vm: &mut Vm<'gc>) -> JsResult<()> {
        if !self.peek().is_ascii_digit() {
            return Err(self.unexpected(vm));
        }
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }
}

/// The state of a serialization that calls no script. Where one would have to be called it is given up, and the library
/// serializes from the beginning: nothing was seen of it.
pub(super) struct Writer<'gc> {
    keys: Option<Vec<PropertyKey<'gc>>>,
    gap: Vec<u16>,
    stack: Vec<Object<'gc>>,
    out: Builder,
    /// The shape of an object that has no `toJSON`, and the prototype epoch for which that is so.
    without: Option<(ShapeGc<'gc>, u32)>,
    /// It was given up.
    left: bool,
    /// A `toJSON` of the engine's own was called, which may have called anything: there is no going back.
    called: bool,
}

/// Writes a value that has no parts (SerializeJSONProperty from step 5).
pub(super) fn write_leaf<'gc>(vm: &mut Vm<'gc>, out: &mut Builder, v: Value<'gc>) -> JsResult<()> {
    vm.charge(1)?;
    match v.kind() {
        Kind::Bool(b) => out.push_str(vm, if b { "true" } else { "false" }),
        Kind::String(s) => quote(vm, out, s),
        Kind::Double(d) if !d.is_finite() => out.push_str(vm, "null"),
        Kind::Int(_) | Kind::Double(_) => {
            let s = vm.to_string(v)?;
            out.push(vm, s)
        }
        Kind::BigInt(_) => Err(vm.type_error("a BigInt cannot be serialized as JSON")),
        Kind::Object(o) => {
            debug_assert!(o.is_class(Class::RawJson));
            let key = vm.key("rawJSON")?;
            let text = o.get(vm, key, v)?.as_string().expect("raw JSON is frozen");
            out.push(vm, text)
        }
        Kind::Null | Kind::Undefined | Kind::Symbol(_) | Kind::Internal => out.push_str(vm, "null"),
    }
}

/// A new line and its indentation, if there is a gap.
pub(super) fn new_line(vm: &mut Vm<'_>, out: &mut Builder, gap: &[u16], depth: usize) -> JsResult<()> {
    if gap.is_empty() {
        return Ok(());
    }
    out.push_str(vm, "\n")?;
    let ascii: Option<Vec<u8>> = gap.iter().map(|&u| u8::try_from(u).ok()).collect();
    vm.charge(depth / 8)?;
    for _ in 0..depth {
        match &ascii {
            Some(b) => out.push_units(vm, Units::Latin1(b))?,
            None => out.push_units(vm, Units::Utf16(gap))?,
        }
    }
    Ok(())
}

/// 25.5.2 JSON.stringify ( value [ , replacer [ , space ] ] )
fn stringify<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let mut w = Writer::new();
    let mut replacer = Value::undefined();
    if let Some(r) = args.get(1).as_object() {
        if r.is_callable() {
            replacer = args.get(1);
        } else if vm.is_array(args.get(1))? {
            w.keys = Some(property_list(vm, r)?);
        }
    }
    let mut space = args.get(2);
    if let Some(o) = space.as_object() {
        if o.is_class(Class::Number) {
            space = Value::number(vm.to_number(space)?);
        } else if o.is_class(Class::String) {
            space = Value::string(vm.to_string(space)?);
        }
    }
    if space.as_number().is_some() {
        let n = vm.to_integer(space)?.clamp(0.0, 10.0);
        w.gap = vec![0x20; n as usize];
    } else if let Some(s) = space.as_string() {
        w.gap = s.units(vm.mc)?.iter().take(10).collect();
    }
    let key = vm.names().empty;
    if replacer.is_undefined() {
        let text = w.text(vm, key, args.get(0));
        if !w.left {
            return text.map(Handover::Done);
        }
    }
    let holder = vm.new_object(1)?;
    holder.create_data(vm, key, args.get(0))?;
    let keys = match &w.keys {
        Some(keys) => {
            let mut list = Vec::with_capacity(keys.len());
            for &key in keys {
                list.push(Value::string(vm.to_string(key.to_value())?));
            }
            Value::object(vm.array_from(&list)?)
        }
        None => Value::undefined(),
    };
    let out = Value::cell(vm.mc.try_alloc(Output::new(w.gap))?.erase());
    let open = Value::object(vm.new_array(0)?);
    let library = super::native_slots(args.callee());
    let (serialize, f) = (library[0].get(), library[1].get());
    let args = [serialize, out, open, Value::object(holder), key.to_value(), args.get(0), replacer, keys];
    Ok(Handover::call(f, Value::undefined(), &args))
}

/// The keys an array replacer lists.
fn property_list<'gc>(vm: &mut Vm<'gc>, r: Object<'gc>) -> JsResult<Vec<PropertyKey<'gc>>> {
    let mut list = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let n = vm.length_of(r)?;
    for i in 0..n {
        vm.charge(1)?;
        let key = vm.index_key(i)?;
        let v = r.get(vm, key, Value::object(r))?;
        let wanted = match v.kind() {
            Kind::String(_) | Kind::Int(_) | Kind::Double(_) => true,
            Kind::Object(o) => o.is_class(Class::Number) || o.is_class(Class::String),
            _ => false,
        };
        if wanted {
            let s = vm.to_string(v)?;
            let key = vm.to_key(Value::string(s))?;
            if seen.insert(key) {
                list.push(key);
            }
        }
    }
    Ok(list)
}

/// Whether SerializeJSONProperty gives text for a prepared value.
pub(super) fn serializable<'gc>(vm: &Vm<'gc>, v: Value<'gc>) -> bool {
    !(v.is_undefined() || v.is_symbol() || vm.is_callable(v))
}

impl<'gc> Writer<'gc> {
    fn new() -> Writer<'gc> {
        Writer {
            keys: None,
            gap: Vec::new(),
            stack: Vec::new(),
            out: Builder::new(),
            without: None,
            left: false,
            called: false,
        }
    }

    /// The text of a value, or undefined.
    fn text(&mut self, vm: &mut Vm<'gc>, key: PropertyKey<'gc>, value: Value<'gc>) -> JsResult<Value<'gc>> {
        let value = self.prepare(vm, key, value)?;
        if !serializable(vm, value) {
            return Ok(Value::undefined());
        }
        self.write(vm, value)?;
        Ok(Value::string(std::mem::replace(&mut self.out, Builder::new()).finish(vm)?))
    }

    /// Gives up, where a script may have to be called, if there is a way back.
    fn leave(&mut self) -> JsResult<()> {
        if self.called {
            return Ok(());
        }
        self.left = true;
        Err(Throw::pending())
    }

    /// 25.5.2.2 SerializeJSONProperty ( state, key, holder ), steps 1 to 4, without a replacer.
    fn prepare(
        &mut self,
        vm: &mut Vm<'gc>,
        key: PropertyKey<'gc>,
        mut value: Value<'gc>,
    ) -> JsResult<Value<'gc>> {
        if (value.is_object() || value.is_bigint()) && !self.has_no_to_json(vm, value) {
            let name = vm.names().to_json;
            let plain = match value.as_object() {
                Some(o) => plain_lookup(vm, o, name)?,
                None => None,
            };
            let f = match plain {
                Some(f) => f,
                None => {
                    self.leave()?;
                    vm.get_value(value, name)?
                }
            };
            if let Some(o) = value.as_object().filter(|_| plain.is_some_and(|f| f.is_undefined())) {
                self.remember(vm, o);
            }
            if let Some(function) = f.as_object().filter(|f| f.is_callable()) {
                if !matches!(function.data(), ObjectData::Native(_)) || function.is_class(Class::Proxy) {
                    self.leave()?;
                }
                self.called = true;
                let k = vm.to_string(key.to_value())?;
                value = vm.call(f, value, &[Value::string(k)])?;
            }
        }
        if let Some(o) = value.as_object() {
            if o.is_class(Class::Number) {
                self.leave()?;
                return Ok(Value::number(vm.to_number(value)?));
            }
            if o.is_class(Class::String) {
                self.leave()?;
                return Ok(Value::string(vm.to_string(value)?));
            }
            if (o.is_class(Class::Boolean) || o.is_class(Class::BigInt))
                && let ObjectData::Primitive(v) = o.data()
            {
                return Ok(v);
            }
        }
        Ok(value)
    }

    fn has_no_to_json(&self, vm: &Vm<'gc>, value: Value<'gc>) -> bool {
        match (value.as_object(), self.without) {
            (Some(o), Some((shape, epoch))) => epoch == vm.proto_epoch && shape.ptr_eq(o.shape()),
            _ => false,
        }
    }

    /// An object like this one has no `toJSON` until a prototype changes.
    fn remember(&mut self, vm: &Vm<'gc>, o: Object<'gc>) {
        if o.shape().dictionary || o.has(EXOTIC) {
            return;
        }
        let mut holder = o.proto();
        while let Some(h) = holder {
            h.become_prototype(vm.mc);
            holder = h.proto();
        }
        self.without = Some((o.shape(), vm.proto_epoch));
    }

    /// Writes a prepared value (SerializeJSONProperty from step 5).
    fn write(&mut self, vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<()> {
        match v.as_object() {
            Some(o) if !o.is_class(Class::RawJson) => {
                vm.charge(1)?;
                vm.check_native_stack()?;
                if o.has(EXOTIC) {
                    self.leave()?;
                }
                if self.stack.iter().any(|s| s.is(o)) {
                    return Err(vm.type_error("cannot convert a cyclic structure to JSON"));
                }
                vm.charge(self.stack.len() / 16)?;
                self.stack.push(o);
                if vm.is_array(v)? {
                    self.array(vm, o)?
                } else {
                    self.object(vm, o)?
                }
                self.stack.pop();
                Ok(())
            }
            _ => write_leaf(vm, &mut self.out, v),
        }
    }

    /// [[Get]] of what is no data property of the object's own.
    fn read(&mut self, vm: &mut Vm<'gc>, o: Object<'gc>, key: PropertyKey<'gc>) -> JsResult<Value<'gc>> {
        match plain_lookup(vm, o, key)? {
            Some(v) => Ok(v),
            None => {
                self.leave()?;
                o.get(vm, key, Value::object(o))
            }
        }
    }

    fn new_line(&mut self, vm: &mut Vm<'gc>, depth: usize) -> JsResult<()> {
        new_line(vm, &mut self.out, &self.gap, depth)
    }

    /// 25.5.2.5 SerializeJSONObject ( state, value )
    fn object(&mut self, vm: &mut Vm<'gc>, o: Object<'gc>) -> JsResult<()> {
        let depth = self.stack.len();
        let mut any = false;
        self.out.push_str(vm, "{")?;
        let (keys, listed) = match &self.keys {
            Some(k) => (k.clone(), true),
            None => (o.own_keys(vm)?, false),
        };
        // Which keys there are is settled before the first value is read.
        let mut wanted = Vec::with_capacity(keys.len());
        let plain = !o.has(EXOTIC);
        vm.charge(keys.len() / 8)?;
        for key in keys {
            if key.is_symbol() {
                continue;
            }
            if listed || o.get_own(vm, key)?.is_some_and(|p| p.attrs & ENUMERABLE != 0) {
                wanted.push(key);
            }
        }
        for key in wanted {
            let data = if plain { o.get_own_data(vm, key) } else { None };
            let v = match data {
                Some(v) => v,
                None => self.read(vm, o, key)?,
            };
            let v = self.prepare(vm, key, v)?;
            if !serializable(vm, v) {
                continue;
            }
            if any {
                self.out.push_str(vm, ",")?;
            }
            any = true;
            self.new_line(vm, depth)?;
            let name = match key {
                PropertyKey::Name(s) => s,
                _ => vm.to_string(key.to_value())?,
            };
            quote(vm, &mut self.out, name)?;
            self.out.push_str(vm, if self.gap.is_empty() { ":" } else { ": " })?;
            self.write(vm, v)?;
        }
        if any {
            self.new_line(vm, depth - 1)?;
        }
        self.out.push_str(vm, "}")
    }

    /// 25.5.2.6 SerializeJSONArray ( state, value )
    fn array(&mut self, vm: &mut Vm<'gc>, o: Object<'gc>) -> JsResult<()> {
        let depth = self.stack.len();
        self.out.push_str(vm, "[")?;
        let n = vm.length_of(o)?;
        let plain = !o.has(EXOTIC);
        for i in 0..n {
            if i > 0 {
                self.out.push_str(vm, ",")?;
            }
            self.new_line(vm, depth)?;
            let key = vm.index_key(i)?;
            let element = if plain && i < u64::from(u32::MAX) { o.element(i as u32) } else { None };
            let v = match element {
                Some(v) => v,
                None => self.read(vm, o, key)?,
            };
            let v = self.prepare(vm, key, v)?;
            if serializable(vm, v) {
                self.write(vm, v)?;
            } else {
                vm.charge(1)?;
                self.out.push_str(vm, "null")?;
            }
        }
        if n > 0 {
            self.new_line(vm, depth - 1)?;
        }
        self.out.push_str(vm, "]")
    }
}

/// [[Get]] where it calls nothing; `None` where it may.
fn plain_lookup<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
) -> JsResult<Option<Value<'gc>>> {
    let mut holder = o;
    loop {
        if holder.has(EXOTIC) {
            return Ok(None);
        }
        if let Some(p) = holder.get_own_ordinary(vm, key)? {
            return Ok(if p.accessor().is_some() { None } else { Some(p.value) });
        }
        match holder.proto() {
            Some(p) => holder = p,
            None => return Ok(Some(Value::undefined())),
        }
    }
}

/// 25.5.2.3 QuoteJSONString ( value )
pub(crate) fn quote<'gc>(vm: &mut Vm<'gc>, out: &mut Builder, s: Str<'gc>) -> JsResult<()> {
    let units = s.units(vm.mc)?;
    out.push_str(vm, "\"")?;
    let mut from = 0;
    let mut i = 0;
    while i < units.len() {
        let u = units.at(i);
        if u >= 0x20 && u != 0x22 && u != 0x5c && !(0xd800..0xe000).contains(&u) {
            i += 1;
            continue;
        }
        let n = units.code_point(i).1;
        if n == 2 {
            i += 2;
            continue;
        }
        out.push_units(vm, units.slice(from, i))?;
        match u {
            8 => out.push_str(vm, "\\b")?,
            9 => out.push_str(vm, "\\t")?,
            10 => out.push_str(vm, "\\n")?,
            12 => out.push_str(vm, "\\f")?,
            13 => out.push_str(vm, "\\r")?,
            0x22 => out.push_str(vm, "\\\"")?,
            0x5c => out.push_str(vm, "\\\\")?,
            _ => out.push_str(vm, &format!("\\u{u:04x}"))?,
        }
        i += 1;
        from = i;
    }
    out.push_units(vm, units.slice(from, units.len()))?;
    out.push_str(vm, "\"")
}
