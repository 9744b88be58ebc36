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

# shellcheck disable=SC2317 # called by check
head_begins() {
    grep -q "^$1" top
}

# --- the dry run ---

dry -i Hello
check "prints a request" all exits 0 -- err_empty
check "prints its body" body_is '{"model":"gemini-3-flash-preview","input":"Hello"}'
check "prints where it goes" head_has \
    'POST https://generativelanguage.googleapis.com/v1beta/interactions'
check "prints its headers" all head_has 'Content-Type: application/json' -- \
    head_has 'Accept: application/json'
check "does not print the key" all head_has 'x-goog-api-key: [redacted]' -- out_lacks test-key
check "prints every header" all head_has 'Content-Length: 50' -- \
    head_begins 'User-Agent: gia-program gia/' -- head_begins 'x-goog-api-client: gia-program gia/'
dry -i Hello --base-url http://127.0.0.1:1/prefix/ --api-version v1 --stream
check "prints where else it goes" all exits 0 -- \
    head_has 'POST http://127.0.0.1:1/prefix/v1/interactions' -- head_has 'Accept: text/event-stream'
dry -i Hello --set /stream=true
check "sees a stream that --set asks for" head_has 'Accept: text/event-stream'
printf '{"model":"m","input":"x","stream":true}' >stream.json
dry --body stream.json
check "sees a stream that a body asks for" head_has 'Accept: text/event-stream'
export GOOGLE_GENAI_USER_PROJECT=payer
dry -i Hello
check "prints the headers of the environment" head_has 'x-goog-user-project: payer'
unset GOOGLE_GENAI_USER_PROJECT
unset GEMINI_API_KEY
dry -i Hello
check "needs no key for that" all exits 0 -- head_has 'x-goog-api-key: [redacted]'
dry -i Hello --token-file none
check "needs no token for that" all exits 0 -- head_has 'Authorization: Bearer [redacted]'
export GOOGLE_GENAI_USE_VERTEXAI=1 GOOGLE_CLOUD_PROJECT=p GOOGLE_CLOUD_LOCATION=eu
dry -i Hello
check "prints a request to Vertex AI" all exits 0 -- head_has 'Authorization: Bearer [redacted]' -- \
    head_has "POST https://aiplatform.eu.rep.googleapis.com/v1beta1/projects/p/locations/eu/interactions"
unset GOOGLE_CLOUD_LOCATION
dry -i Hello
check "misses half of what Vertex AI takes" all exits 3 -- says_nothing -- \
    err_has GOOGLE_CLOUD_LOCATION
unset GOOGLE_GENAI_USE_VERTEXAI GOOGLE_CLOUD_PROJECT
export GEMINI_API_KEY=test-key

# More than a pipe holds, for a reader that goes away.
head -c 1000000 /dev/zero >zeros
# shellcheck disable=SC2086
{
    status=0
    ${GIA_TEST_WRAPPER:-} "$GIA" create --dry-run --file zeros:image/png 2>err || status=$?
    echo "$status" >status
} | head -n 1 >out
status=$(cat status)
check "ends quietly when the reader has gone" all exits 1 -- begins_with POST -- err_empty
if [ -c /dev/full ]; then
    status=0
    # shellcheck disable=SC2086
    ${GIA_TEST_WRAPPER:-} "$GIA" create --dry-run -i x >/dev/full 2>err || status=$?
    check "tells of a full disk" all exits 1 -- err_has "cannot write"
fi

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
check "wants to know what a URI is" all exits 2 -- \
    err_has 'say --uri https://example.com/files/abc:image/png'
dry -i x --file none.png
check "misses a file" all exits 2 -- err_is 'gia: --file none.png: No such file or directory'
dry -i x --file .
check "refuses a folder" all exits 2 -- err_is 'gia: --file .: it is a folder'
mkfifo pipe
dry -i x --file pipe
check "refuses a pipe" all exits 2 -- err_is 'gia: --file pipe: it is no regular file'
: >empty.png
dry -i x --file empty.png
check "refuses an empty file" all exits 2 -- err_is 'gia: --file empty.png: it is empty'
printf 'words' >car.xyz
dry -i x --file car.xyz
check "wants to know what a file is" all exits 2 -- err_is \
    'gia: --file car.xyz: its type is unknown; say --file car.xyz:image/png, or whatever it is'
dry --uri :image/png
check "refuses no URI" all exits 2 -- err_has 'missing before: image/png'

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
check "refuses a broken function" all exits 2 -- err_has '--function f.json is not JSON' -- \
    err_has 'at byte 8'
printf '["name"]' >f.json
dry -i x --function f.json
check "refuses a function that is no object" all exits 2 -- err_has '--function f.json: it is no JSON'
dry -i x --tool ''
check "refuses a tool without a name" all exits 2 -- err_has 'nothing behind an option: tool'
dry -i x --mcp weather=
check "refuses an MCP server without a URL" all exits 2 -- err_has 'NAME=URL'
dry -i x --mcp https://mcp.example.com/mcp
check "refuses an MCP server without a name" exits 2

# --- schemas and bodies ---

printf '{"type":"object","properties":{}}' >schema.json
dry -i x --schema schema.json
check "asks for JSON" all exits 0 -- out_has '"schema":{"type":"object","properties":{}}'
printf '{"type":' >broken.json
dry -i x --schema broken.json
check "refuses a broken schema" all exits 2 -- err_has '--schema broken.json is not JSON: ' -- \
    err_has '(at byte 8)'
printf '[]' >list.json
dry -i x --schema list.json
check "refuses a schema that is no object" all exits 2 -- err_has '--schema list.json: it is no JSON'
dry --body broken.json
check "refuses a broken body" all exits 2 -- err_has '--body broken.json is not JSON: ' -- \
    err_has '(at byte 8)'
dry --body list.json
check "refuses a body that is no object" all exits 2 -- err_has '--body list.json: it is no JSON'

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
check "refuses a model and an agent" all exits 2 -- err_has '--model and --agent exclude each other'
dry -i x -m m --set '/agent="a"'
check "refuses a model and --set /agent" all exits 2 -- err_has '--model and --set /agent exclude'
dry -i x --set '/agent="a"'
check "takes an agent from --set" body_is '{"agent":"a","input":"x"}'
dry -i x --background --no-store
check "refuses background without store" all exits 2 -- err_has '--background needs what --no-store'
dry -i x --tool google_search --set /tools=[]
check "refuses two ways to offer tools" all exits 2 -- err_has '--set /tools excludes --tool'
for member in x =1 temperature=1 /a=word; do
    dry -i x --set "$member"
    check "refuses --set $member" all exits 2 -- says_nothing -- err_has '--set'
done
printf '{"model":"m","agent":"a","input":"x","tools":[]}' >b.json
dry --body b.json
check "refuses a body with a model and an agent" all exits 2 -- \
    err_is 'gia: --body b.json: it names a model and an agent: choose one with -m or -a'
dry --body b.json -m m --tool google_search
check "refuses to add to a body's tools" all exits 2 -- err_has '--body b.json: it has tools'
printf '{}' >b.json
dry --body b.json
check "wants to know who answers" all exits 2 -- err_has 'add one with -m or -a'
dry --body b.json -m m
check "wants an input" all exits 2 -- err_has 'it has no input: add it with -i'
dry --body b.json --set '/model="m"' --tool google_search --set '/input="x"'
check "lets --set complete a body" body_is \
    '{"model":"m","input":"x","tools":[{"type":"google_search"}]}'
dry -i "$(printf '\377')"
check "names the option that is not UTF-8" all exits 2 -- err_is 'gia: --input: this is not valid UTF-8'

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
