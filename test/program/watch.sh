#!/bin/sh
# Runs `gia watch` and `gia create --watch` against the simulator.
# shellcheck source=test/program/harness.sh
. "$(dirname "$0")/harness.sh"

# looks LAST: a script whose run is in progress, then queued, then as LAST says.
looks() {
    printf '{"replies":[%s,%s,%s]}' '{"body":{"id":"v1_a","status":"in_progress"}}' \
        '{"body":{"id":"v1_a","status":"queued"}}' "$1"
}
text='{"fixture":"steps/text.json"}'

start_sim '' --polls 1
run create --base-url "$url" -i 'Tell me a joke.'
cp "$work/out" "$work/joke"
run create --base-url "$url" --background --watch --interval 0.01 -i 'Tell me a joke.'
check "create waits for the answer" all exits 0 -- same_as "$work/joke"
check "tells where the run stands" all err_has ": in_progress" -- err_has ": completed"
run create --base-url "$url" --background --watch --stream -i 'Tell me a joke.'
check "create follows a stream" all exits 0 -- same_as "$work/joke"
run create --base-url "$url" --background --watch --events -i 'Tell me a joke.'
check "create prints its events" all exits 0 -- out_has '{"event":"content.delta"' -- \
    out_has '"status":"completed"'
run create --base-url "$url" --background --json -i 'Tell me a joke.'
id=$(sed -n 's/.*"id":"\(v1_[^"]*\)".*/\1/p' "$work/out")
run watch --base-url "$url" --interval 0.01 "$id"
check "watch waits for the answer" all exits 0 -- same_as "$work/joke" -- err_has "$id: completed"
run watch --base-url "$url" --json "$id"
check "watch prints JSON" all exits 0 -- out_has '"status":"completed"'
run watch --base-url "$url" v1_none
check "watch tells of an unknown id" all exits 1 -- says_nothing -- err_has GIA_ENOT_FOUND

start_sim "$(looks "$text")" --log
run watch --base-url "$url" --interval 0.01 v1_a
check "tells each change" all exits 0 -- err_has "v1_a: in_progress" -- err_has "v1_a: queued"
start_sim "$(looks '{"body":{"id":"v1_a","status":"failed"}}')"
run watch --base-url "$url" --interval 0.01 v1_a
check "tells that the run has failed" all exits 1 -- says_nothing -- err_has "status is failed"
start_sim "$(looks "{\"status\":503},{\"accept\":\"reset\"},$text")"
run watch --base-url "$url" --interval 0.01 v1_a
check "survives looks that fail" all exits 0 -- out_has "Compilers"

start_sim '{"repeat":true,"replies":[{"body":{"id":"v1_a","status":"in_progress"}}]}'
run watch --base-url "$url" --interval 0.01 --watch-timeout 0.05 v1_a
check "does not wait for ever" all exits 1 -- says_nothing -- err_has GIA_EWATCH_TIMEOUT -- \
    err_has "gia watch v1_a"

# Interrupted while it waits: the descriptor says when it does.
rm -f "$work/pipe"
mkfifo "$work/pipe"
# shellcheck disable=SC2086
${GIA_TEST_WRAPPER:-} "$GIA" watch --base-url "$url" --interval 600 v1_a \
    >"$work/out" 2>"$work/pipe" </dev/null 9>&- &
program=$!
exec 8<"$work/pipe"
read -r line <&8
kill -INT "$program"
cat <&8 >"$work/err"
exec 8<&-
status=0
wait "$program" || status=$?
check "can be interrupted" all exits 130 -- err_has "gia watch v1_a"

start_sim '{"replies":[{"texts":["one ","two ","three"],"cut_at":900,"end":"close"}]}'
run create --base-url "$url" --background --watch --stream -i x
check "takes a broken stream up, and says so" all exits 0 -- out_has "one two three" -- \
    err_has "taking it up again"
start_sim '{"replies":[{"accept":"reset"},{"accept":"reset"}]}'
run create --base-url "$url" -i x
check "says when a lost create may have run" all exits 1 -- err_has "the service may have run it"
run create --base-url "$url" --events -i x
check "and in JSON" all exits 1 -- out_has '"may_have_run":1'

run watch --base-url "$url"
check "wants an id" all exits 2 -- err_has ID
run watch --base-url "$url" --background v1_a
check "refuses an option of create" all exits 2 -- err_has --background
run create --base-url "$url" --watch -i x
check "--watch wants --background" all exits 2 -- err_has --background
run create --base-url "$url" --interval 3 -i x
check "--interval wants --watch" all exits 2 -- err_has --watch
run watch --base-url "$url" --interval 0 v1_a
check "refuses an interval of nothing" all exits 2 -- err_has --interval

plan
