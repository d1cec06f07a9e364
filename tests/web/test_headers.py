"""What every answer tells the browser; and which names and numbers are answered at all."""

from __future__ import annotations

import pytest
from flask import request

from conference.web.addresses import host_name

PUBLIC = "https://hoinghi.example"


@pytest.fixture
def public_app(make_app, sqlite_url):  # type: ignore[no-untyped-def]
    return make_app(database_url=sqlite_url, public_url=PUBLIC)


@pytest.mark.parametrize(
    "path", ["/sign-in", "/nothing-here", "/static/css/base.css", "/healthz", "/components", "/api/v1/none"]
)
def test_every_answer_is_closed_to_strangers(sqlite_app, path) -> None:
    headers = sqlite_app.test_client().get(path, buffered=True).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers
    assert "Access-Control-Allow-Origin" not in headers


def test_over_https_browsers_are_told_to_stay_there(public_app) -> None:
    answer = public_app.test_client().get("/sign-in", base_url=PUBLIC)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "connect-src 'self' wss://hoinghi.example" in answer.headers["Content-Security-Policy"]
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-state=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    chosen = public_app.test_client().get("/theme/dark", base_url=PUBLIC).headers["Set-Cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(chosen.split("; "))


def test_pages_are_not_kept_and_versioned_files_are(sqlite_app) -> None:
    client = sqlite_app.test_client()
    assert client.get("/sign-in").headers["Cache-Control"] == "no-store"
    assert client.get("/static/css/base.css", buffered=True).headers["Cache-Control"] == "no-cache"
    versioned = client.get("/static/css/base.css?v=1", buffered=True)
    assert "max-age=31536000" in versioned.headers["Cache-Control"]


def test_a_cookie_is_set_when_it_changes_and_not_with_every_answer(sqlite_app) -> None:
    client = sqlite_app.test_client()
    assert "Set-Cookie" in client.get("/sign-in").headers
    for path in ("/sign-in", "/static/css/base.css?v=1", "/healthz"):
        assert "Set-Cookie" not in client.get(path, buffered=True).headers


@pytest.mark.parametrize(
    "host", ["hoinghi.example", "HOINGHI.example:443", "hoinghi.example.", "127.0.0.1:8000", "[::1]:8000"]
)
def test_the_public_name_and_this_machine_are_answered(public_app, host) -> None:
    assert public_app.test_client().get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "hoinghi.example.evil.example", "evil.example:443", "hoinghi.example@evil.example", "10.0.0.1",
     "evil.example#hoinghi.example", "hoinghi.example; script-src *", "[::2]", "xn--hoinghi.example"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/healthz", "/sign-in", "/nothing", "/static/css/base.css", "/api/v1/scans"])
def test_a_foreign_name_is_answered_with_nothing(public_app, host, path) -> None:
    answer = public_app.test_client().get(path, headers={"Host": host})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert host not in answer.text


def test_a_client_cannot_choose_the_name_or_address_that_it_comes_under(make_app, sqlite_url) -> None:
    """Without proxies nothing that a client says counts; with one, only what that one adds at the end."""
    forged = {"X-Forwarded-For": "9.9.9.9, 8.8.8.8", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    seen = {}
    for proxies in (0, 1):
        app = make_app(database_url=sqlite_url, trusted_proxies=proxies)

        def note() -> None:
            seen[proxies] = (request.remote_addr, request.host, request.scheme)  # noqa: B023

        app.before_request(note)
        assert app.test_client().get("/healthz", headers=forged).status_code == 200
    assert seen == {0: ("127.0.0.1", "localhost", "http"), 1: ("8.8.8.8", "localhost", "https")}


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("a.example", "a.example"),
        ("A.Example.:80", "a.example"),
        ("[::1]:80", "::1"),
        ("[::1]", "::1"),
        ("", ""),
        ("[", ""),
    ],
)
def test_a_name_is_told_from_its_port(host, name) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize("id", ["0" * 9, "2147483648", "9" * 30, "-1", "1.5", "٣", "%00", "1e3"])
def test_a_number_that_can_be_no_id_is_no_page(people, id) -> None:
    assert people["admin"].get(f"/jobs/{id}.json").status_code == 404


# ---- what this installation says of itself


def test_metrics_are_for_this_machine_alone(sqlite_app) -> None:
    client = sqlite_app.test_client()
    assert b"python_info" in client.get("/metrics").data
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.7"}).status_code == 404
    for name in ("X-Forwarded-For", "X-Real-IP", "Via", "Forwarded", "X-Forwarded-Proto"):
        assert client.get("/metrics", headers={name: "127.0.0.1"}).status_code == 404


def test_metrics_are_not_public_under_the_public_name(public_app) -> None:
    assert public_app.test_client().get("/metrics", base_url=PUBLIC).status_code == 404


def test_readiness_names_each_part(app) -> None:
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {
        "status": "ok",
        "parts": {
            "database": "ok",
            "schema": "ok",
            "jobs": "ok",
            "queue": "not used",
            "disk": "ok",
            "data_dir": "ok",
        },
    }


def test_a_database_that_is_away_is_named_and_life_is_told_apart(make_app, tmp_path) -> None:
    app = make_app(database_url=f"postgresql+psycopg://nobody@/none?host={tmp_path}")
    client = app.test_client()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["status"] == "not_ready"
    assert {name for name, part in answer.json["parts"].items() if part == "unreachable"} == {
        "database",
        "schema",
        "jobs",
    }
    assert client.get("/healthz").json == {"status": "ok"}


def test_redis_that_is_away_is_named_and_the_work_goes_on(make_app, sqlite_url, tmp_path) -> None:
    app = make_app(database_url=sqlite_url, redis_url=f"unix://{tmp_path}/none.sock")
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "degraded")
    assert answer.json["parts"]["queue"] == "unreachable"
    assert app.test_client().get("/sign-in").status_code == 200


def test_an_empty_database_is_one_to_be_upgraded(make_app, tmp_path) -> None:
    app = make_app(database_url=f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["parts"]["schema"]) == (503, "to be upgraded")
