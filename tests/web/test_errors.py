"""Every refusal has words and a status; programs get JSON; nobody gets a trace."""

from __future__ import annotations

import ast
import errno
import json
import re
from functools import cache
from pathlib import Path

import pytest
from flask import abort
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from conference import create_app
from conference.foundation.actor import Role
from conference.foundation.db import TROUBLES, db
from conference.foundation.errors import DomainError
from conference.settings import Settings
from conference.web import errors as errors_module
from conference.web.errors import SENTENCES, sentence_of
from conference.web.guard import allow
from tests.conftest import SECRET
from tests.people import CSRF

PACKAGE = Path(__file__).parent.parent.parent / "conference"
GAP = re.compile(r"%\((\w+)\)s")


@cache
def raised() -> list[tuple[str, str, set[str]]]:
    """(where, code, facts) of each refusal that the code spells out."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "DomainError"):
                continue
            if node.args and isinstance(node.args[0], ast.Constant) and all(word.arg for word in node.keywords):
                facts = {str(word.arg) for word in node.keywords}
                found.append((f"{path.relative_to(PACKAGE)}:{node.lineno}", str(node.args[0].value), facts))
    return found


def test_every_refusal_that_is_raised_has_words_and_the_facts_for_them() -> None:
    assert len(raised()) > 50
    without_words = [(where, code) for where, code, _facts in raised() if code not in SENTENCES]
    assert without_words == []
    without_facts = [
        (where, code, missing)
        for where, code, facts in raised()
        if (missing := set(GAP.findall(str(SENTENCES[code][1]))) - facts)
    ]
    assert without_facts == []


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_a_refusal_is_a_sentence_with_a_status_of_its_own_fault(sqlite_template, code) -> None:
    status, words = SENTENCES[code]
    assert 400 <= status < 500 or code in TROUBLES
    with _client_on(sqlite_template).application.test_request_context():
        facts = dict.fromkeys(GAP.findall(str(words)), "%s 100%")
        sentence = sentence_of(DomainError(code, **facts))
    assert sentence.endswith((".", "?"))
    assert "%(" not in sentence


@pytest.fixture
def failing(sqlite_app):  # type: ignore[no-untyped-def]
    """``failing(error)``: a client of an application whose route /fail raises it."""

    def with_error(error):  # type: ignore[no-untyped-def]
        def fail() -> str:
            if isinstance(error, int):
                abort(error)
            raise error

        sqlite_app.add_url_rule("/fail", "fail", allow(Role.ANYONE)(fail))
        return sqlite_app.test_client()

    return with_error


JSON = {"Accept": "application/json"}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (DomainError("busy"), 503, "busy"),
        (DomainError("storage_full"), 507, "storage_full"),
        (DomainError("a_code_without_words"), 500, "broken"),
        (OperationalError("", {}, Exception("database is locked")), 503, "busy"),
        (OperationalError("", {}, Exception("database or disk is full")), 507, "storage_full"),
        (NoFreeConnection("QueuePool limit"), 503, "busy"),
        (OSError(errno.ENOSPC, "No space left on device"), 507, "storage_full"),
        (OSError(errno.EROFS, "Read-only file system"), 503, "storage_read_only"),
        (OSError(errno.EIO, "Input/output error"), 500, "broken"),
        (OverflowError("Python int too large to convert to SQLite INTEGER"), 400, "bad_request"),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), 400, "bad_request"),
        (ValueError("Nguyễn Thị Bí Mật"), 500, "broken"),
        (405, 405, "http_405"), (413, 413, "http_413"), (415, 415, "http_415"), (418, 418, "http_418"),
    ],
)  # fmt: skip
def test_people_get_a_page_and_programs_an_object(failing, error, status, code) -> None:
    """F3, F4: Full, read-only and busy stores have a status and words of their own."""
    client = failing(error)
    page = client.get("/fail")
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert "Traceback" not in page.text
    assert "Bí Mật" not in page.text
    answer = client.get("/fail", headers=JSON)
    assert (answer.status_code, answer.json["error"]) == (status, code)
    assert set(answer.json) == {"error", "message"}
    assert answer.json["message"] in page.text.replace("&#34;", '"')
    assert ("Retry-After" in answer.headers) == (status in (429, 503))


def test_a_page_that_cannot_be_drawn_is_a_sentence_still(failing, monkeypatch) -> None:
    client = failing(DomainError("database_away"))
    monkeypatch.setattr(errors_module, "render_template", lambda *_args, **_values: 1 / 0)
    answer = client.get("/fail")
    assert (answer.status_code, answer.mimetype) == (503, "text/plain")
    assert answer.text.startswith("Máy chủ chưa nối được")


def test_a_page_of_a_signed_in_person_needs_no_database_to_say_that_it_is_away(make_app, tmp_path) -> None:
    app = make_app(database_url=f"postgresql+psycopg://nobody@/none?host={tmp_path}")
    client = app.test_client()
    client.set_cookie("staff", "token")
    answer = client.get("/conferences/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "Máy chủ chưa nối được với cơ sở dữ liệu" in answer.text


def test_methods_that_are_not_taken_are_told(sqlite_app) -> None:
    client = sqlite_app.test_client()
    with client.session_transaction() as session:
        session["csrf_token"] = CSRF
    answer = client.delete("/sign-in", headers={"X-CSRF-Token": CSRF})
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"a=" + b"x" * (3 << 20), "application/x-www-form-urlencoded"),
        (b"--x\r\n" * 10, "multipart/form-data"),
        (b"--x\r\nContent-Disposition: form-data; name=a\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\n" + b"A" * 100_000, "multipart/form-data; boundary=x"),
        (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 3_000 + b"--x--",
         "multipart/form-data; boundary=x"),
        (b"\xff\xfe\x00login=\xff", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"login=%00%ff%F0%9F&password=%ud800", "application/x-www-form-urlencoded"),
        (b"&" * 200_000, "application/x-www-form-urlencoded"),
        (b"", "multipart/form-data; boundary=" + "x" * 5_000),
    ],
)  # fmt: skip
def test_odd_bodies_are_refused_and_break_nothing(app, body, kind) -> None:
    """F26: Whatever a body claims to be."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["csrf_token"] = CSRF
    answer = client.post("/sign-in", data=body, content_type=kind, headers={"X-CSRF-Token": CSRF})
    assert answer.status_code in (400, 413, 422)


