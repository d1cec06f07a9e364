"""Wrong input at every form, upload and endpoint: a status 4xx, a Vietnamese sentence, and nothing good is lost."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule

from tests.routes import ROUTES, Route, address, known_rules, read
from tests.two_conferences import World

Sized = Callable[[int, int], int]

LONG = "Đ" * 1_000 + "x" * 49_000  # to encode and decode nothing but letters with marks took most of the time
NASTY = {
    "nonsense": "zzz",
    "long": LONG,
    "control": "a\x00\x1b\u202eb",
    "half a letter": "\ud800",
    "negative": "-1",
    "huge": "9" * 400,
    "beyond 64 bits": "18446744073709551616",
    "odd digits": "²",
    "digits of others": "١٢",
    "not a number": "NaN",
    "infinite": "1e999",
    "query": "1' OR '1'='1",
    "template": "{{ 7*7 }}%(a)s{}",
    "blank": " \u3000 ",
}
IN_THE_ADDRESS = ["999999999", "9" * 30, "-1", "abc", "1%00", "%ED%A0%80", "x" * 3_000]
IN_A_QUERY = {
    "page": ["-1", "0", "abc", "99999999999999999999", "1e3", "", "²", "\x00"],
    "size": ["99999", "-5", "x", "9" * 400],
    "sort": ["DROP TABLE people", "name; --", "x" * 5_000, "\x00", "password_hash"],
    "direction": ["sideways"],
    "q": ["\x00", "%", "_", "'", "x" * 5_000, "\ud800", "\\", "٣", "((((", "*" * 300],
    "ids": ["-1", "abc", "9" * 30, "1'", "\x00", "²", "99999999999999999999"],
    "words": ["zzz", "\x00", "x" * 5_000, "'"],
}
ID_FILTERS = ("site", "unit", "category", "session", "study_session", "version", "file", "cursor", "more", "level")
WORD_FILTERS = (
    "province", "state", "kind", "lack", "role", "leave", "called", "contact", "show", "view", "month", "action",
    "actor", "subject", "status", "standing", "next", "number", "edit", "projector", "by", "rank", "figure",
    "tab", "of",
)  # fmt: skip
VIETNAMESE = re.compile("[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]", re.IGNORECASE)


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("wrong-input"), sqlite_template)
    yield made
    made.end()


def said(answer: Any) -> str:
    """What a person or a program reads in an answer, without the furniture of the page."""
    if answer.is_json:
        return str(answer.json.get("message", answer.json)) if isinstance(answer.json, dict) else str(answer.json)
    page = answer.get_data(as_text=True)
    return re.sub(r"<[^>]+>", " ", page[page.find("<main") :])


def refused(answer: Any) -> bool:
    return 400 <= answer.status_code < 500 and bool(VIETNAMESE.search(said(answer)))


def unsafe_routes(world: World) -> list[tuple[Rule, str, Route]]:
    return [
        (rule, method, route)
        for rule, method, route in known_rules(world.app)
        if method != "GET" and rule.endpoint != "accounts.sign_out"
    ]


def post(world: World, rule: Rule, method: str, route: Route, sent: Any, **more: Any) -> Any:
    path = address(world.app, rule, route.values(world.theirs, world))
    return read(world.visitors[route.owner].open(path, method=method, data=sent, **more))


def taking_turns(every: int, *, begin: int = 0) -> Callable[[object], bool]:
    """In the usual run each place meets some kinds of nonsense and each kind meets some places; at full size, all."""
    turns = count(begin)
    return lambda _what: next(turns) % every == 0


class Faults(list[Any]):
    """Notes an answer that is no proper refusal, and puts the world back in order after a change."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.before = world.changes()

    def hear(self, what: tuple[Any, ...], answer: Any, *, may_succeed: bool) -> None:
        changed = self.world.changes() != self.before
        if answer.status_code >= 500:
            self.append((*what, answer.status_code))
        elif not may_succeed and not refused(answer):
            self.append((*what, answer.status_code, " ".join(said(answer).split())[:200]))
        elif not may_succeed and changed and what[0] not in COUNT_TRIES:
            self.append((*what, answer.status_code, "changed something"))
        if changed:
            self.world.restore()
            self.before = self.world.changes()


def needed_fields(world: World, route: Route) -> dict[str, Any]:
    return route.body(world.theirs, world) if route.body else {}


COUNT_TRIES = {"accounts.sign_in_now"}
"""Routes that keep a note of each refusal: guesses at a password."""

