#!/bin/sh
# Builds gia and runs all its tests: sh test/run.sh [--quick]
#
# With gcc and with clang, warnings being errors; then under AddressSanitizer and
# UndefinedBehaviorSanitizer, then what is quick enough under valgrind, and the quickstart from
# nothing. --quick is gcc alone. Installs what is missing (docs/install-dependencies.sh). The last line is
# "N passed, N failed"; the exit status is 1 if anything failed. Builds go to build-*/ of the clone,
# or of the folder named in GIA_BUILD.
set -u

clone=$(cd "$(dirname "$0")/.." && pwd)
builds=${GIA_BUILD:-$clone}
quick=
passed=0
failed=0

case ${1:-} in
--quick) quick=1 ;;
'') ;;
*)
    echo "usage: sh test/run.sh [--quick]" >&2
    exit 2
    ;;
esac

heading() {
    echo
    echo "=== $*"
}

finish() {
    echo
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

# set_up NAME COMPILER OPTION...: a build in build-NAME. A build that fails counts as one failure.
set_up() {
    build=$builds/build-$1
    compiler=$2
    heading "$1: build"
    shift 2
    if { [ -f "$build/build.ninja" ] ||
        CC=$compiler meson setup -Dtests=enabled -Dsim=enabled "$@" "$build" "$clone"; } \
        >"$builds/build.log" 2>&1 && ninja -C "$build" >>"$builds/build.log" 2>&1; then
        rm -f "$builds/build.log"
        return 0
    fi
    cat "$builds/build.log"
    rm -f "$builds/build.log"
    failed=$((failed + 1))
    return 1
}

# run_tests NAME LOG ARGUMENT...: meson test in build-NAME, counted by what its JUnit file says.
run_tests() {
    build=$builds/build-$1
    log=$2
    heading "$1: $log"
    shift 2
    status=0
    rm -f "$build/meson-logs/$log.junit.xml"
    meson test -C "$build" --no-rebuild --print-errorlogs --logbase "$log" "$@" || status=$?
    # shellcheck disable=SC2046 # two words
    set -- $(grep -o '<testsuite [^>]*>' "$build/meson-logs/$log.junit.xml" 2>/dev/null |
        tr ' ' '\n' | awk -F '"' '
            /^tests=/ { all += $2 }
            /^(errors|failures)=/ { bad += $2 }
            /^skipped=/ { skipped += $2 }
            END { print all - bad - skipped, bad + 0 }')
    passed=$((passed + $1))
    # A test can fail as a whole, by a crash or a timeout, after all of its parts have passed.
    if [ "$status" -ne 0 ] && [ "$2" -eq 0 ]; then
        failed=$((failed + 1))
    else
        failed=$((failed + $2))
    fi
}

# judge NAME STATUS: counts a test that is no program of meson's.
judge() {
    if [ "$2" -eq 0 ]; then
        echo "ok - $1"
        passed=$((passed + 1))
    else
        cat "$fresh/log"
        echo "not ok - $1"
        failed=$((failed + 1))
    fi
}

# From nothing to a streamed answer, in a folder of its own.
run_quickstart() {
    heading "quickstart"
    fresh=$(mktemp -d)
    answer=$(GOOGLE_API_KEY='' GEMINI_API_KEY='' GIA_BUILD=$fresh/build \
        sh "$clone/docs/quickstart.sh" "Hi, my name is Phil." 2>"$fresh/log")
    status=$?
    echo "$answer"
    [ -n "$answer" ] || status=1
    judge "the quickstart prints an answer" "$status"
    rm -rf "$fresh"
}

if ! sh "$clone/docs/install-dependencies.sh" test; then
    failed=1
    finish
fi

if set_up gcc gcc -Dwerror=true; then
    run_tests gcc tests
fi
[ -z "$quick" ] || finish

if set_up clang clang -Dwerror=true; then
    run_tests clang tests
fi
# gcc warns of what only the sanitizers' own code could do, so that warnings are no errors here.
if set_up sanitize gcc -Db_sanitize=address,undefined; then
    export ASAN_OPTIONS=halt_on_error=1:detect_leaks=1:abort_on_error=0
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    run_tests sanitize tests --timeout-multiplier 4
    unset ASAN_OPTIONS UBSAN_OPTIONS
fi
if [ -f "$builds/build-gcc/build.ninja" ]; then
    run_tests gcc valgrind --setup valgrind
    export GIA_TEST_WRAPPER="valgrind --quiet --leak-check=full --error-exitcode=99"
    # The sanitizers see all programs; under valgrind they take minutes.
    run_tests gcc valgrind-program --timeout-multiplier 10 examples get
    unset GIA_TEST_WRAPPER
fi
run_quickstart
finish