FILTERS = (
    "page",
    "size",
    "sort",
    "direction",
    "q",
    "role",
    "state",
    "subject",
    "actor",
    "action",
    "unit",
    "month",
    "view",
    "order",
    "session",
    "cursor",
    "show",
    "file",
    "number",
    "sha256",
    "version",
    "by",
    "next",
)
ODD = ["\x00", "9" * 5_000, "99999999999", "-1", "1e9", "'\"%;--", "\ud800", "𝟗", "%", "desc", "2018-13"]


def test_odd_filters_break_no_page(people, app) -> None:
    broken = []
    for rule in app.url_map.iter_rules():
        if rule.arguments or "GET" not in (rule.methods or ()) or rule.endpoint == "web.metrics":
            continue
        for value in ODD:
            raw = dict.fromkeys(FILTERS, value.encode("utf-8", "surrogatepass"))
            status = people["admin"].get(rule.rule, query_string=raw, buffered=True).status_code
            if status >= 500:
                broken.append((rule.rule, value[:12], status))
    assert broken == []


@given(st.binary(max_size=60))
def test_no_path_breaks_the_server(sqlite_template, path) -> None:
    client = _client_on(sqlite_template)
    answer = client.get("/" + path.decode("latin-1"), headers=JSON, buffered=True)
    assert answer.status_code < 500


_clients: dict[str, FlaskClient] = {}


def _client_on(template: Path) -> FlaskClient:
    """One application for all examples and codes: a fixture would be made anew for none of the first and each of the
    second."""
    if "client" not in _clients:
        settings = Settings(data_dir=template.parent, database_url=f"sqlite:///{template}", secret_key=SECRET)
        _clients["client"] = create_app(settings).test_client()
    return _clients["client"]


def test_values_that_no_column_holds_are_wrong_input_on_both_databases(app) -> None:
    def ask() -> str:
        db.session.execute(text("SELECT 1 FROM units WHERE id = :id OR name = :name"), {"id": 2**80, "name": "a\x00b"})
        return "none"

    app.add_url_rule("/ask", "ask", allow(Role.ANYONE)(ask))
    assert app.test_client().get("/ask", headers=JSON).status_code == 400


def test_scripts_that_ask_for_json_get_it(people) -> None:
    answer = people["admin"].get("/jobs/7.json")
    assert (answer.status_code, json.loads(answer.data)["error"]) == (404, "not_found")
