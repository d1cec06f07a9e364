#!/bin/sh
# Makes .venv when it is missing and brings it to exactly what a lock file names.
#   .ci/install-packages.sh requirements.txt
# uv does it in seconds; where uv cannot work, pip does the same from the same file and hashes.
set -eu
lock=$1

if [ ! -x .venv/bin/python ]; then
    python=${PYTHON:-$(command -v python3.11 || command -v python3 || true)}
    if [ -z "$python" ] || ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        echo "Python 3.11 or newer is needed. On Debian: apt-get install python3.11 python3.11-venv" >&2
        exit 1
    fi
    if ! "$python" -m venv .venv; then
        rm -rf .venv
        echo "Python's venv module is needed. On Debian: apt-get install python3.11-venv" >&2
        exit 1
    fi
fi

pip_install() { # it compiles what it installs, as uv is told to: starting uncompiled takes a second longer
    .venv/bin/python -m pip --disable-pip-version-check --no-input install --quiet --require-hashes --only-binary :all: -r "$1"
}

# What pip was told about its index and certificates holds for uv too, which does not read pip's settings.
pip_setting() {
    .venv/bin/python -m pip --disable-pip-version-check config list 2>/dev/null |
        sed -n "s/^[a-z:]*\.$1='\(.*\)'\$/\1/p" | tail -n 1
}

with_uv() {
    pip_install requirements-setup.txt || return 1
    index=$(pip_setting index-url)
    certificates=$(pip_setting cert)
    [ -z "$index" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"
    [ -z "$certificates" ] || export SSL_CERT_FILE="${SSL_CERT_FILE:-$certificates}"
    UV_NO_CONFIG=1 UV_HTTP_TIMEOUT=60 VIRTUAL_ENV="$PWD/.venv" UV_LINK_MODE=copy \
        .venv/bin/uv pip sync --quiet --require-hashes --only-binary :all: --compile-bytecode "$lock"
}

echo "Installing what $lock names into .venv" >&2
if ! with_uv; then
    echo "uv could not; pip takes over (this takes a minute or two)" >&2
    pip_install "$lock"
fi
