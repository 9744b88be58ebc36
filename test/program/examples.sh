#!/bin/sh
# Runs the examples against the simulator: what they print, and what they ask. The answers are the
# fixtures' (test/data/responses), the requests are compared with captures (test/data/requests).
# shellcheck disable=SC2119 # run without arguments
# shellcheck source=test/program/harness.sh
. "$(dirname "$0")/harness.sh"

captures=$GIA_TEST_DATA/requests/steps
cd "$work" || exit 1

# answers REPLY...: the simulator's next answers. "fixture" alone is one of steps/.
answers() {
    replies=
    for reply in "$@"; do
        case $reply in
        '{'*) ;;
        *) reply="{\"fixture\":\"steps/$reply\"}" ;;
        esac
        replies="$replies${replies:+,}$reply"
    done
    start_sim "{\"replies\":[$replies]}" --log
    export GOOGLE_GEMINI_BASE_URL="$url"
}

# example NAME [ARGUMENT...]
example() {
    GIA=$GIA_EXAMPLES/$1
    shift
    run "$@"
}

# asked NUMBER CAPTURE [POINTER...]: the request was as captured, but for what the pointers name.
# shellcheck disable=SC2317 # called by check
asked() {
    number=$1
    capture=$2
    shift 2
    case $capture in
    /*) ;;
    *) capture=$captures/$capture.json ;;
    esac
    "$GIA_REQUEST_IS" "$work/log" "$number" "$capture" "$@"
}

# media CAPTURE FILE: the bytes that a capture sends.
media() {
    sed -n 's/^ *"data": "\([^"]*\)".*/\1/p' "$captures/$1.json" | base64 -d >"$2"
}

# --- text, conversations ---

answers text.json
example text
check "text prints the answer" all exits 0 -- \
    prints "Compilers read your code so that bugs feel listened to."
check "text asks as captured" asked 1 text

answers error_404_model_not_found.json
example text
check "text tells of trouble" all exits 1 -- says_nothing -- err_has "GIA_ENOT_FOUND: "

unset GEMINI_API_KEY
example text
check "text misses a key" all exits 1 -- says_nothing -- err_has key
export GEMINI_API_KEY=test-key

start_sim '' --log
export GOOGLE_GEMINI_BASE_URL="$url"
example conversation
check "conversation prints both answers" all exits 0 -- out_has "Model: " -- out_has Phil
check "conversation asks as captured" asked 1 stateful_turn1
check "conversation goes on as captured" asked 2 stateful_turn2 /previous_interaction_id
check "conversation names the first answer" log_has '"previous_interaction_id":"v1_'

answers text.json error_429_quota.json
example conversation
check "conversation tells of trouble on the way" all exits 1 -- out_has Compilers -- \
    err_has "GIA_EQUOTA: "

# An interaction is what a reply's body says: {"body":{"status":…,"steps":[…]}}.
answers '{"body":{"object":"interaction","status":"completed","model":"m","steps":[
    {"type":"thought","signature":"c2lnLTE="},
    {"type":"model_output","content":[{"type":"text","text":"Madrid, Barcelona and Valencia."}]}]}}' \
    text.json
example history
check "history prints both answers" all exits 0 -- out_has "Model: Madrid" -- out_has Compilers
check "history asks as captured" asked 1 stateless_history_steps /input/3 /input/2 /input/1
check "history brings along what was said, as captured" asked 2 stateless_history_steps

# --- media ---

answers text.json text.json text.json text.json
media image_inline car.png
media audio_inline speech.wav
media video_inline video.mp4
media document_inline sample.pdf
number=0
for medium in image audio video document; do
    number=$((number + 1))
    example $medium
    check "$medium prints the answer" all exits 0 -- out_has Compilers
    check "$medium asks as captured" asked "$number" "${medium}_inline"
done
rm car.png speech.wav video.mp4 sample.pdf
for medium in image:car.png audio:speech.wav video:video.mp4 document:sample.pdf; do
    example "${medium%:*}"
    check "${medium%:*} misses its file" all exits 1 -- says_nothing -- \
        err_has "there is no such file: ${medium#*:}"
done

