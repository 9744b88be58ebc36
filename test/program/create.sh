#!/bin/sh
# Runs `gia create` against the simulator as a person would: what it prints, and what it exits with.
# shellcheck source=test/program/harness.sh
. "$(dirname "$0")/harness.sh"

texts='{"replies":[{"texts":["Two ","bytes ","meet."],"thought":"Be brief."}],"repeat":true}'
legacy='{"replies":[{"texts":["Two ","bytes ","meet."],"thought":"Be brief.","legacy":true}],
  "repeat":true}'

# Ids and the wire's words differ between runs and revisions; nothing else may.
one_model() {
    sed -e 's/,"wire":"[^"]*"//' -e 's/,"event_id":"[^"]*"//' -e 's/,"id":"v1_[^"]*"//' \
        -e 's/"usage":{[^}]*}/"usage":{}/'
}

# --- text ---

start_sim "$texts"
run create --base-url "$url" -i Hello
check "prints the text of an answer" all exits 0 -- prints "Two bytes meet."
check "prints thoughts to stderr" err_has "Be brief."
check "prints the cost to stderr" err_has " tokens ("

run create --base-url "$url" --stream -i Hello
check "prints the text of a stream" all exits 0 -- prints "Two bytes meet."
check "prints a stream's thoughts to stderr" err_has "Be brief."

run --base-url "$url" create --stream --http1.1 -i Hello
check "takes options before the command" all exits 0 -- prints "Two bytes meet."

# --- events ---

run create --base-url "$url" --events -i Hello
check "prints events" all exits 0 -- out_has \
    '{"event":"content.delta","index":1,"delta":{"type":"text","text":"bytes "}' -- \
    out_has '"wire":"step.delta"}'
check "ends with done" all out_has '{"event":"done","code":"GIA_OK",' -- \
    out_has '"status":"completed","http_status":200,"attempts":1,'
check "begins with start" begins_with '{"event":"interaction.start","id":"v1_'
one_model <"$work/out" >"$work/steps"

start_sim "$legacy"
run create --base-url "$url" --revision legacy --events -i Hello
check "hears the legacy revision" out_has '"wire":"content.delta"}'
one_model <"$work/out" >"$work/legacy"
cp "$work/legacy" "$work/out"
check "prints the same events for both revisions" same_as "$work/steps"
run create --base-url "$url" --revision legacy -i Hello
check "prints a legacy answer's text" all exits 0 -- prints "Two bytes meet."

separator=$(printf ' \342\200\250') # U+2028
start_sim '{"replies":[{"fixture":"steps/thought_and_text.sse"}]}'
run create --base-url "$url" --stream -i Hello
check "keeps every character" all exits 0 -- \
    prints 'Ünïcödé survives: naïve café, 水, 🐙 and "quotes" \ slashes'"$separator too."

start_sim '{"replies":[{"fixture":"steps/thought_and_text.sse"}]}'
run create --base-url "$url" --events -i Hello
check "escapes JSON strings" all out_has '" and \"quotes\" \\ slashes' -- \
    out_has '**Weighing words**\n\nI compare'

start_sim '{"replies":[{"fixture":"steps/text_eager_start.sse"}],"repeat":true}'
run create --base-url "$url" --stream -i Hello
check "prints text that comes with a block's start" all exits 0 -- prints "Once upon a tide."
run create --base-url "$url" --events -i Hello
check "tells text that comes with a block's start as a delta" \
    out_has '"event":"content.delta","index":0,"delta":{"type":"text","text":"Once upon"}'

start_sim '{"replies":[{"fixture":"steps/text.json"},{"fixture":"steps/text.json"}]}'
run create --base-url "$url" --events -i Hello
check "prints an answer that is no stream with done" all exits 0 -- \
    out_has '"events":0,"interaction":{"id":"v1_'
run create --base-url "$url" --stream -i Hello
check "prints the text of an answer that is no stream" all exits 0 -- out_has "Compilers read"

# --- json ---

start_sim "$texts"
run create --base-url "$url" --json -i Hello
check "prints the interaction as JSON" all exits 0 -- out_has '"object":"interaction"' -- \
    out_has '"status":"completed"'
check "prints JSON as one line" [ "$(wc -l <"$work/out")" -eq 1 ]
run create --base-url "$url" --json --stream -i Hello
check "prints a folded stream as JSON" all exits 0 -- out_has "Two bytes meet."

