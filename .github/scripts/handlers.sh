#!/usr/bin/env bash
# Every handler of the threaded dispatch loop goes on by a jump: none calls another one, neither by name nor through the
# table. A handler that does grows the native stack with each instruction (see interp/DESIGN.md, "The unsafe modules", 5).
# Reads the release build of the `interp` command; needs objdump (binutils).
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v objdump >/dev/null || { echo "SKIPPED: no objdump"; exit 0; }
[ "$(uname -m)" = x86_64 ] || { echo "SKIPPED: the check reads x86-64"; exit 0; }
cargo build --release -p interp --bin interp
objdump -d --no-show-raw-insn --demangle target/release/interp | awk '
    /^[0-9a-f]+ <.*>:$/ {
        name = $0; sub(/^[0-9a-f]+ </, "", name); sub(/>:$/, "", name)
        inside = name ~ /^interp::vm::dispatch::[A-Za-z_]+/ && name !~ /^interp::vm::dispatch::run/
        if (inside) handlers++
        next
    }
    inside && /\tjmp +\*.*,8\)|jmp +\*%r/ { jumps++ }
    inside && /\tcall +\*.*,8\)/ { print "calls through the table: " name; bad = 1 }
    inside && /\tcall .*<interp::vm::dispatch::/ && !/dispatch::run/ { print "calls a handler: " name; bad = 1 }
    END {
        print handlers " handlers, " jumps " jumps through the table"
        if (handlers < 150 || jumps < 150) { print "too few: is the threaded back-end built?"; bad = 1 }
        exit bad
    }'