answers image_output.json
example generate_image
check "generate_image saves the image" all exits 0 -- out_has image/jpeg
check "generate_image writes the image's bytes" [ "$(base64 <generated_city.png | tr -d '\n')" = \
    "$(sed -n 's/^ *"data": "\([^"]*\)".*/\1/p' "$GIA_TEST_DATA/responses/steps/image_output.json")" ]
# The capture asks another model, and for a shape of image; the example leaves that to the service. What
# Python's example asks (response_modalities) is said by the format here.
check "generate_image asks as captured" asked 1 image_generation_steps /model \
    /response_format/mime_type /response_format/aspect_ratio /response_format/image_size \
    /response_format/delivery
printf '{"model":"gemini-3-pro-image-preview","input":"Generate an image of a futuristic city.",
  "response_format":{"type":"image"}}' >"$work/expected.json"
check "generate_image asks for nothing else" asked 1 "$work/expected.json"
answers text.json
example generate_image
check "generate_image misses the image" all exits 1 -- err_has "no image"

# --- an agent ---

answers background_in_progress.json background_in_progress.json deep_research_completed.json
example deep_research 0
check "deep_research looks until it is done" all exits 0 -- out_has "Research started" -- \
    out_has "Status: in_progress" -- out_has "The quiet ones age best."
check "deep_research asks as captured" asked 1 deep_research_create
# The captured id, in the place of the fixture's. The capture says stream=false, which is the default.
id=$(sed -n 's/^  "id": "\(.*\)",/\1/p' "$GIA_TEST_DATA/responses/steps/background_in_progress.json")
for poll in 1 2; do
    sed "s,/interactions/v1_[^\"]*,/interactions/$id," "$captures/deep_research_poll_$poll.json" \
        >"$work/poll.json"
    check "deep_research gets what it started as captured, $poll" asked $((poll + 1)) \
        "$work/poll.json"
done
check "deep_research stops when it is done" [ "$(wc -l <"$work/log")" -eq 3 ]
answers background_in_progress.json failed.json
example deep_research 0
check "deep_research tells of a failure" all exits 1 -- err_has "status: failed"
answers background_in_progress.json error_403_permission_denied.json
example deep_research 0
check "deep_research tells of trouble on the way" all exits 1 -- err_has GIA_EPERMISSION

# --- tools ---

answers function_call.json text.json
example function_call
check "function_call runs the tool" all exits 0 -- out_has "Tool Call: get_weather(Paris, France)" \
    -- out_has "Response: Compilers"
check "function_call asks as captured" asked 1 function_call
check "function_call answers as captured" asked 2 function_result /previous_interaction_id \
    /input/0/call_id /input/0/result
check "function_call answers that call" all log_has '"call_id":"61nzpsv4"' -- \
    log_has "The weather in Paris, France is sunny."
answers text.json
example function_call
check "function_call does without the tool" all exits 0 -- out_has "Response: Compilers"

answers '{"body":{"object":"interaction","status":"requires_action","model":"m","steps":[
    {"type":"thought","signature":"c2lnLTE="},
    {"type":"function_call","id":"fc_1","name":"schedule_meeting","arguments":{"attendees":["Peter",
     "Amir"],"date":"2025-11-01","time":"10:00","topic":"Next Gen API"},"signature":"c2lnLTI="}]}}' \
    text.json
example function_history
check "function_history runs the tool" all exits 0 -- out_has "Function call: schedule_meeting" -- \
    out_has "Final response: Compilers"
check "function_history brings along what was said, as captured" asked 2 \
    client_state_function_result_steps /input/0/content/0/text /input/3/result
check "function_history brings along the result" log_has "Meeting scheduled successfully."
check "function_history offers the tool as captured" asked 1 client_state_function_call /input /store
question='Schedule a meeting for 2025-11-01 at 10 am with Peter and Amir about the Next Gen API.'
printf '{"model":"gemini-3-flash-preview","store":false,"input":[{"type":"user_input","content":[
    {"type":"text","text":"%s"}]}]}' "$question" >"$work/expected.json"
for number in 1 2; do
    check "function_history brings along its question, $number" asked $number "$work/expected.json" \
        /tools /input/3 /input/2 /input/1
done

answers google_search.json code_execution.json url_context.json mcp_server.json
example google_search
check "google_search prints the answer" all exits 0 -- out_has Leuchtturm
check "google_search prints its sources" all \
    out_has "- lights.example.org https://lights.example.org/manned" -- \
    out_has "- keepers.example.org https://keepers.example.org"