# --- what is asked ---

start_sim '' --log
run create --base-url "$url" --system "Be brief." --api-version v1 -m gemini-2.5-flash -i Hello
check "sends what it is told" all exits 0 -- log_has '"system_instruction":"Be brief."' -- \
    log_has '"model":"gemini-2.5-flash"' -- log_has '"path":"/v1/interactions"'
run create --base-url "$url/prefix/" -i Hello
check "has a default model and version" all exits 0 -- \
    log_has '"model":"gemini-3-flash-preview"' -- log_has '"path":"/prefix/v1beta/interactions"'
run create --base-url "$url" --api-version v9 -i Hello
check "tells of an unknown path" all exits 1 -- err_has GIA_ENOT_FOUND

run create --base-url "$url" -i 'Hi, my name is Phil.' --json
id=$(sed -n 's/.*"id":"\(v1_[^"]*\)".*/\1/p' "$work/out")
run create --base-url "$url" --previous "$id" -i 'What is my name?'
check "continues a conversation" all exits 0 -- out_has Phil

printf '{"model":"gemini-3-flash-preview","input":"Hi, my name is Ada.", "stream":true}' \
    >"$work/body.json"
run create --base-url "$url" --body "$work/body.json"
check "sends a body" all exits 0 -- out_has Ada
run create --base-url "$url" --body "$work/body.json" -i 'Hi, my name is "Zoë".'
check "replaces a body's input" all exits 0 -- out_has 'Zoë'
run_with_input "$work/body.json" create --base-url "$url" --body -
check "reads a body from standard input" all exits 0 -- out_has Ada
run create --base-url "$url" --body "$work/none.json"
check "misses a body" all exits 2 -- err_has none.json
printf '{"model":' >"$work/broken.json"
run create --base-url "$url" --body "$work/broken.json"
check "refuses a broken body" exits 2
printf '{"model":"a","agent":"b","input":"c"}' >"$work/both.json"
run create --base-url "$url" --body "$work/both.json"
check "refuses a model and an agent" exits 2

printf 'Hi, my name is Grace.\n' >"$work/input"
run_with_input "$work/input" create --base-url "$url"
check "reads the input from standard input" all exits 0 -- out_has Grace
run_with_input "$work/input" create --base-url "$url" -i -
check "reads the input from -" all exits 0 -- out_has Grace
run create --base-url "$url"
check "refuses empty standard input" all exits 2 -- says_nothing
printf 'a\0b' >"$work/nul"
run_with_input "$work/nul" create --base-url "$url"
check "refuses input with NUL" all exits 2 -- err_has NUL
printf '\377' >"$work/latin"
run_with_input "$work/latin" create --base-url "$url"
check "refuses input that is not UTF-8" exits 2

printf '{"model":"gemini-3-flash-preview","input":"Weather?","tools":[{"type":"function",
  "name":"get_weather","parameters":{"type":"object","properties":{}}}]}' >"$work/tools.json"
run create --base-url "$url" --body "$work/tools.json"
check "tells of a function call" all exits 0 -- err_has get_weather -- err_has requires_action

# --- keys ---

unset GEMINI_API_KEY
run create --base-url "$url" -i Hello
check "misses a key" all exits 3 -- err_has GOOGLE_API_KEY -- says_nothing
export GEMINI_API_KEY=bad-key
run create --base-url "$url" -i Hello
check "tells of a bad key" all exits 3 -- err_has GIA_EAUTHENTICATION
printf 'file-key\n' >"$work/key"
run create --base-url "$url" --api-key-file "$work/key" -i Hello
check "reads a key file" exits 0
printf 'file-key\r\n\n' >"$work/key"
run create --base-url "$url" --api-key-file "$work/key" -i Hello
check "trims a key file's line ends" exits 0
printf 'file\rkey\n' >"$work/key"
run create --base-url "$url" --api-key-file "$work/key" -i Hello
check "refuses a key with a carriage return" exits 3
check "does not repeat the key" sh -c "! grep -q file.key '$work/err'"
: >"$work/key"
run create --base-url "$url" --api-key-file "$work/key" -i Hello
check "refuses an empty key file" exits 3
run create --base-url "$url" --api-key-file "$work/none" -i Hello
check "misses a key file" all exits 3 -- err_has none
export GEMINI_API_KEY=test-key

# --- tokens ---

