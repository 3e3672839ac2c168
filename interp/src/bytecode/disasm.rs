//! Code as text: one line an instruction, made from the table of operations.
#![forbid(unsafe_code)]

use std::fmt::Write;

use super::code::{Code, Const};
use super::opcode::{ALL, Operand, Word};

/// The text of `code` and of the functions inside it.
pub fn disassemble(code: &Code) -> String {
    let mut out = String::new();
    let mut work = vec![code];
    while let Some(code) = work.pop() {
        let code = code.lazy.as_ref().and_then(|lazy| lazy.code.get()).map_or(code, |compiled| &**compiled);
        one(code, &mut out);
        work.extend(code.children.iter().rev().map(|c| &**c));
    }
    out
}

fn constant(code: &Code, index: u32) -> String {
    match code.consts.get(index as usize) {
        Some(Const::Number(n)) => format!("{n}"),
        Some(Const::Text(t)) => format!("{:?}", t.to_string()),
        Some(Const::BigInt(t)) => format!("{t}n"),
        Some(Const::Template(_)) => "template".into(),
        None => "?".into(),
    }
}

fn one(code: &Code, out: &mut String) {
    let name = code.name.to_string();
    let name = if name.is_empty() { "(anonymous)" } else { &name };
    let _ = writeln!(
        out,
        "function {name}: {} parameters, {} registers, {} caches",
        code.params,
        code.registers,
        code.ics.len()
    );
    let mut pc = 0;
    while pc < code.words.len() {
        let word = Word(code.words[pc]);
        let op = ALL[word.op() as usize];
        let _ = write!(out, "  {pc:5}  {:<16}", op.name());
        for (kind, value) in op.operands().into_iter().zip([word.a(), word.b(), word.c()]) {
            let _ = match kind {
                Operand::None => Ok(()),
                Operand::Imm => write!(out, " {value}"),
                Operand::Signed => write!(out, " {}", value as i8),
                _ => write!(out, " r{value}"),
            };
        }
        let end = pc + 1 + op.extra().len();
        for (i, kind) in op.extra().iter().enumerate() {
            let value = code.words[pc + 1 + i];
            let _ = match kind {
                Operand::Jump => write!(out, " -> {}", end as i64 + i64::from(value as i32)),
                Operand::Const => write!(out, " {}", constant(code, value)),
                Operand::Ic => {
                    let key = code.ics.get(value as usize).map_or("?".into(), |&k| constant(code, k));
                    write!(out, " {key} [{value}]")
                }
                _ => write!(out, " #{value}"),
            };
        }
        out.push('\n');
        pc = end;
    }
    for h in &code.handlers {
        let _ = writeln!(out, "  handler {}..{} -> {}", h.start, h.end, h.target);
    }
}
