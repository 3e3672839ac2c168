#!/usr/bin/env bash
# pool's tests, and a shorter stress, under the thread sanitizer. `-Zbuild-std`: the standard library must be instrumented
# as well, or its locks order nothing in the sanitizer's eyes and every test is a false alarm.
# Left out: what counts allocations (the sanitizer allocates, too) and the events. The loom models run with real threads.
set -euo pipefail
cd "$(dirname "$0")/../.."
tests=()
for file in pool/tests/*.rs; do
    name=$(basename "$file" .rs)
    case $name in allocation | trace) ;; *) tests+=(--test "$name") ;; esac
done
export RUSTFLAGS=-Zsanitizer=thread
export TSAN_OPTIONS=halt_on_error=1
export POOL_STRESS_JOBS="${POOL_STRESS_JOBS:-200000}"
cargo +nightly test --release -Zbuild-std --target x86_64-unknown-linux-gnu --target-dir target/thread-sanitizer \
    -p pool --lib "${tests[@]}"