start_sim '' --log --credential new-token
printf 'old-token\n' >"$work/token"
run create --base-url "$url" --token-file "$work/token" -i Hello
check "tells of a bad token" all exits 3 -- err_has GIA_EAUTHENTICATION
check "reads the token again when it is refused" [ "$(grep -c '"method":"POST"' "$work/log")" -eq 2 ]
printf 'new-token\n' >"$work/token"
run create --base-url "$url" --token-file "$work/token" -i Hello
check "sends a token" exits 0
# A file that holds another token when it is read again. The program has closed it when it sends, which
# the log tells.
rm "$work/token"
mkfifo "$work/token"
# shellcheck disable=SC2086
${GIA_TEST_WRAPPER:-} "$GIA" create --base-url "$url" --token-file "$work/token" -i Hello \
    >"$work/out" 2>"$work/err" </dev/null 9>&- &
program=$!
echo old-token >"$work/token"
until [ "$(grep -c '"method":"POST"' "$work/log")" -gt 3 ] || ! kill -0 "$program"; do :; done
echo new-token >"$work/token"
status=0
wait "$program" || status=$?
check "takes a new token when the old one is refused" all exits 0 -- err_lacks GIA_E
rm "$work/token"
run create --base-url "$url" --token-file "$work/token" -i Hello
check "misses a token file" all exits 3 -- err_has token
: >"$work/token"
run create --base-url "$url" --token-file "$work/token" -i Hello
check "refuses an empty token file" all exits 3 -- err_has "is empty"
run create --base-url "$url" --token-file "$work/token" --api-key-file "$work/key" -i Hello
check "refuses a key and a token" all exits 2 -- err_has "exclude each other"

start_sim '' --log
printf 'some-token\n' >"$work/token"
export GOOGLE_GENAI_USE_VERTEXAI=1 GOOGLE_CLOUD_PROJECT=p GOOGLE_CLOUD_LOCATION=us-central1
run create --base-url "$url" -i Hello
check "wants a token for Vertex AI" all exits 3 -- err_has --token-file
run create --base-url "$url" --token-file "$work/token" -i Hello
check "sends a token to Vertex AI" \
    log_has '"path":"/v1beta1/projects/p/locations/us-central1/interactions"'
unset GOOGLE_GENAI_USE_VERTEXAI GOOGLE_CLOUD_PROJECT GOOGLE_CLOUD_LOCATION

# --- usage ---

run
check "wants a command" all exits 2 -- says_nothing
run crate -i Hello
check "refuses an unknown command" all exits 2 -- err_has crate
run create --base-url "$url" --nonsense
check "refuses an unknown option" all exits 2 -- err_has nonsense
run create --base-url "$url" -i
check "wants an option's value" exits 2
run create --base-url "$url" --events --json -i Hello
check "refuses two formats" exits 2
run create --base-url "$url" --revision newest -i Hello
check "refuses an unknown revision" exits 2
# A wrapper such as valgrind makes each run slow, and these are all alike.
[ -n "${GIA_TEST_WRAPPER:-}" ] || for seconds in '' . 1e3 -1 nan 0x1 '1 '; do
    run create --base-url "$url" --timeout "$seconds" -i Hello
    check "refuses the timeout '$seconds'" exits 2
done
run create --base-url 'ftp://example.com' -i Hello
check "refuses a base URL" exits 2
run create --base-url "$url" Hello
check "refuses another word" all exits 2 -- err_has Hello
run --help
check "helps" all exits 0 -- out_has '--idle-timeout'
run --version
check "tells its version" all exits 0 -- out_has 'gia 0.'

# --- trouble ---

gone=$url
stop_sim
run create --base-url "$gone" -i Hello
check "tells of a refused connection" all exits 1 -- err_has GIA_ECONNECT -- says_nothing
run create --base-url "$gone" --events -i Hello
check "ends with done without an answer" all exits 1 -- \
    out_has '{"event":"done","code":"GIA_ECONNECT",' -- out_has '"http_status":0'

run create --base-url http://example.invalid --proxy "$gone" -i Hello
check "uses the proxy" all exits 1 -- err_has GIA_ECONNECT

