#!/bin/sh
# A file of 100 MB in a request costs two megabytes of memory at most, whatever it travels over.
# shellcheck source=test/program/harness.sh
. "$(dirname "$0")/harness.sh"

GIA=$BODY_MEMORY
GIA_TEST_WRAPPER= # measured is the program, not what watches it
repeat='{"replies":[{"body_text":"fine"}],"repeat":true}'

start_sim "$repeat" --log
run "$url/v1beta/interactions"
check "a large file over HTTP/1.1" all exits 0 -- out_has "for 133333" -- log_has '"http_version":1'

start_sim "$repeat" --log --tls --ca-file "$work/ca.pem"
run "$url/v1beta/interactions" "$work/ca.pem"
check "a large file over HTTP/2" all exits 0 -- out_has "for 133333" -- log_has '"http_version":2'
sed 's/^/# /' "$work/out"

plan
