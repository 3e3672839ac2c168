#!/usr/bin/env bash
# gc's tests under the address sanitizer and the leak sanitizer, which come with nightly. With `paranoid`, freed cells are
# overwritten: the sanitizer sees the blocks of the pool as memory in use, so a stale pointer into one is found by what it
# reads, and one into a large cell, a root or a list of the collector's by the sanitizer itself.
# Left out: the compile errors (nightly words them otherwise) and the models of loom.
set -euo pipefail
cd "$(dirname "$0")/../.."
tests=()
for file in gc/tests/*.rs; do
    name=$(basename "$file" .rs)
    case $name in compile_fail | loom) ;; *) tests+=(--test "$name") ;; esac
done
suppressions=$(mktemp)
trap 'rm -f "$suppressions"' EXIT
# This test forgets a context on purpose.
echo 'leak:a_forgotten_context_is_listed_with_its_owner' >"$suppressions"
export LSAN_OPTIONS="suppressions=$suppressions:print_suppressions=0"
export ASAN_OPTIONS=detect_leaks=1
export RUSTFLAGS=-Zsanitizer=address
cargo +nightly test -p gc --features paranoid --target x86_64-unknown-linux-gnu --target-dir target/sanitizers \
    --lib "${tests[@]}"