start_sim '' --tls --ca-file "$work/ca.pem"
run create --base-url "$url" --cacert "$work/ca.pem" -i Hello
check "trusts a given authority" exits 0
run create --base-url "$url" -i Hello
check "does not trust any other" all exits 1 -- err_has GIA_ECERTIFICATE
run create --base-url "$url" --cacert "$work/none.pem" -i Hello
check "misses a file of authorities" exits 1

start_sim '{"replies":[{"fixture":"steps/error_429_quota.json"},
  {"fixture":"steps/error_403_permission_denied.json"},{"fixture":"steps/failed.json"},
  {"fixture":"steps/failed_step_error.json"},
  {"fixture":"steps/incomplete.sse"},{"fixture":"steps/truncated.sse"},
  {"fixture":"steps/error_mid_stream.sse"}]}'
run create --base-url "$url" -i Hello
check "tells of a quota" all exits 1 -- err_has GIA_EQUOTA
run create --base-url "$url" -i Hello
check "tells of a missing permission" all exits 3 -- err_has GIA_EPERMISSION
run create --base-url "$url" -i Hello
check "fails with a failed interaction" all exits 1 -- err_has failed -- \
    err_has "api_error: The agent stopped unexpectedly."
run create --base-url "$url" -i Hello
check "tells why a step failed" all exits 1 -- err_has "13: Decoding stopped."
run create --base-url "$url" --stream -i Hello
check "notes an incomplete interaction" all exits 0 -- err_has incomplete
run create --base-url "$url" --events -i Hello
check "tells of a truncated stream" all exits 1 -- out_has '"code":"GIA_ETRUNCATED"'
run create --base-url "$url" --events -i Hello
check "prints an error event" all exits 1 -- out_has '{"event":"error"'

start_sim '{"replies":[{"texts":["a"],"delay_ms":600000},{"texts":["a"],"delay_ms":600000},
  {"texts":["a","b"],"interval_ms":600000}]}'
run create --base-url "$url" --timeout 0.2 -i Hello
check "ends at the total timeout" all exits 1 -- err_has GIA_ETOTAL_TIMEOUT
run create --base-url "$url" --first-byte-timeout .2 -i Hello
check "ends at the first-byte timeout" all exits 1 -- err_has GIA_EFIRST_BYTE_TIMEOUT
run create --base-url "$url" --idle-timeout 0.2 --stream -i Hello
check "ends at the idle timeout" all exits 1 -- err_has GIA_EIDLE_TIMEOUT

# --- interruptions ---

# interrupted SIGNAL ARGUMENT...: sends the signal when the first line has come, while the simulator
# stalls. The reader holds the pipe open, so that the rest goes to $work/out.
interrupted() {
    signal=$1
    shift
    rm -f "$work/pipe"
    mkfifo "$work/pipe"
    # shellcheck disable=SC2086
    ${GIA_TEST_WRAPPER:-} "$GIA" "$@" >"$work/pipe" 2>"$work/err" </dev/null 9>&- &
    program=$!
    exec 8<"$work/pipe"
    read -r first <&8
    kill -s "$signal" "$program"
    { printf '%s\n' "$first" && cat <&8; } >"$work/out"
    exec 8<&-
    status=0
    wait "$program" || status=$?
}

stall='{"replies":[{"texts":["One\n","two","three"],"cut_at":1500,"end":"stall"}],"repeat":true}'
start_sim "$stall"
interrupted INT create --base-url "$url" --events -i Hello
check "ends with done when interrupted" all exits 130 -- out_has '"code":"GIA_ECANCELED"'
interrupted TERM create --base-url "$url" --events -i Hello
check "ends with done when terminated" exits 143

# A reader that goes away after one line.
rm -f "$work/pipe"
mkfifo "$work/pipe"
# shellcheck disable=SC2086
${GIA_TEST_WRAPPER:-} "$GIA" create --base-url "$url" --events -i Hello \
    >"$work/pipe" 2>"$work/err" </dev/null 9>&- &
program=$!
exec 8<"$work/pipe"
exec 8<&-
status=0
wait "$program" || status=$?
check "ends quietly when the reader has gone" all exits 1 -- err_empty

if [ -c /dev/full ]; then
    start_sim "$texts"
    status=0
    # shellcheck disable=SC2086
    ${GIA_TEST_WRAPPER:-} "$GIA" create --base-url "$url" --stream -i Hello \
        >/dev/full 2>"$work/err" </dev/null 9>&- || status=$?
    check "tells of a full disk" all exits 1 -- err_has "cannot write"
fi

plan
