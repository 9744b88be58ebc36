#!/bin/sh
# Runs `gia files …` against the simulator.
# shellcheck source=test/program/harness.sh
. "$(dirname "$0")/harness.sh"

cd "$work" || exit 1
start_sim '' --log
tab=$(printf '\t')

run files list --base-url "$url"
check "lists no files" all exits 0 -- says_nothing -- err_empty

printf 'hello world' >note.txt
run files upload --base-url "$url" note.txt --display-name Note --wait
file=$(cut -f 1 out)
check "uploads a file" all exits 0 -- begins_with files/ -- out_has "${tab}text/plain${tab}11${tab}" \
    -- out_has "${tab}Note" -- log_has '/upload/v1beta/files'
check "waits until it can be used" out_has "${tab}ACTIVE${tab}"
run files upload --base-url "$url" note.txt --name my-note --mime text/markdown --json
check "uploads under a name" all exits 0 -- out_has '"files/my-note"' -- out_has '"text/markdown"'
check "prints it as one line of JSON" [ "$(wc -l <out)" -eq 1 ]

run files get --base-url "$url" "$file"
check "prints a file" all exits 0 -- begins_with "$file$tab"
run files get --base-url "$url" "${file#files/}" --json
check "prints a file as JSON" all exits 0 -- out_has "\"$file\""
run files get --base-url "$url" none
check "tells of an unknown file" all exits 1 -- says_nothing -- err_has "gia: GIA_E"

run files list --base-url "$url"
check "lists files" all exits 0 -- out_has "$file" -- out_has files/my-note
check "lists one a line" [ "$(wc -l <out)" -eq 2 ]

uri=$(run files get --base-url "$url" my-note; cut -f 5 out)
run create --base-url "$url" -i 'What is it?' --uri "$uri:text/markdown"
check "asks about a file" all exits 0 -- log_has "\"uri\":\"$uri\""

run files delete --base-url "$url" my-note
check "deletes a file" all exits 0 -- says_nothing -- err_has my-note
run files list --base-url "$url"
check "finds it deleted" [ "$(wc -l <out)" -eq 1 ]

run files upload --base-url "$url" none.txt
check "misses a file" all exits 2 -- err_is 'gia: none.txt: No such file or directory'
: >empty.txt
run files upload --base-url "$url" empty.txt
check "refuses an empty file" all exits 2 -- err_is 'gia: empty.txt: it is empty'
printf 'words' >unknown
run files upload --base-url "$url" unknown
check "wants to know what a file is" all exits 2 -- err_has 'unknown: its type is unknown' -- \
    err_has --mime
run files upload --base-url "$url" note.txt --name 'a/b'
check "refuses a name" all exits 2 -- err_has name
run files upload --base-url "$url" note.txt --mime plain
check "refuses a type that is none" all exits 2 -- err_has mime_type
run files upload --base-url "$url"
check "wants a file" all exits 2 -- err_has PATH
run files
check "wants to know what to do" all exits 2 -- err_has upload
run files frobnicate
check "refuses anything else" all exits 2 -- err_has frobnicate
run files list --base-url "$url" --stream
check "refuses an option of create" all exits 2 -- err_has --stream

# Page after page.
start_sim '{"replies":[{"body":{"files":[{"name":"files/a"},{"name":"files/b"}],"nextPageToken":"p2"}},
    {"match":{"path":"pageToken=p2"},"body":{"files":[{"name":"files/c"}]}}]}'
run files list --base-url "$url"
check "lists every page" all exits 0 -- out_has files/a -- out_has files/c

start_sim '{"replies":[{"body":{"name":"files/a","state":"FAILED","error":{"message":"No sound."}}}]}'
run files get --base-url "$url" a
check "prints a failed file" all exits 0 -- out_has "files/a${tab}FAILED"

plan
