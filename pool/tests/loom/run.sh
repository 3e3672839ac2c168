#!/bin/sh
# Runs every loom model of the pool and checks that each one listed here was there, ran to its end, and printed how many
# interleavings it saw: a model that was renamed, filtered out or compiled to nothing would otherwise pass unseen. A
# model that is not listed fails, too: so the list stays whole. And no model may take more than 20 s of processor time.
# Run from anywhere in the workspace.
set -u
cd "$(dirname "$0")/../../.." || exit 1
expected='1 exactly once
1 belt
1 express lane
1 hand
2 no lost wake-up
2 spinner
2 one is woken
2 bulkhead
3 two that meet
3 two that meet in a hand
3 waiting for oneself, of 1
3 waiting for oneself, of 2
4 submit against going idle
5 expire against submit
6 submit against close
6 lane against close
7 bounds
7 bounds in the lane
8 cancel against start
8 cancel in the lane
8 cancel everything, ticket: true
8 cancel everything, ticket: false
9 recycle: Rebuild
9 recycle: Retire
10 start and stop
11 spawn failure 01
11 spawn failure 10
11 spawn failure 11
11 successor
12 ticket: poll
12 ticket: drop
13 resize against submit
14 counts
15 scope, closed meanwhile: false
15 scope, closed meanwhile: true
15 scope, a job panics'
# A target folder of its own: the cfg reaches every dependency.
output=$(RUSTFLAGS="--cfg loom" cargo test --release -p pool --target-dir target/loom --test loom -- --nocapture "$@") ||
    { echo "$output"; exit 1; }
echo "$output" | grep '^loom model'
ran=$(echo "$output" | sed -n 's/^loom model \(.*\): [1-9][0-9]* iterations in [0-9.]* s$/\1/p' | sort)
expected=$(echo "$expected" | sort)
long=$(echo "$output" | sed -n 's/^loom model \(.*\): [0-9]* iterations in \([0-9.]*\) s$/\2 s: \1/p' | awk '$1 > 20')
if [ -n "$long" ]; then
    echo "loom: models that take more than 20 s of processor time:"
    echo "$long"
    exit 1
fi
if [ "$ran" != "$expected" ]; then
    echo "loom: the models that ran are not those that are listed:"
    echo "$expected" >target/loom-expected.txt
    echo "$ran" | diff target/loom-expected.txt - | sed -n 's/^</did not run:/p; s/^>/not listed:/p'
    exit 1
fi
echo "loom: all $(echo "$ran" | wc -l) explorations ran to their end, each in 20 s or less"
