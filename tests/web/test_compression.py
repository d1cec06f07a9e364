"""Static text is sent compressed to whoever can read that, and is the same file all the same."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "static"
CAN_READ = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def app(sqlite_app):
    """No database plays a part."""
    return sqlite_app


@pytest.mark.parametrize("name", ["css/base.css", "js/main.js", "img/icons.svg"])
def test_a_file_is_the_same_compressed_and_plain(client, name):
    whole = (STATIC / name).read_bytes()
    with client.get(f"/static/{name}") as plain, client.get(f"/static/{name}", headers=CAN_READ) as packed:
        kept, sent = plain.data, packed.data
    assert (kept, plain.content_encoding) == (whole, None)
    assert (gzip.decompress(sent), packed.content_encoding) == (whole, "gzip")
    assert int(packed.headers["Content-Length"]) == len(sent) < len(whole)
    assert {"Accept-Encoding"} == set(plain.vary) == set(packed.vary)
    assert packed.headers["Content-Type"] == plain.headers["Content-Type"]


def test_a_known_file_is_not_sent_again(client):
    address = "/static/css/base.css"
    with client.get(address, headers=CAN_READ) as first:
        known = {**CAN_READ, "If-None-Match": first.headers["ETag"]}
    with client.get(address, headers=known) as again:
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", ["/sign-in", "/static/no-such.css"])
def test_pages_and_errors_stay_as_they_are(client, path):
    assert client.get(path, headers=CAN_READ).content_encoding is None


def test_what_is_compressed_already_stays_as_it_is(client):
    name = next(STATIC.rglob("*.woff2")).relative_to(STATIC).as_posix()
    with client.get(f"/static/{name}", headers=CAN_READ) as sent:
        assert sent.data == (STATIC / name).read_bytes()
