#!/bin/sh
# From a fresh clone to a streamed answer: sh docs/quickstart.sh "Tell me a short joke."
#
# Installs what is missing (see install-dependencies.sh), builds gia, and asks. With a key in
# GOOGLE_API_KEY or GEMINI_API_KEY the service answers; without one, the simulator on this machine
# does. The build goes to build/ of the clone, or to the folder named in GIA_BUILD.
set -eu

question=${1:-Tell me a short joke about programming.}
clone=$(cd "$(dirname "$0")/.." && pwd)
build=${GIA_BUILD:-$clone/build}
work=

say() {
    echo "quickstart: $*" >&2
}

# shellcheck disable=SC2317 # called by the trap
# The simulator exits when its standard input, which descriptor 9 holds open, is closed.
clean_up() {
    [ -n "$work" ] || return 0
    exec 9>&-
    wait
    rm -rf "$work"
}

build_programs() {
    [ -f "$build/build.ninja" ] || meson setup --buildtype release "$build" "$clone" >&2
    for target in "$@"; do
        # A folder that was set up before the simulator's libraries were there lacks it.
        ninja -C "$build" -t query "$target" >/dev/null 2>&1 && continue
        case $target in
        *sim) meson setup --reconfigure -Dsim=enabled "$build" "$clone" >&2 ;;
        *) meson setup --reconfigure -Dexamples=true "$build" "$clone" >&2 ;;
        esac
    done
    ninja -C "$build" "$@" >&2
}

ask() {
    "$build/docs/examples/gia" create --stream -i "$question" "$@"
}

start_simulator() {
    work=$(mktemp -d)
    mkfifo "$work/hold" "$work/said"
    "$build/test/sim/gia-sim" --exit-with-stdin --pace 40 <"$work/hold" >"$work/said" &
    exec 9>"$work/hold"
    read -r line <"$work/said" || line=
    url=${line##* }
    case $url in
    http://*) ;;
    *)
        say "the simulator did not start"
        exit 1
        ;;
    esac
}

if [ -n "${GOOGLE_API_KEY:-}${GEMINI_API_KEY:-}" ]; then
    sh "$clone/docs/install-dependencies.sh" build
    build_programs docs/examples/gia
    ask
    exit
fi

sh "$clone/docs/install-dependencies.sh" sim
build_programs docs/examples/gia test/sim/gia-sim
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
start_simulator
say "no GOOGLE_API_KEY or GEMINI_API_KEY is set: the simulator answers, with made-up words"
status=0
GEMINI_API_KEY=simulator GOOGLE_GENAI_USE_VERTEXAI='' GOOGLE_GENAI_USE_ENTERPRISE='' \
    ask --base-url "$url" 9>&- || status=$?
exit "$status"
