#!/bin/sh
# Unpacks Debian's nginx into .venv/nginx, where tests and `make scale` find it. It is not installed: the package would
# start a web server on this machine. Where it cannot be had, a sentence says what to do.
set -eu

[ ! -x .venv/nginx/usr/sbin/nginx ] || exit 0
! PATH="$PATH:/usr/sbin" command -v nginx >/dev/null || exit 0

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
download() {
    (cd "$folder" && apt-get download -q nginx) >"$folder/log" 2>&1
}
update() {
    if [ "$(id -u)" = 0 ]; then apt-get update -q; else sudo -n apt-get update -q; fi >"$folder/log" 2>&1
}

echo "Fetching Debian's nginx into .venv" >&2
if download || { update && download; }; then
    dpkg-deb --extract "$folder"/nginx_*.deb .venv/nginx
else
    tail -n 5 "$folder/log" >&2
    echo "Tests lack nginx. On Debian: apt-get update, then once more; or install nginx yourself" >&2
    [ -z "${CI:-}" ] # without it some tests are left out and named; in CI that is a failure
fi
