//! Making error objects, with the stack they were made on.
#![forbid(unsafe_code)]

use gc::Gc;

use super::realm::{Intrinsic, Realm};
use super::{Throw, Vm};
use crate::error::Location;
use crate::object::data::{ErrorData, ObjectData};
use crate::object::shape::HIDDEN;
use crate::object::{Class, Object};
use crate::value::{PropertyKey, Str, Value};

/// The most frames a stack text shows.
const MAX_SHOWN: usize = 30;

impl<'gc> Vm<'gc> {
    /// Throws a TypeError.
    #[cold]
    pub fn type_error(&mut self, message: &str) -> Throw {
        self.error(Intrinsic::TypeErrorPrototype, message)
    }
    /// Throws a RangeError.
    #[cold]
    pub fn range_error(&mut self, message: &str) -> Throw {
        self.error(Intrinsic::RangeErrorPrototype, message)
    }
    /// Throws a ReferenceError.
    #[cold]
    pub fn reference_error(&mut self, message: &str) -> Throw {
        self.error(Intrinsic::ReferenceErrorPrototype, message)
    }
    /// Throws a SyntaxError.
    #[cold]
    pub fn syntax_error(&mut self, message: &str) -> Throw {
        self.error(Intrinsic::SyntaxErrorPrototype, message)
    }

    /// Throws an error of a prototype.
    #[cold]
    pub fn error(&mut self, proto: Intrinsic, message: &str) -> Throw {
        if self.is_terminating() {
            return Throw::pending();
        }
        match self.make_error(proto, message) {
            Ok(o) => self.throw(Value::object(o)),
            Err(t) => t,
        }
    }

    /// As [`Vm::error`], of a realm.
    #[cold]
    pub(crate) fn error_in(&mut self, realm: Gc<'gc, Realm<'gc>>, proto: Intrinsic, message: &str) -> Throw {
        let running = self.st.native_realm.replace(realm);
        let thrown = self.error(proto, message);
        self.st.native_realm = running;
        thrown
    }

    /// Throws an error of the realm that called the running function: what [[Construct]] checks after its body.
    #[cold]
    pub(crate) fn error_of_caller(&mut self, proto: Intrinsic, message: &str) -> Throw {
        let caller = self.st.frames.iter().rev().nth(1).map(|frame| frame.rt.realm);
        let realm = caller.or(self.st.realm).expect("an engine has a realm");
        self.error_in(realm, proto, message)
    }

    /// An error object.
    ///
    /// # Errors
    /// If memory is full.
    pub fn make_error(&mut self, proto: Intrinsic, message: &str) -> super::JsResult<Object<'gc>> {
        let proto = self.intrinsic(proto)?;
        let message = self.str(message)?;
        let object = self.error_object(proto)?;
        let key = self.names().message;
        object.define_own(self, key, Value::string(message), HIDDEN)?;
        Ok(object)
    }

    /// An error object without a message.
    ///
    /// # Errors
    /// If memory is full.
    pub fn error_object(&mut self, proto: Object<'gc>) -> super::JsResult<Object<'gc>> {
        let (text, location) = self.stack_text();
        let stack = Str::utf8(self.mc, &text)?;
        let data = self.mc.try_alloc(ErrorData { stack, location })?;
        let shape = self.root_shape(Some(proto), 2);
        Ok(Object::new(self.mc, shape, Class::Error, 0, ObjectData::Any(data.erase()))?)
    }

    /// The running frames as text, and where the innermost is.
    pub(crate) fn stack_text(&self) -> (String, Option<Location>) {
        let mut text = String::new();
        let mut location = None;
        let mut shown = 0;
        for frame in self.st.frames.iter().rev() {
            let code = &frame.rt.code;
            if code.self_hosted {
                continue;
            }
            let word = (frame.at.pc.addr().wrapping_sub(code.words.as_ptr().addr()) / 4).saturating_sub(1);
            let pos = code.position(word as u32);
            let (line, column) = code.source.line_column(pos);
            if location.is_none() {
                let (excerpt, _) = code.source.excerpt(pos);
                location = Some(Location {
                    source: code.source.name().to_string(),
                    line,
                    column,
                    excerpt: Some(excerpt),
                });
            }
            let name = code.name.to_string();
            let name = if name.is_empty() { "<anonymous>" } else { &name };
            text.push_str(&format!("    at {name} ({}:{line}:{column})\n", code.source.name()));
            shown += 1;
            if shown == MAX_SHOWN {
                text.push_str("    …\n");
                break;
            }
        }
        (text, location)
    }

    /// A value as short text for messages; runs no script.
    pub fn show(&mut self, value: Value<'gc>) -> String {
        use crate::value::Kind;
        match value.kind() {
            Kind::String(s) => {
                let text = s.to_utf8();
                if text.chars().count() > 40 {
                    format!("\"{}…\"", text.chars().take(40).collect::<String>())
                } else {
                    format!("\"{text}\"")
                }
            }
            Kind::Symbol(s) => {
                format!("Symbol({})", s.description.map_or(String::new(), |d| d.to_utf8()))
            }
            Kind::Object(o) if o.is_callable() => {
                let name = self.names().name;
                match o.get_own_data(self, name).and_then(|v| v.as_string()) {
                    Some(n) if !n.is_empty() => format!("function {}", n.to_utf8()),
                    _ => "function".into(),
                }
            }
            Kind::Object(o) if o.is_array() => "array".into(),
            Kind::Object(_) => "object".into(),
            Kind::BigInt(b) => format!("{}n", b.value),
            Kind::Int(i) => i.to_string(),
            Kind::Double(d) => crate::value::number::to_text(d),
            Kind::Undefined => "undefined".into(),
            Kind::Null => "null".into(),
            Kind::Bool(b) => b.to_string(),
            Kind::Internal => "uninitialised".into(),
        }
    }

    /// A key as text for messages.
    pub fn show_key(&self, key: PropertyKey<'gc>) -> String {
        match key {
            PropertyKey::Name(s) => format!("'{}'", s.to_utf8()),
            PropertyKey::Index(i) => format!("'{i}'"),
            PropertyKey::Symbol(s) => match s.sort {
                crate::value::symbol::SymbolSort::Private => {
                    format!("'{}'", s.description.map_or(String::new(), |d| d.to_utf8()))
                }
                _ => format!("Symbol({})", s.description.map_or(String::new(), |d| d.to_utf8())),
            },
        }
    }
}
