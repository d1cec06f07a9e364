"""Closed unless opened; our own pages only; and no way on to anywhere else."""

from __future__ import annotations

from urllib.parse import quote, urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.web.guard import allow, safe_path
from tests.people import CSRF

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "////evil.example/x",
    "//evil.example/%2e%2e",
    "/\\evil.example",
    "/\\\\evil.example",
    "\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "http://evil.example",
    "https://evil.example",
    "HTTPS://evil.example",
    "http:evil.example",
    "https:evil.example",
    "http:/evil.example",
    "https:\\\\evil.example",
    "ftp://evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "mailto:a@b.example",
    "evil.example",
    "www.evil.example",
    ".evil.example",
    "@evil.example",
    ":80",
    "?next=/x",
    "#top",
    "/%0d%0aSet-Cookie:a=b",
    "/%0D%0ALocation:%20//evil.example",
    "/x%0ay",
    "/x%0dy",
    "/%00",
    "/x%00",
    "/%09/evil.example",
    "/%2f/evil.example",
    "/%2f%2fevil.example",
    "/%2F%2Fevil.example",
    "/%5cevil.example",
    "/%5C%5Cevil.example",
    "/%5c/evil.example",
    "%2f%2fevil.example",
    "%2fevil.example",
    "/%255cevil.example",
    "/%252f/evil.example",
    "/%250d%250ax",
    "/%ff",
    "/%c0%ae%c0%ae",
    "/x%e2%80%a8y",
    "/x%7f",
    "//evil.example:80@127.0.0.1",
    "//127.0.0.1@evil.example",
    "//[::1",
    "//[",
    "//]",
    "///[",
    "/%2f[",
    "http://[::1",
    "//evil%E3%80%82example",
]
UNSEEN = [
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nLocation: //evil.example",
    " //evil.example",
    "/ /evil.example",
    "\x00/x",
    "/x\x00",
    "/x\x7f",
    "\u2028/x",
    "/x\u2029",
    "/x\u200b",
    "/x\u202e",
    "",
    None,
    "/" + "x" * 5_000,
]


def test_there_are_enough_ways_elsewhere() -> None:
    assert len({*ELSEWHERE, *UNSEEN}) >= 60


@pytest.mark.parametrize("path", [*ELSEWHERE, *UNSEEN])
def test_a_way_elsewhere_leads_to_the_front_page(path) -> None:
    assert safe_path(path) == "/"


@pytest.mark.parametrize(
    "path",
    ["/", "/conferences", "/conferences/NQ12/people?q=Nguy%E1%BB%85n%20V%C4%83n&page=2", "/x#top", "/điểm-cầu",
     "/search?next=//elsewhere", "/x?q=a%5Cb", "/a//b"],
)  # fmt: skip
def test_a_way_on_this_server_stays_as_it_is(path) -> None:
    assert safe_path(path) == path


@given(st.text(alphabet=st.sampled_from("/\\%0dafF52.:@[]?#\t\n evil\u2028"), max_size=24))
def test_whatever_comes_the_browser_stays_here(path) -> None:
    target = safe_path(path)
    assert target.startswith("/")
    assert urlsplit(urljoin("https://hoinghi.example/sign-in", target.replace("\\", "/"))).netloc == "hoinghi.example"


@pytest.fixture
def odd_app(sqlite_app):  # type: ignore[no-untyped-def]
    """The application with a route that nobody opened, and one that says what arrived."""
    sqlite_app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    sqlite_app.add_url_rule("/forgotten-post", "forgotten_post", lambda: "secret", methods=["POST"])
    return sqlite_app


@pytest.mark.parametrize("method", ["get", "head", "post", "options"])
def test_a_route_that_says_nothing_is_closed_to_everybody(odd_app, method) -> None:
    answer = getattr(odd_app.test_client(), method)("/forgotten" if method != "post" else "/forgotten-post")
    assert answer.status_code == 404
    assert b"secret" not in answer.data


def test_roles_open_what_they_are_named_for(people) -> None:
    assert people["admin"].get("/components").status_code == 200
    assert people["grader"].get("/components").status_code == 403
    turned_away = people["nobody"].get("/components?x=1")
    assert (turned_away.status_code, turned_away.location) == (302, "/sign-in?next=/components?x%3D1")
    assert people["nobody"].get("/components", headers={"Accept": "application/json"}).status_code == 401


def test_allow_names_roles_and_nothing_else() -> None:
    def view() -> str:
        return ""

    assert allow()(view).allowed_roles == frozenset()  # type: ignore[attr-defined]


# ---- cross-site requests


@pytest.fixture
def client(sqlite_app):  # type: ignore[no-untyped-def]
    client = sqlite_app.test_client()
    with client.session_transaction() as session:
        session["csrf_token"] = CSRF
    return client


def sign_out(client, *, token=CSRF, in_header=True, **headers):  # type: ignore[no-untyped-def]
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if in_header:
        return client.post("/sign-out", headers={"X-CSRF-Token": token, **headers})
    return client.post("/sign-out", data={"csrf_token": token}, headers=headers)


def test_our_own_pages_may_change_things(client) -> None:
    assert sign_out(client).status_code == 302


@pytest.mark.parametrize(
    "how",
    [
        {"token": ""},
        {"token": "x"},
        {"token": CSRF + "x"},
        {"token": "", "in_header": False},
        {"token": "Bí mật", "in_header": False},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "file://"},
        {"Origin": "x"},
    ],
)
def test_other_pages_may_not(client, how) -> None:
    answer = sign_out(client, **how)
    assert answer.status_code == 400
    assert "tải lại trang" in answer.text


@pytest.mark.parametrize("origin", ["http://localhost", "null"])
def test_an_origin_that_is_ours_or_kept_silent_leaves_it_to_the_token(client, origin) -> None:
    assert sign_out(client, Origin=origin).status_code == 302
    assert sign_out(client, token="x", Origin=origin).status_code == 400


def test_behind_a_proxy_that_renames_the_host_the_public_address_is_ours(make_app, sqlite_url) -> None:
    app = make_app(database_url=sqlite_url, public_url="https://hoinghi.example")
    for origin, status in (
        ("https://hoinghi.example", 302),
        ("http://hoinghi.example", 400),
        ("https://e.example", 400),
    ):
        client = app.test_client()
        with client.session_transaction(base_url="https://hoinghi.example") as session:
            session["csrf_token"] = CSRF
        answer = client.post(
            "/sign-out", base_url="https://hoinghi.example", headers={"X-CSRF-Token": CSRF, "Origin": origin}
        )
        assert answer.status_code == status


def test_a_session_without_a_token_fits_no_empty_token(sqlite_app) -> None:
    assert sign_out(sqlite_app.test_client(), token="").status_code == 400


def test_the_token_changes_with_each_visitor_and_lies_in_the_form(sqlite_app) -> None:
    pages = [sqlite_app.test_client().get("/sign-in").text for _ in range(2)]
    tokens = {page.split('name="csrf_token" value="')[1].split('"')[0] for page in pages}
    assert len(tokens) == 2
    assert all(len(token) >= 32 for token in tokens)


@pytest.mark.parametrize("next_", ["//evil.example", "/\\evil.example", "https://evil.example", "/%0d%0ax"])
def test_no_page_sends_people_elsewhere(sqlite_app, next_) -> None:
    answer = sqlite_app.test_client().get(f"/language/en?next={quote(next_)}")
    assert answer.location == "/"