ANY_TEXT_WILL_DO = {
    "accounts.set_password",
    "grading.add_official_text",
    "grading.reopen",
    "grading.undo_ruling",
    "make_up.take_back",
    "naming.ask_to_leave_list",
    "on_behalf.submit",
    "quiz.revoke_grant",
    "reflections.admit",
    "reflections.end_admission",
    "reflections.end_exemption",
    "reflections.end_return",
    "reflections.exempt",
    "reflections.revoke_extension",
    "registry.write_leave",
}
"""Routes of which the only needed field is a sentence."""

TEXTS_NOBODY_WRITES = ("long", "control", "blank")

ALL_MAY_BE_LEFT_OUT = {
    "make_up.confirm",  # nobody chosen is nobody noted
    "my_make_up.finish",  # a recording may have no question
    "imports.choose_encoding",  # no encoding means: as recognised
    "seats.reserve",  # nothing may be reserved
    "seats.give",
    "seats.give_everywhere",
    "sites.tick_checks",  # nothing ticked is nothing looked at yet
    "online.say_who",  # no number means: nobody of this conference
    "notices.write_one",  # the press of the button is named by us when the page did not
    "notices.decide",
    "naming.set_unit_quotas",  # no number means: no quota
    "registry.decide_leave",
    "registry.print_badges",  # no site means: all
    "checkin_packs.print_packs",
    "checkin_devices.print_links",
    "my_reflection.save_form",  # an emptied text is a text
    "grading.share_out",
}
"""Routes of which every field has a meaning when it is empty."""


def test_an_empty_form_is_refused_where_something_is_needed(world: World) -> None:
    faults = Faults(world)
    for rule, method, route in unsafe_routes(world):
        if not needed_fields(world, route):
            continue
        answer = post(world, rule, method, route, {})
        faults.hear((rule.endpoint,), answer, may_succeed=rule.endpoint in ALL_MAY_BE_LEFT_OUT)
    assert faults == []


@pytest.mark.parametrize("kind", NASTY)
def test_nonsense_in_all_fields_changes_nothing(world: World, kind: str, sized: Sized) -> None:
    faults, is_turn_of = Faults(world), taking_turns(sized(3, 1), begin=list(NASTY).index(kind))
    for rule, method, route in unsafe_routes(world):
        fields = needed_fields(world, route)
        if not fields or route.is_json or not is_turn_of(route):
            continue
        answer = post(world, rule, method, route, dict.fromkeys(fields, encoded(NASTY[kind])))
        is_a_sentence = rule.endpoint in ANY_TEXT_WILL_DO and kind not in TEXTS_NOBODY_WRITES
        may_succeed = is_a_sentence or rule.endpoint in ALL_MAY_BE_LEFT_OUT
        faults.hear((rule.endpoint, kind), answer, may_succeed=may_succeed)
    assert faults == []


@pytest.mark.parametrize("kind", NASTY)
def test_nonsense_in_a_single_field_never_breaks_a_page(world: World, kind: str, sized: Sized) -> None:
    """Some texts may hold anything; so this asks only that nothing breaks, and that a refusal changes nothing."""
    faults, is_turn_of = Faults(world), taking_turns(sized(4, 1), begin=list(NASTY).index(kind))
    for rule, method, route in unsafe_routes(world):
        good = needed_fields(world, route)
        if route.is_json:
            continue
        for name in filter(is_turn_of, good):
            answer = post(world, rule, method, route, {**needed_fields(world, route), name: encoded(NASTY[kind])})
            faults.hear((rule.endpoint, name, kind), answer, may_succeed=answer.status_code < 400)
    assert faults == []


def encoded(text: str) -> Any:
    return text.encode("utf-8", "surrogatepass")


def test_a_field_sent_twice_or_as_a_file_breaks_nothing(world: World) -> None:
    faults = Faults(world)
    for rule, method, route in unsafe_routes(world):
        good = needed_fields(world, route)
        if route.is_json or not good:
            continue
        twice = MultiDict([(name, str(value)) for name, value in good.items() for _ in range(2)])
        faults.hear((rule.endpoint, "twice"), post(world, rule, method, route, twice), may_succeed=True)
        answer = post(world, rule, method, route, {name: (BytesIO(b"x"), "x.exe") for name in good})
        faults.hear((rule.endpoint, "file"), answer, may_succeed=rule.endpoint in ALL_MAY_BE_LEFT_OUT)
    assert faults == []


FOREIGN = {
    "id": "1", "role": "admin", "site_id": "1", "conference_id": "1", "mark": "10", "author": "1", "is_demo": "1",
    "state": "closed", "attendee_id": "1", "ticket": "1", "ticket_issue": "9", "is_active": "1", "password_hash": "x",
    "scope_kind": "all", "unit_id": "1", "published_at": "2018-12-06", "submitted_at": "2018-12-06", "total": "10",
    "_method": "DELETE", "account_id": "1",
}  # fmt: skip


