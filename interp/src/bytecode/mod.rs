//! Bytecode: the table of operations, the immutable code, the disassembler, and the verifier.
#![forbid(unsafe_code)]

pub mod code;
pub mod disasm;
pub mod opcode;
pub mod verify;
