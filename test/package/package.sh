#!/bin/sh
# The library as others get it: what it exports, installed, and as a meson subproject.
# Usage: package.sh SOURCE BUILD COMPILER; the last is what BUILD was made with.
set -u

source=$1
build=$2
compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0
failures=0

check() {
    count=$((count + 1))
    name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        sed 's/^/# /' "$work/log"
        failures=$((failures + 1))
    fi
}

# Every function that a header marks for export is exported, and nothing else.
exports_are_the_headers() {
    cat "$source"/include/gia/[!e]*.h "$source"/include/gia/e[!x]*.h | tr '\n' ' ' | grep -o 'GIA_EXTERN [^;(]*(' |
        grep -v 'define' | sed 's/.*[ *]\(gia_[a-z0-9_]*\)($/\1/' | sort -u >"$work/declared"
    nm -D --defined-only "$work/root$libdir/libgia.so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
        sort -u >"$work/exported"
    diff "$work/declared" "$work/exported"
}

soname_is_versioned() {
    objdump -p "$work/root$libdir/libgia.so" | grep 'SONAME *libgia\.so\.0$'
}

pkg() {
    PKG_CONFIG_SYSROOT_DIR=$work/root PKG_CONFIG_PATH=$work/root$libdir/pkgconfig pkg-config "$@"
}

# shellcheck disable=SC2046 # words are what pkg-config prints
compile_shared() {
    $compiler -Wall -Werror "$source/docs/examples/stream.c" -o "$work/stream" $(pkg --cflags --libs gia) \
        -Wl,-rpath,"$work/root$libdir"
}

# gia's archive, and the shared libraries that its pkg-config file names as private.
# shellcheck disable=SC2046
compile_static() {
    private=$(pkg --print-requires-private gia | sed 's/ .*//')
    # shellcheck disable=SC2086
    $compiler -Wall -Werror "$source/docs/examples/stream.c" -o "$work/stream-static" $(pkg --cflags gia) \
        "$work/root$libdir/libgia.a" $(pkg-config --libs libuv $private) -lm
}

# A client without a key is refused, whoever linked it.
runs() {
    env -i "$1" 2>&1 | grep GIA_EINVAL
}

compile_cxx() {
    printf '#include <gia.h>\nint main() { return gia_version() == GIA_VERSION_NUMBER ? 0 : 1; }\n' >"$work/v.cc"
    # shellcheck disable=SC2046
    c++ -std=c++11 -Wall -Wextra -Werror "$work/v.cc" -o "$work/v" $(pkg --cflags --libs gia) \
        -Wl,-rpath,"$work/root$libdir" && "$work/v"
}

# Nothing but the library is built, whatever else is there.
as_subproject() {
    mkdir -p "$work/user/subprojects" && ln -s "$source" "$work/user/subprojects/gia" &&
        cp "$source/docs/examples/stream.c" "$work/user" && cat >"$work/user/meson.build" <<'END' &&
project('user', 'c')
executable('stream', 'stream.c', dependencies: dependency('gia', fallback: 'gia'))
END
        CC=$compiler meson setup "$work/user/build" "$work/user" && ninja -C "$work/user/build" stream &&
        runs "$work/user/build/stream" && ! ninja -C "$work/user/build" -t targets all | grep -E 'gia-sim|test_'
}

DESTDIR=$work/root meson install -C "$build" --no-rebuild >"$work/log" 2>&1
pc=$(find "$work/root" -name gia.pc)
libdir=$(dirname "$(dirname "${pc#"$work/root"}")")

check "installs" test -n "$pc"
check "exports what the headers declare" exports_are_the_headers
check "has a versioned soname" soname_is_versioned
# Code that was instrumented does not link into a program that was not.
if ! nm "$work/root$libdir/libgia.so" | grep -q __asan_; then
    check "links by pkg-config" compile_shared
    check "runs" runs "$work/stream"
    check "links statically by pkg-config" compile_static
    check "runs, linked statically" runs "$work/stream-static"
    ! command -v c++ >/dev/null || check "links to C++" compile_cxx
    check "is a meson subproject" as_subproject
fi
echo "1..$count"
[ "$failures" -eq 0 ]
