#!/bin/sh
# Runs the two small examples against the simulator.
# shellcheck disable=SC2119 # run without arguments
# shellcheck source=test/program/harness.sh
. "$(dirname "$0")/harness.sh"

start_sim '{"replies":[{"texts":["Two ","bytes ","meet."]}],"repeat":true}'
export GOOGLE_GEMINI_BASE_URL="$url"

GIA=$GIA_STREAM
run
check "stream prints the answer" all exits 0 -- out_has "Two bytes meet." -- out_has GIA_OK

GIA=$GIA_THOUSAND
GIA_TEST_WRAPPER=
run
check "thousand hears the end of every call" all exits 0 -- \
    out_has "1000 calls: 1000 done, 0 failed, " -- out_has " 1000 completes, GIA_OK"

plan
