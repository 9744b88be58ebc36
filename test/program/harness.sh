# shellcheck shell=sh
# What the tests of programs share: TAP, the simulator as a process, and a place for files.
#
# Nothing here waits for a time to pass: a simulator says when it listens, and closing descriptor 9
# ends it. GIA_TEST_WRAPPER (for instance "valgrind -q --error-exitcode=99") is put before `gia`.

count=0
failures=0
work=$(mktemp -d)
url=

finish() {
    stop_sim
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# The environment of whoever runs the tests must not answer for them.
for name in GOOGLE_API_KEY GOOGLE_GEMINI_BASE_URL GOOGLE_GENAI_API_VERSION \
    GOOGLE_GENAI_USER_PROJECT GOOGLE_GENAI_USE_VERTEXAI GOOGLE_GENAI_USE_ENTERPRISE \
    GOOGLE_VERTEX_BASE_URL GOOGLE_CLOUD_PROJECT GOOGLE_CLOUD_LOCATION; do
    unset "$name"
done
export GEMINI_API_KEY=test-key

# check NAME COMMAND...: one test, passed if the command succeeds.
check() {
    name=$1
    shift
    count=$((count + 1))
    if "$@"; then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        failures=$((failures + 1))
        # What the program said last is what one wants to see.
        [ ! -f "$work/err" ] || sed 's/^/# stderr: /' "$work/err"
        [ ! -f "$work/out" ] || head -c 2000 "$work/out" | sed 's/^/# stdout: /'
        echo "# status: ${status:-}"
    fi
}

# The end of every test program.
plan() {
    echo "1..$count"
    [ "$failures" -eq 0 ]
    exit
}

# start_sim [SCRIPT-JSON [OPTION...]]: sets url. With --log, $work/log has the requests as JSON.
start_sim() {
    stop_sim
    script=${1:-}
    [ $# -eq 0 ] || shift
    [ -z "$script" ] || {
        printf '%s' "$script" >"$work/script.json"
        set -- --script "$work/script.json" "$@"
    }
    rm -f "$work/hold" "$work/said"
    mkfifo "$work/hold" "$work/said"
    "$GIA_SIM" --exit-with-stdin "$@" <"$work/hold" >"$work/said" 2>"$work/log" &
    sim=$!
    exec 9>"$work/hold"
    read -r line <"$work/said" || line=
    url=${line##* }
    case $url in
    http*) ;;
    *)
        echo "Bail out! gia-sim did not start"
        exit 1
        ;;
    esac
}

stop_sim() {
    [ -n "$url" ] || return 0
    exec 9>&-
    wait "$sim"
    url=
}

# run ARGUMENT...: runs gia; sets status, and $work/out and $work/err hold what it printed.
run() {
    status=0
    # shellcheck disable=SC2086 # the wrapper is words
    ${GIA_TEST_WRAPPER:-} "$GIA" "$@" >"$work/out" 2>"$work/err" </dev/null 9>&- || status=$?
}

# run_with_input FILE ARGUMENT...
run_with_input() {
    input=$1
    shift
    status=0
    # shellcheck disable=SC2086
    ${GIA_TEST_WRAPPER:-} "$GIA" "$@" >"$work/out" 2>"$work/err" <"$input" 9>&- || status=$?
}

# Conditions for check: what the last run did.
exits() {
    [ "$status" -eq "$1" ]
}

prints() {
    [ "$(cat "$work/out")" = "$1" ]
}

out_has() {
    grep -qF -e "$1" "$work/out"
}

out_lacks() {
    ! grep -qF -e "$1" "$work/out"
}

same_as() {
    cmp -s "$1" "$work/out"
}

err_has() {
    grep -qF -e "$1" "$work/err"
}

err_lacks() {
    ! grep -qF -e "$1" "$work/err"
}

# Only this line.
err_is() {
    [ "$(cat "$work/err")" = "$1" ]
}

says_nothing() {
    [ ! -s "$work/out" ]
}

log_has() {
    grep -qF -e "$1" "$work/log"
}

err_empty() {
    [ ! -s "$work/err" ]
}

begins_with() {
    case $(head -n 1 "$work/out") in
    "$1"*) ;;
    *) return 1 ;;
    esac
}

# all CONDITION [ARGUMENT] -- CONDITION ...: all of them.
all() {
    while [ $# -gt 0 ]; do
        condition=$1
        shift
        if [ $# -gt 0 ] && [ "$1" != -- ]; then
            "$condition" "$1" || {
                echo "# failed: $condition $1"
                return 1
            }
            shift
        else
            "$condition" || {
                echo "# failed: $condition"
                return 1
            }
        fi
        [ $# -eq 0 ] || shift
    done
}