def test_fields_that_no_page_sends_are_not_taken(world: World) -> None:
    """Whatever else a form carries: the same happens as without it, in every table, column by column."""
    faults = []
    for rule, method, route in unsafe_routes(world):
        if route.is_json or not route.body:
            continue
        good = needed_fields(world, route)
        foreign = {
            name: value for name, value in FOREIGN.items() if name not in {*good, *OPTIONAL.get(rule.endpoint, ())}
        }
        clean, plain = outcome(world, rule, method, route, {})
        dirty, mixed = outcome(world, rule, method, route, foreign)
        if (clean, plain) != (dirty, mixed):
            faults.append((rule.endpoint, clean, dirty, [name for name in plain if plain[name] != mixed[name]]))
    assert faults == []


OPTIONAL = {"grading.add_grader": ("unit_id",)}
"""Fields of a page that its good body leaves out, and that mean something there."""


def outcome(world: World, rule: Rule, method: str, route: Route, more: dict[str, str]) -> tuple[int, dict[str, Any]]:
    sent = {
        name: str(value) if isinstance(value, int) else value for name, value in needed_fields(world, route).items()
    }
    answer = post(world, rule, method, route, {**sent, **more})
    stored = world.everything() if answer.status_code < 400 else {}
    world.restore()
    return answer.status_code, stored


JSON_NONSENSE: list[bytes] = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"1",
    b'"x"',
    b"{}",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"NaN",
    b'{"items": "x"}',
    b'{"items": []}',
    b'{"version": NaN}',
    b"9" * 10_000,
    b"\x00",
]


def test_json_that_is_none_or_says_nothing_is_refused(world: World) -> None:
    """F26: Deep, broken and foreign JSON."""
    faults = Faults(world)
    for rule, method, route in unsafe_routes(world):
        if not route.is_json:
            continue
        for data in JSON_NONSENSE:
            answer = post(world, rule, method, route, data, content_type="application/json")
            faults.hear((rule.endpoint, data[:20]), answer, may_succeed=False)
        good = json.dumps(needed_fields(world, route)).encode()
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "", "multipart/form-data"):
            answer = post(world, rule, method, route, good, content_type=kind)
            faults.hear((rule.endpoint, kind), answer, may_succeed=True)
    assert faults == []


def test_each_json_field_of_a_wrong_type_or_a_foreign_one_is_refused(world: World) -> None:
    faults = Faults(world)
    wrong: list[Any] = [None, True, -1, 1.5, 10**30, "zzz", [], {}, [[]], {"x": {}}, "\x00", "\ud800", "x" * 500_000]
    for rule, method, route in unsafe_routes(world):
        if not route.is_json:
            continue
        good = needed_fields(world, route)
        for name in good:
            for value in wrong:
                sent = json.dumps({**good, name: value}).encode()
                answer = post(world, rule, method, route, sent, content_type="application/json")
                faults.hear((rule.endpoint, name, str(value)[:20]), answer, may_succeed=answer.status_code < 400)
        answer = post(
            world, rule, method, route, json.dumps({**good, "role": "admin"}).encode(), content_type="application/json"
        )
        faults.hear((rule.endpoint, "foreign"), answer, may_succeed=False)
    assert faults == []


def test_an_address_that_names_nothing_is_not_found(world: World, sized: Sized) -> None:
    faults, is_turn_of = Faults(world), taking_turns(sized(3, 1))
    for rule, method, route in known_rules(world.app):
        values = route.values(world.theirs, world)
        for name in values if rule.endpoint != "accounts.enter" else ():  # says nothing before its button is pressed
            for value in filter(is_turn_of, IN_THE_ADDRESS):
                mark = 7777777 if isinstance(values[name], int) else "7777777"
                marked = address(world.app, rule, {**values, name: mark})
                path = marked.replace("7777777", value)
                client = world.visitors[route.owner]
                answer = read(client.open(path, method=method, data=b"" if route.is_json else {}))
                fits = answer.status_code in (302, 303, 308, 400, 404, 405, 409, 410, 413, 415, 422, 429)
                if not fits or (method != "GET" and world.changes() != faults.before):
                    faults.append((method, path[:120], answer.status_code))
                if world.changes() != faults.before:
                    world.restore()
                    faults.before = world.changes()
    assert faults == []


