//! A tiny Lisp: values in NaN boxes, pairs and symbols as cells, the interpreter's registers in slots.
//!
//! `cargo run -p gc --example lisp -- "(+ 1 (* 2 3))"`. Arithmetic, `if`, `let`, `list`, `car`, `cdr`; the depth of
//! expressions is limited by the slots, the heap by a hard limit, and both are errors.

use gc::{Config, Context, EngineConfig, Gc, Mutation, OutOfMemory, Rootable, Slots, Tail, Trace};

#[derive(Trace)]
struct Pair<'gc> {
    car: Value<'gc>,
    cdr: Value<'gc>,
}
type Symbol = Tail<(), u8>;

gc::nan_box! {
    type Value<'gc> = enum Kind {
        immediates { Nil }
        pointers { Pair(Pair<'gc>), Symbol(Symbol) }
    }
}

struct Lisp;
impl Rootable for Lisp {
    type Root<'gc> = Slots<Value<'gc>>;
}

type Result<'gc> = std::result::Result<Value<'gc>, String>;

fn full(_: OutOfMemory) -> String {
    "out of memory".into()
}

fn cons<'gc>(mc: &Mutation<'gc>, car: Value<'gc>, cdr: Value<'gc>) -> Result<'gc> {
    Ok(mc.try_alloc(Pair { car, cdr }).map_err(full)?.into())
}

/// Reads one expression from the words.
fn read<'gc>(mc: &Mutation<'gc>, words: &mut std::vec::IntoIter<String>, depth: u32) -> Result<'gc> {
    let word = words.next().ok_or("the text ends too early")?;
    if word != "(" {
        let number = word.parse::<f64>().map(Value::from);
        return number.or_else(|_| Ok(mc.alloc_tail_copy((), word.as_bytes()).map_err(full)?.into()));
    }
    let mut items = Vec::new();
    while words.as_slice().first().is_some_and(|word| word != ")") {
        items.push(read(mc, words, depth.checked_sub(1).ok_or("too deep")?)?);
    }
    words.next().ok_or("`)` is missing")?;
    items.into_iter().rev().try_fold(Kind::Nil.pack(), |list, item| cons(mc, item, list))
}

fn pair<'gc>(value: Value<'gc>) -> std::result::Result<Gc<'gc, Pair<'gc>>, String> {
    value.gc::<Pair>().ok_or_else(|| format!("{} is no list", show(value)))
}

/// Evaluates; `frames` has the variables, each as a pair of name and value, one window for each expression.
fn eval<'gc>(
    mc: &Mutation<'gc>,
    frames: &mut Slots<Value<'gc>>,
    expr: Value<'gc>,
    scope: Value<'gc>,
) -> Result<'gc> {
    if let Some(name) = expr.gc::<Symbol>() {
        let mut at = scope;
        while let Some(entry) = at.gc::<Pair>() {
            let variable = pair(entry.car)?;
            if variable.car.gc::<Symbol>().is_some_and(|other| other.tail() == name.tail()) {
                return Ok(variable.cdr);
            }
            at = entry.cdr;
        }
        return Err(format!("{} is not defined", show(expr)));
    }
    let Some(call) = expr.gc::<Pair>() else { return Ok(expr) };
    let operator = call.car.gc::<Symbol>().ok_or("an operator is a name")?;
    let argument = |n: usize| -> Result<'gc> {
        (0..n).try_fold(call.cdr, |list, _| Ok(pair(list)?.cdr)).and_then(|list| Ok(pair(list)?.car))
    };
    frames.push(2, Kind::Nil.pack()).map_err(|_| "too deep")?;
    let number = |value: Value<'gc>| value.number().ok_or_else(|| format!("{} is no number", show(value)));
    let result = match operator.tail() {
        b"if" => {
            let test = eval(mc, frames, argument(0)?, scope)?;
            let branch = if test == Kind::Nil.pack() || test.number() == Some(0.0) { 2 } else { 1 };
            eval(mc, frames, argument(branch)?, scope)?
        }
        b"let" => {
            let value = eval(mc, frames, argument(1)?, scope)?;
            let scope = cons(mc, cons(mc, argument(0)?, value)?, scope)?;
            eval(mc, frames, argument(2)?, scope)?
        }
        b"list" => {
            let (mut at, mut values) = (call.cdr, Vec::new());
            while let Some(entry) = at.gc::<Pair>() {
                values.push(eval(mc, frames, entry.car, scope)?);
                at = entry.cdr;
            }
            values.into_iter().rev().try_fold(Kind::Nil.pack(), |list, value| cons(mc, value, list))?
        }
        b"car" => pair(eval(mc, frames, argument(0)?, scope)?)?.car,
        b"cdr" => pair(eval(mc, frames, argument(0)?, scope)?)?.cdr,
        operator => {
            let left = eval(mc, frames, argument(0)?, scope)?;
            frames.current()[0] = left;
            let right = eval(mc, frames, argument(1)?, scope)?;
            let (a, b) = (number(frames.current()[0])?, number(right)?);
            match operator {
                b"+" => (a + b).into(),
                b"-" => (a - b).into(),
                b"*" => (a * b).into(),
                b"<" => i32::from(a < b).into(),
                _ => return Err(format!("{} is no operator", show(call.car))),
            }
        }
    };
    frames.pop();
    Ok(result)
}

fn show(value: Value<'_>) -> String {
    match Kind::of(value) {
        Kind::Int(number) => number.to_string(),
        Kind::Double(number) => number.to_string(),
        Kind::Nil => "()".into(),
        Kind::Symbol(name) => String::from_utf8_lossy(name.tail()).into_owned(),
        Kind::Pair(_) => {
            let (mut at, mut items) = (value, Vec::new());
            while let Some(entry) = at.gc::<Pair>() {
                items.push(show(entry.car));
                at = entry.cdr;
            }
            format!("({})", items.join(" "))
        }
    }
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let text =
        std::env::args().nth(1).unwrap_or_else(|| "(let x (list 1 2 (* 3 4)) (car (cdr (cdr x))))".into());
    let words: Vec<String> =
        text.replace('(', " ( ").replace(')', " ) ").split_whitespace().map(String::from).collect();
    let ctx = Context::open(Config::default())?;
    let mut lisp =
        ctx.engine::<Lisp>(EngineConfig::named("lisp").hard_limit(1 << 20), |_| Slots::new(2000))?;
    let shown = lisp.mutate(|mc, frames| {
        let expr = read(mc, &mut words.into_iter(), 500)?;
        eval(mc, frames, expr, Kind::Nil.pack()).map(show)
    });
    println!("{}", shown.unwrap_or_else(|error| format!("error: {error}")));
    lisp.close();
    ctx.close()?;
    Ok(())
}
