#!/bin/sh
# A file of 100 MB costs two megabytes of memory at most, inside of a request and uploaded, whatever it
# travels over.
# shellcheck source=test/program/harness.sh
. "$(dirname "$0")/harness.sh"

GIA=$BODY_MEMORY
GIA_TEST_WRAPPER= # measured is the program, not what watches it

# arrived HTTP-VERSION: both have, whole.
# shellcheck disable=SC2317 # called by check
arrived() {
    log_has "\"http_version\":$1" && log_has '"content-length":"133333' &&
        log_has '"x-goog-upload-header-content-length":"100000000"' && log_has '"upload, finalize"'
}

figures() {
    sed "s,^,# $1: ," "$work/out"
}

start_sim '' --log
run "$url"
check "a large file over HTTP/1.1" all exits 0 -- arrived 1
figures HTTP/1.1

start_sim '' --log --tls --ca-file "$work/ca.pem"
run "$url" "$work/ca.pem"
check "a large file over HTTP/2" all exits 0 -- arrived 2
figures "HTTP/2 over TLS"

plan
