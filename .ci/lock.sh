#!/bin/sh
# Writes the lock files from pyproject.toml: names, pins and hashes for every platform, and nothing about where they came from.
set -eu
compile() {
    output=$1
    shift
    UV_NO_CONFIG=1 .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-annotate --no-header --no-emit-index-url --no-emit-find-links --output-file "$output" pyproject.toml "$@"
}
compile requirements.txt "$@"
compile requirements-test.txt --group dev --constraints requirements.txt "$@"
.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-annotate --no-header --no-emit-index-url --output-file requirements-setup.txt --group setup "$@"
