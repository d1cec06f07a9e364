#!/bin/sh
# Finds a Chromium for the browser tests, or installs Debian's package as root or through sudo.
set -eu

if [ -n "${CHROMIUM:-}" ]; then
    [ -x "$CHROMIUM" ] && exit 0
    echo "CHROMIUM names $CHROMIUM, which is not a program." >&2
    exit 1
fi
if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then
    exit 0
fi

missing() {
    echo "Browser tests need Chromium: $1. Install it (Debian: apt-get install chromium) or name it: make test CHROMIUM=/path/to/chromium" >&2
    [ -z "${CI:-}" ] # without it the browser tests are skipped and named; in CI that is a failure
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

echo "Installing Chromium from Debian's packages" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { $root apt-get update -q && $root apt-get install -q -y --no-install-recommends chromium; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    missing "apt-get could not install it"
fi
rm -f "$log"
