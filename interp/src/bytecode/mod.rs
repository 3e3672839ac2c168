//! Bytecode: the table of operations, the immutable code, and the disassembler.

pub mod code;
pub mod disasm;
pub mod opcode;
