#!/bin/sh
# Runs `gia get`, `gia cancel` and `gia delete` against the simulator.
# shellcheck source=test/program/harness.sh
. "$(dirname "$0")/harness.sh"

start_sim '' --log --polls 1

# created ARGUMENT...: sets id.
created() {
    run create --base-url "$url" --json "$@"
    id=$(sed -n 's/.*"id":"\(v1_[^"]*\)".*/\1/p' "$work/out")
}

created -i 'Tell me a joke.'
run create --base-url "$url" -i 'Tell me a joke.'
cp "$work/out" "$work/joke"
run get --base-url "$url" "$id"
check "prints an interaction" all exits 0 -- same_as "$work/joke"
check "names it" err_has "$id"
run --base-url "$url" get --json "$id"
check "prints it as JSON" all exits 0 -- out_has "\"id\":\"$id\"" -- out_has '"status":"completed"'
run get --base-url "$url" --json --include-input "$id"
check "prints the input" all exits 0 -- out_has 'Tell me a joke.' -- log_has 'include_input=true'
run get --base-url "$url" v1_none
check "tells of an unknown id" all exits 1 -- says_nothing -- err_has GIA_ENOT_FOUND

created --background -i 'Tell me a joke.'
run get --base-url "$url" "$id"
check "tells that a run is not done" all exits 0 -- says_nothing -- err_has in_progress
run get --base-url "$url" "$id"
check "prints a run that is done" all exits 0 -- same_as "$work/joke"
run get --base-url "$url" --stream "$id"
check "prints its stream" all exits 0 -- same_as "$work/joke"
run get --base-url "$url" --events "$id"
cp "$work/out" "$work/events"
check "prints its events" all exits 0 -- out_has '{"event":"interaction.start"' -- \
    out_has '{"event":"done","code":"GIA_OK"'
event=$(sed -n 's/.*"event_id":"\([^"]*\)".*/\1/p' "$work/events" | sed -n 2p)
run get --base-url "$url" --events --last-event-id "$event" "$id"
check "goes on behind an event" all exits 0 -- log_has 'last_event_id=' -- \
    out_lacks interaction.start -- out_has '"code":"GIA_OK"'

created --background -i 'Tell me a joke.'
run cancel --base-url "$url" "$id"
check "cancels a run" all exits 0 -- log_has "/$id/cancel"
run get --base-url "$url" --json "$id"
check "finds it cancelled" all exits 1 -- out_has '"status":"cancelled"'
run cancel --base-url "$url" v1_none
check "tells what cannot be cancelled" all exits 1 -- err_has GIA_ENOT_FOUND

run delete --base-url "$url" "$id"
check "deletes an interaction" all exits 0 -- says_nothing -- err_has "$id"
run get --base-url "$url" "$id"
check "finds it deleted" all exits 1 -- err_has GIA_ENOT_FOUND
run delete --base-url "$url" "$id"
check "tells what cannot be deleted" exits 1

for command in get cancel delete; do
    run $command --base-url "$url"
    check "$command wants an id" all exits 2 -- err_has ID
    run $command --base-url "$url" ''
    check "$command wants an id that is not empty" exits 2
    run $command --base-url "$url" a b
    check "$command wants one id" all exits 2 -- err_has b
    run $command --base-url "$url" -m gemini "$id"
    check "$command refuses an option of create" all exits 2 -- err_has --model
done
run get --base-url "$url" ..
check "refuses an id that is a path" all exits 2 -- err_has "no such id"
run get --base-url "$url" --last-event-id x "$id"
check "refuses --last-event-id without a stream" exits 2
run create --base-url "$url" -i x --include-input
check "create refuses an option of get" all exits 2 -- err_has --include-input

plan
