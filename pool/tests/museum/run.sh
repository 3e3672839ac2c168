#!/bin/sh
# The bug museum: each mutant below is a bug that a pool once shipped (or that this one nearly did). The loom models
# must catch every one of them: a mutant that passes is a hole in the models. One build holds them all, and the variable
# POOL_MUTANT chooses one; first the models must pass without any. Run from anywhere in the workspace.
set -u
cd "$(dirname "$0")/../../.." || exit 1
export RUSTFLAGS="--cfg loom --cfg museum"
model() { timeout 120 cargo test -q --release -p pool --target-dir target/museum --test loom "$1" >/dev/null 2>&1; }
cargo test -q --release -p pool --target-dir target/museum --test loom --no-run || exit 1
escaped=0
# mutant:model that is to catch it
for exhibit in \
    claim_not_owned:model_03_two_that_meet idle_twice:model_03_two_that_meet \
    expire_toctou:model_05_expire_against_submit wake_before_mail:model_02_no_lost_wake_up \
    eagain_swallowed:model_11_spawn_failure recycle_gap:model_09_recycle_with_a_queue \
    arrive_gap:model_02_no_lost_wake_up hook_outlives_job:model_08_cancel_against_start \
    lane_left_open:model_01_express_lane hands_left_full:model_01_hand hand_after_close:model_01_hand \
    belt_left_behind:model_06_lane_against_close belt_runs_again:model_07_bounds_in_the_lane belt_torn:model_01_belt \
    raise_missed:model_08_cancel_everything \
    deadlock_unseen:model_03_waiting_for_oneself notify_all_herd:model_02_one_is_woken \
    scope_ends_early:model_15_scope
do
    mutant=${exhibit%%:*} model=${exhibit##*:}
    grep -rqF "mutant(\"$mutant\")" pool/src || { echo "museum: $mutant is nowhere in the code"; escaped=1; }
    if ! POOL_MUTANT="" model "$model"; then
        echo "museum: $model fails without a mutant"; escaped=1
    # A mutant may also hang a model's clean-up for ever: that is caught too.
    elif POOL_MUTANT="$mutant" model "$model"; then
        echo "museum: $mutant ESCAPED $model"; escaped=1
    else
        echo "museum: $mutant caught by $model"
    fi
done
exit $escaped