def test_nonsense_in_a_query_is_answered(world: World, sized: Sized) -> None:
    faults, is_turn_of = Faults(world), taking_turns(sized(7, 1))
    for rule, method, route in known_rules(world.app):
        if method != "GET" or rule.endpoint == "static":
            continue
        path = address(world.app, rule, route.values(world.theirs, world))
        places = max(len(values) for values in IN_A_QUERY.values())
        for place in filter(is_turn_of, range(places)):
            query = {
                name: values[place % len(values)] for name, values in IN_A_QUERY.items() if name not in ("ids", "words")
            }
            query |= dict.fromkeys(ID_FILTERS, IN_A_QUERY["ids"][place % 7])
            query |= dict.fromkeys(WORD_FILTERS, IN_A_QUERY["words"][place % 4])
            answer = read(world.visitors[route.owner].get(path, query_string={k: encoded(v) for k, v in query.items()}))
            if answer.status_code >= 500:
                faults.append((path, query["q"][:20], query["site"][:20], query["show"][:20], answer.status_code))
            if world.changes() != faults.before:
                world.restore()
                faults.before = world.changes()
    assert faults == []


# ---- uploads


def workbook(*, macro: bool = False, filler: int = 0) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        if macro:
            archive.writestr("xl/vbaProject.bin", b"\x00" * 100)
        if filler:
            archive.writestr("xl/worksheets/sheet1.xml", b" " * filler)
    return made.getvalue()


SHEETS = Path(__file__).parent / "adapters" / "sheets"
UPLOADS: dict[str, tuple[str, Any]] = {
    "nothing": ("", b""),
    "empty file": ("a.xlsx", b""),
    "empty list": ("a.csv", b""),
    "program": ("a.xlsx", b"MZ" + b"\x00" * 500),
    "picture": ("a.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 50),
    "page": ("a.html", b"<script>alert(1)</script>"),
    "page named as a list": ("a.xlsx", b"<html><script>alert(1)</script></html>"),
    "macro": ("a.xlsm", workbook(macro=True)),
    "macro named as a plain book": ("a.xlsx", workbook(macro=True)),
    "bomb": ("a.xlsx", lambda: workbook(filler=400_000_000)),
    "damaged": ("a.xlsx", workbook()[:60]),
    "password": ("a.xlsx", (SHEETS / "password.xlsx").read_bytes()),
    "not a book": ("a.xls", (SHEETS / "not-a-book.ole").read_bytes()),
}


@pytest.mark.parametrize("kind", UPLOADS)
def test_a_hostile_or_useless_file_is_refused_in_words(world: World, kind: str) -> None:
    name, made = UPLOADS[kind]
    content = made() if callable(made) else made
    before, files = world.rows(), sorted((world.folder / "files").rglob("*"))
    answer = read(
        world.visitors["organizer"].post(
            "/conferences/NQ12/imports/", data={"files": (BytesIO(content), name)} if name else {}
        )
    )
    assert refused(answer), (answer.status_code, said(answer)[:300])
    assert world.rows() == before
    assert sorted((world.folder / "files").rglob("*")) == files


def test_a_name_with_a_path_in_it_stays_inside_the_folder(world: World) -> None:
    """F24: A path in a name."""
    text = "STT,Họ và tên,Ngày sinh\r\n1,Lê Thị Hoài Thương,03/11/1964\r\n".encode()
    for name in ("../../../etc/x.csv", "..\\..\\x.csv", "/etc/passwd.csv", "a" * 500 + ".csv", "x\x00y.csv", "../.csv"):
        answer = read(
            world.visitors["organizer"].post("/conferences/NQ12/imports/", data={"files": (BytesIO(text), name)})
        )
        assert answer.status_code in (303, 415, 400), (name, answer.status_code)
    inside = {path.parent.name for path in (world.folder / "files").rglob("*") if path.is_file()}
    assert {path.name for path in world.folder.iterdir()} >= {"files"}
    assert not any("passwd" in path.name for path in world.folder.rglob("*"))
    assert inside
    world.restore()


def test_a_form_of_too_many_fields_or_bytes_is_refused(world: World) -> None:
    """F26: A hundred thousand fields, and more bytes than any form."""
    organizer = world.visitors["organizer"]
    many = {f"field-{number}": "x" for number in range(100_000)}
    for data in (many, {"title": "x" * 30_000_000}):
        for path in ("/conferences/new", "/conferences/NQ12/people/new", "/conferences/NQ12/reflections/task"):
            answer = read(organizer.post(path, data=data))
            assert 400 <= answer.status_code < 500, (path, answer.status_code)
            assert refused(answer)


def test_every_refused_status_of_a_method_has_words(world: World) -> None:
    for path, method in (("/conferences/", "DELETE"), ("/api/v1/scans", "GET"), ("/nowhere", "GET"), ("/p/x", "POST")):
        answer = read(world.visitors["organizer"].open(path, method=method))
        assert refused(answer), (path, answer.status_code)


def test_the_table_is_the_one_of_the_access_matrix() -> None:
    assert all(route.owner for route in ROUTES.values())
