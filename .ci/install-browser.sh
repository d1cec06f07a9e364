#!/bin/sh
# Sees to what tests need beyond wheels: Chromium, one library of the program that drives it, and the decoder zbar,
# with which printed codes are read a second time. What is missing is installed from Debian's packages, as root or
# through sudo; where that cannot be, a sentence says what to do.
set -eu

needed=""
if [ -n "${CHROMIUM:-}" ]; then
    if [ ! -x "$CHROMIUM" ]; then
        echo "CHROMIUM names $CHROMIUM, which is not a program." >&2
        exit 1
    fi
elif ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
    needed="chromium fonts-liberation"
fi
if ! .venv/lib/python3*/site-packages/playwright/driver/node --version >/dev/null 2>&1; then
    needed="${needed:+$needed }libatomic1"
fi
if ! .venv/bin/python -c "from pyzbar import pyzbar" >/dev/null 2>&1; then
    needed="${needed:+$needed }libzbar0"
fi
[ -n "$needed" ] || exit 0

missing() {
    echo "Tests lack $needed: $1. On Debian: apt-get install $needed (or name a Chromium: make test CHROMIUM=/path/to/chromium)" >&2
    [ -z "${CI:-}" ] # without them some tests are left out and named; in CI that is a failure
    exit
}

command -v apt-get >/dev/null || missing "there is no apt-get here to install it with"
if [ "$(id -u)" = 0 ]; then
    root=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    root="sudo -n"
else
    missing "installing it takes root or sudo"
fi

echo "Installing from Debian's packages: $needed" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { $root apt-get update -q && $root apt-get install -q -y --no-install-recommends $needed; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    missing "apt-get could not install it"
fi
rm -f "$log"