check "google_search asks as captured" asked 1 google_search
example code_execution
check "code_execution prints the code" all exits 0 -- out_has "a, b = b, a + b" -- \
    out_has "The 50th Fibonacci number is 12586269025."
check "code_execution asks as captured" asked 2 code_execution
example url_context
check "url_context prints the pages" all exits 0 -- out_has "members: paywall" -- \
    out_has "The notice says the harbour closes at dusk."
check "url_context asks as captured" asked 3 url_context
example mcp_server
check "mcp_server prints the answer" all exits 0 -- \
    prints "It is clear in New York with 12 degrees."
check "mcp_server asks as captured" asked 4 mcp_server /tools/0/url /system_instruction
check "mcp_server names the server and the day" all \
    log_has '"url":"https://gemini-api-demos.uc.r.appspot.com/mcp"' -- \
    log_has "\"system_instruction\":\"Today is $(date '+%d %B %Y')."

# --- output, configuration, files ---

answers structured_output.json text.json
example structured_output
check "structured_output reads the answer" all exits 0 -- prints "spam (scam): Unsolicited prize claim"
decision=/response_format/schema/properties/decision/anyOf
check "structured_output asks as captured" asked 1 structured_output_steps /input \
    $decision/0/properties/reason/description $decision/1/properties/summary/description \
    $decision/1/properties/is_safe/description
check "structured_output asks its question" log_has "\"input\":\"Moderate the following content: \
'Congratulations! You've won a free cruise. Click here to claim your prize: \
www.definitely-not-a-scam.com'\""
check "structured_output describes its members" all \
    log_has '"description":"The reason why the content is considered spam."' -- \
    log_has '"description":"A brief summary of the content."' -- \
    log_has '"description":"Whether the content is safe for all audiences."'
example structured_output
check "structured_output tells what is no JSON" all exits 1 -- says_nothing -- err_has "not JSON"

answers '{"texts":["Two ","bytes ","meet."]}'
example stream
check "stream prints the answer" all exits 0 -- out_has "Two bytes meet." -- out_has GIA_OK
check "stream prints what it cost" grep -q '^Total Tokens: [1-9]' "$work/out"
check "stream asks as captured" asked 1 streaming

answers text.json incomplete.json
example configuration
check "configuration prints the answer" all exits 0 -- out_has Compilers -- err_empty
check "configuration asks as captured" asked 1 generation_config
example configuration
check "configuration tells that the answer is cut off" all exits 0 -- err_has "cut off"

answers text.json
example remote_file https://example.com/cats-and-dogs.jpg
check "remote_file prints the answer" all exits 0 -- out_has Compilers
check "remote_file asks as captured" asked 1 remote_image_uri

start_sim '' --log
export GOOGLE_GEMINI_BASE_URL="$url"
# Not a video, which would be in processing for some seconds, but the file of the captures.
printf 'hello world' >tiny.txt
example upload tiny.txt
check "upload asks about the file" all exits 0 -- out_has " is ACTIVE" -- \
    out_has "11 of 11 bytes"
check "upload announces the file as captured" asked 1 files_upload_path_1
check "upload sends the file in one piece" all log_has '"body":"11 bytes, not JSON"' -- \
    log_has '"x-goog-upload-command":"upload, finalize"'
check "upload asks as captured" asked "$(wc -l <"$work/log")" video_inline /input/1/data \
    /input/1/uri /input/1/mime_type
file=$(sed -n 's/ is ACTIVE$//p' "$work/out")
check "upload names the file" all log_has "/v1beta/$file\"" -- \
    log_has '"type":"video"' -- log_has '"mime_type":"text/plain"'
example upload none.mp4
check "upload misses its file" all exits 1 -- says_nothing -- err_has GIA_EFILE -- err_has none.mp4
example upload
check "upload misses the file of its own" all exits 1 -- says_nothing -- err_has GIA_EFILE -- err_has video.mp4

# --- many ---

start_sim '{"replies":[{"texts":["Two ","bytes ","meet."]}],"repeat":true}'
export GOOGLE_GEMINI_BASE_URL="$url"
GIA_TEST_WRAPPER=
example thousand
check "thousand hears the end of every call" all exits 0 -- \
    out_has "1000 calls: 1000 done, 0 failed, " -- out_has " 1000 completes, GIA_OK"

plan
