//! `console` and `print`: lines go to the host's sink (standard output in the `interp` binary).
#![forbid(unsafe_code)]

use super::Row;
use crate::object::data::ObjectData;
use crate::object::shape::HIDDEN;
use crate::object::{Class, Object};
use crate::value::{Kind, PropertyKey, Value};
use crate::vm::{Args, JsResult, Vm};

const METHODS: &[Row] = &[
    ("log", 0, log),
    ("info", 0, log),
    ("debug", 0, log),
    ("warn", 0, error),
    ("error", 0, error),
    ("trace", 0, log),
];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let console = vm.new_object(8)?;
    super::methods(vm, console, METHODS)?;
    let global = vm.realm().global();
    let key = vm.key("console")?;
    global.define_own(vm, key, Value::object(console), HIDDEN)?;
    super::methods(vm, global, &[("print", 0, log)])
}

fn log<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    write(vm, args, false)
}

fn error<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    write(vm, args, true)
}

fn write<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, is_error: bool) -> JsResult<Value<'gc>> {
    let mut line = String::new();
    for (i, &v) in args.slice().iter().enumerate() {
        if i > 0 {
            line.push(' ');
        }
        match v.as_string() {
            Some(s) => line.push_str(&s.to_utf8()),
            None => inspect(vm, v, 0, &mut Vec::new(), &mut line)?,
        }
    }
    vm.charge(line.len() / 16)?;
    if let Some(sink) = vm.st.sink.as_mut() {
        sink(&line, is_error);
    }
    Ok(Value::undefined())
}

/// The deepest nesting that is shown.
const MAX_DEPTH: usize = 4;

/// A value as a developer wants to see it; runs no getters.
pub(crate) fn inspect<'gc>(
    vm: &mut Vm<'gc>,
    v: Value<'gc>,
    depth: usize,
    parents: &mut Vec<Object<'gc>>,
    out: &mut String,
) -> JsResult<()> {
    let Kind::Object(o) = v.kind() else {
        match v.kind() {
            Kind::String(s) => out.push_str(&format!("'{}'", s.to_utf8().replace('\'', "\\'"))),
            Kind::Double(d) if d == 0.0 && d.is_sign_negative() => out.push_str("-0"),
            _ => out.push_str(&vm.show(v)),
        }
        return Ok(());
    };
    if parents.iter().any(|p| p.is(o)) {
        out.push_str("[Circular]");
        return Ok(());
    }
    if o.is_class(Class::Error) {
        let (name, message) = (vm.names().name, vm.names().message);
        let text = |vm: &mut Vm<'gc>, key: PropertyKey<'gc>| {
            let mut at = Some(o);
            while let Some(x) = at {
                if let Some(v) = x.get_own_data(vm, key) {
                    return v.as_string().map_or(String::new(), |s| s.to_utf8());
                }
                at = x.proto();
            }
            String::new()
        };
        let (n, m) = (text(vm, name), text(vm, message));
        out.push_str(&if m.is_empty() { n } else { format!("{n}: {m}") });
        if let ObjectData::Any(c) = o.data()
            && let Some(d) = c.downcast::<crate::object::data::ErrorData<'gc>>()
        {
            let stack = d.stack.to_utf8();
            if depth == 0 && !stack.is_empty() {
                out.push('\n');
                out.push_str(stack.trim_end());
            }
        }
        return Ok(());
    }
    if o.is_callable() {
        out.push_str(&format!("[{}]", vm.show(v)));
        return Ok(());
    }
    if depth >= MAX_DEPTH {
        out.push_str(if o.is_array() { "[Array]" } else { "[Object]" });
        return Ok(());
    }
    parents.push(o);
    if let ObjectData::Primitive(p) = o.data() {
        out.push_str(&format!("[{}]", vm.show(p)));
    } else if o.is_array() {
        out.push('[');
        let n = o.array_length();
        for i in 0..n.min(100) {
            out.push_str(if i > 0 { ", " } else { " " });
            match o.element(i) {
                Some(e) => inspect(vm, e, depth + 1, parents, out)?,
                None => out.push_str("<empty>"),
            }
        }
        if n > 100 {
            out.push_str(&format!(", … {} more", n - 100));
        }
        out.push_str(if n > 0 { " ]" } else { "]" });
    } else {
        out.push('{');
        let keys = o.own_keys(vm)?;
        let mut first = true;
        for key in keys.into_iter().take(100) {
            let Some(p) = o.get_own(vm, key)? else { continue };
            if p.attrs & crate::object::shape::ENUMERABLE == 0 {
                continue;
            }
            out.push_str(if first { " " } else { ", " });
            first = false;
            match key {
                PropertyKey::Name(s) => out.push_str(&s.to_utf8()),
                PropertyKey::Index(i) => out.push_str(&i.to_string()),
                k => out.push_str(&format!("[{}]", vm.show_key(k))),
            }
            out.push_str(": ");
            match p.accessor() {
                Some(_) => out.push_str("[Getter/Setter]"),
                None => inspect(vm, p.value, depth + 1, parents, out)?,
            }
        }
        out.push_str(if first { "}" } else { " }" });
    }
    parents.pop();
    Ok(())
}
