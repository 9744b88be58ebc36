#!/bin/sh
# Installs what is missing to build gia. Usage: sh docs/install-dependencies.sh [build|sim|test]
#
#   build  the library and the program `gia` (the default)
#   sim    that, and the simulator `gia-sim`
#   test   all that test/run.sh needs
#
# Nothing is touched when nothing is missing. On Debian and Ubuntu apt-get installs it, as root or
# with sudo; elsewhere this says what to install, and fails.
set -eu

level=${1:-build}
missing=

# need_tool COMMAND PACKAGE, need_module PKG-CONFIG-MODULE PACKAGE: notes the package if it is missing.
need_tool() {
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

need_module() {
    pkg-config --exists "$1" 2>/dev/null || missing="$missing $2"
}

# A compiler can be there without the C library's headers.
echo '#include <stdio.h>' | cc -E -x c - >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
need_tool ninja ninja-build
need_tool meson meson
need_tool pkg-config pkg-config
need_module libuv libuv1-dev
need_module libcurl libcurl4-openssl-dev
need_module yajl libyajl-dev
[ -e /etc/ssl/certs/ca-certificates.crt ] || [ ! -e /etc/debian_version ] ||
    missing="$missing ca-certificates"

case $level in
build) ;;
sim | test)
    need_module libnghttp2 libnghttp2-dev
    need_module openssl libssl-dev
    need_module jansson libjansson-dev
    ;;
*)
    echo "usage: sh docs/install-dependencies.sh [build|sim|test]" >&2
    exit 2
    ;;
esac
if [ "$level" = test ]; then
    need_module cmocka libcmocka-dev
    need_tool gcc gcc
    need_tool c++ g++
    need_tool clang clang
    need_tool valgrind valgrind
fi

[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    cat >&2 <<'END'
Something that gia needs is missing, and only apt-get is used here. Install a C compiler, and:
  Fedora   dnf install gcc meson ninja-build pkgconf-pkg-config libuv-devel libcurl-devel yajl-devel
           (gia-sim: libnghttp2-devel openssl-devel jansson-devel; tests: libcmocka-devel)
  Arch     pacman -S gcc meson ninja pkgconf libuv curl yajl
           (gia-sim: libnghttp2 openssl jansson; tests: cmocka)
  Alpine   apk add build-base meson pkgconf libuv-dev curl-dev yajl-dev
           (gia-sim: nghttp2-dev openssl-dev jansson-dev; tests: cmocka-dev)
  macOS    brew install meson ninja pkgconf libuv curl yajl
           (gia-sim: libnghttp2 openssl jansson; tests: cmocka)
END
    echo "Missing here, in Debian's words:$missing" >&2
    exit 1
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "These packages are missing; install them as root:$missing" >&2
        exit 1
    fi
    as_root=sudo
fi
echo "Installing what is missing with apt-get:$missing" >&2
# What apt-get says goes to stderr too: stdout belongs to whoever calls this.
$as_root apt-get update -q >&2
# shellcheck disable=SC2086 # one word a package
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    $missing >&2
