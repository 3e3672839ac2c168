#!/bin/sh
# The bug museum: each mutant below is a bug that a pool once shipped (or that this one nearly did). The loom models
# must catch every one of them: a mutant that passes is a hole in the models. Run from anywhere in the workspace.
set -u
cd "$(dirname "$0")/../../.." || exit 1
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/museum"
escaped=0
# mutant:model that is to catch it
for exhibit in \
    claim_not_owned:model_03 idle_twice:model_03 expire_toctou:model_05 wake_before_mail:model_02 \
    eagain_swallowed:model_11 recycle_gap:model_09 arrive_gap:model_02 hook_outlives_job:model_08 \
    lane_left_open:model_01 raise_missed:model_08 deadlock_unseen:model_03
do
    mutant=${exhibit%%:*} model=${exhibit##*:}
    flags="--cfg loom --cfg museum=\"$mutant\""
    if ! RUSTFLAGS="$flags" cargo test -q --release -p pool --test loom --no-run 2>/dev/null; then
        echo "museum: $mutant does not build"; escaped=1
    # A mutant may also hang a model's clean-up for ever: that is caught too.
    elif RUSTFLAGS="$flags" timeout 60 cargo test -q --release -p pool --test loom "$model" >/dev/null 2>&1; then
        echo "museum: $mutant ESCAPED $model"; escaped=1
    else
        echo "museum: $mutant caught by $model"
    fi
done
exit $escaped
