#!/bin/sh
# What `gia create` makes of its command line: the request, as --dry-run prints it and as it is sent.
# shellcheck source=test/program/harness.sh
. "$(dirname "$0")/harness.sh"

captures=$GIA_TEST_DATA/requests/steps
png=iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC
cd "$work" || exit 1

# dry ARGUMENT...: $work/out is the body alone afterwards, $work/top what stands before it.
dry() {
    run create --dry-run "$@"
    sed '/^$/q' out >top
    sed '1,/^$/d' out >body
    cp body out
}

# body_is JSON
# shellcheck disable=SC2317 # called by check
body_is() {
    printf '%s' "$1" >expected.json
    printf '{"body":%s}\n' "$(cat body)" >request.log
    "$GIA_REQUEST_IS" request.log 1 expected.json
}

# shellcheck disable=SC2317 # called by check
head_has() {
    grep -qxF -e "$1" top
}

# --- the dry run ---

dry -i Hello
check "prints a request" all exits 0 -- err_empty
check "prints its body" body_is '{"model":"gemini-3-flash-preview","input":"Hello"}'
check "prints where it goes" head_has \
    'POST https://generativelanguage.googleapis.com/v1beta/interactions'
check "prints its headers" all head_has 'Content-Type: application/json' -- \
    head_has 'Accept: application/json'
check "does not print the key" head_has 'x-goog-api-key: [the key]'
dry -i Hello --base-url http://127.0.0.1:1/prefix/ --api-version v1 --stream
check "prints where else it goes" all exits 0 -- \
    head_has 'POST http://127.0.0.1:1/prefix/v1/interactions' -- head_has 'Accept: text/event-stream'
unset GEMINI_API_KEY
dry -i Hello
check "needs no key for that" exits 0
export GEMINI_API_KEY=test-key

# --- members ---

dry -a deep-research-pro-preview-12-2025 --background -i Tides
check "asks an agent" body_is \
    '{"agent":"deep-research-pro-preview-12-2025","background":true,"input":"Tides"}'
dry -i x --no-store --system 'Be brief.' --previous v1_a
check "sets members" body_is '{"model":"gemini-3-flash-preview","input":"x","store":false,
    "system_instruction":"Be brief.","previous_interaction_id":"v1_a"}'
dry -i x --set /generation_config/temperature=0.2 --set '/labels={"a":"b=c"}'
check "sets any member" body_is '{"model":"gemini-3-flash-preview","input":"x",
    "generation_config":{"temperature":0.2},"labels":{"a":"b=c"}}'
dry -i x --set '/model="other"'
check "lets --set have the last word" body_is '{"model":"other","input":"x"}'

# --- media ---

printf '%s' "$png" | base64 -d >car.png
dry -i 'Describe the image.' --file car.png
check "sends a file" body_is "{\"model\":\"gemini-3-flash-preview\",\"input\":[
    {\"type\":\"text\",\"text\":\"Describe the image.\"},
    {\"type\":\"image\",\"data\":\"$png\",\"mime_type\":\"image/png\"}]}"
cp car.png 'a:b'
dry -i x --file a:b:image/webp
check "sends a file of a given type" all exits 0 -- out_has '"image/webp"'
dry --file car.png
check "needs no text with a file" all exits 0 -- out_has '"data"'
dry -i x --uri https://example.com/cats.jpg --uri https://example.com/files/abc:application/pdf
check "sends URIs" body_is '{"model":"gemini-3-flash-preview","input":[{"type":"text","text":"x"},
    {"type":"image","uri":"https://example.com/cats.jpg"},
    {"type":"document","uri":"https://example.com/files/abc","mime_type":"application/pdf"}]}'
dry -i x --uri https://example.com/files/abc
check "wants to know what a URI is" all exits 2 -- err_has files/abc
dry -i x --file none.png
check "misses a file" all exits 2 -- err_has none.png
: >empty.png
dry -i x --file empty.png
check "refuses an empty file" exits 2
printf 'words' >unknown
dry -i x --file unknown
check "wants to know what a file is" exits 2

# --- tools ---

dry -i x --tool google_search --mcp weather=https://mcp.example.com/mcp?a=b --tool url_context
check "offers tools in their order" body_is '{"model":"gemini-3-flash-preview","input":"x","tools":[
    {"type":"google_search"},
    {"type":"mcp_server","name":"weather","url":"https://mcp.example.com/mcp?a=b"},
    {"type":"url_context"}]}'
printf '\n {"name":"f","description":"d","parameters":{"type":"object"}}' >f.json
printf '{"type":"function","name":"g"}' >g.json
dry -i x --function f.json --function g.json
check "offers functions" body_is '{"model":"gemini-3-flash-preview","input":"x","tools":[
    {"type":"function","name":"f","description":"d","parameters":{"type":"object"}},
    {"type":"function","name":"g"}]}'
printf '{"description":"d"}' >f.json
dry -i x --function f.json
check "refuses a function without a name" all exits 2 -- err_has f.json -- err_has name
printf '{"name":' >f.json
dry -i x --function f.json
check "refuses a broken function" all exits 2 -- err_has f.json
dry -i x --mcp https://mcp.example.com/mcp
check "refuses an MCP server without a name" exits 2

# --- schemas and bodies ---

printf '{"type":"object","properties":{}}' >schema.json
dry -i x --schema schema.json
check "asks for JSON" all exits 0 -- out_has '"schema":{"type":"object","properties":{}}'
printf '{"type":' >broken.json
dry -i x --schema broken.json
check "refuses a broken schema" exits 2

printf '{"model":"m","input":"old","response_format":{"type":"audio"},"tools":[{"type":"a"}]}' >b.json
dry --body b.json
check "sends a body" body_is "$(cat b.json)"
dry --body b.json --file car.png
check "replaces a body's input" all exits 0 -- out_has '"data"' -- out_lacks old
dry --body b.json --schema schema.json
check "replaces a body's format" all exits 0 -- out_has '"schema"' -- out_lacks audio
dry --body b.json --agent a
check "replaces who answers" all exits 0 -- out_has '"agent":"a"' -- out_lacks model

# --- what contradicts itself ---

dry -i x -m m -a a
check "refuses a model and an agent" exits 2
dry -i x --background --no-store
check "refuses background without store" exits 2
for member in x =1 temperature=1 /a=word; do
    dry -i x --set "$member"
    check "refuses --set $member" all exits 2 -- says_nothing
done

# --- the same as it is sent ---

start_sim '{"replies":[{"fixture":"steps/image_output.json"},{"fixture":"steps/text.json"},
    {"fixture":"steps/image_output.sse"}]}' --log
mkdir media
run create --base-url "$url" -m gemini-3-pro-image-preview -i City --out media
check "saves the media of an answer" all exits 0 -- out_has "Here is your city." -- \
    out_has media/output-2.jpg
check "saves their bytes" [ "$(base64 <media/output-2.jpg | tr -d '\n')" = \
    "$(sed -n 's/^ *"data": "\([^"]*\)".*/\1/p' "$GIA_TEST_DATA/responses/steps/image_output.json")" ]
run create --base-url "$url" -i 'Describe the image.' --file car.png
check "sends what --dry-run prints" "$GIA_REQUEST_IS" log 2 "$captures/image_inline.json"
run create --base-url "$url" -i City --events --out media
check "keeps JSON lines apart from paths" all exits 0 -- err_has "saved media/output-" -- \
    out_lacks media/
run create --base-url "$url" -i x --out none
check "wants a folder for media" all exits 2 -- err_has none
run create --base-url "$url" -i x --out car.png
check "wants a folder, not a file" exits 2

plan
