"""G1 and G2 at the routes: no byte leads a grader to an author, no route shows a mark before its release."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
import rfc8785
from sqlalchemy import select, text
from werkzeug.routing import BuildError

from conference.accounts.models import Account
from conference.adapters.documents import read_document
from conference.foundation.actor import SYSTEM, Role
from conference.foundation.db import db, transaction
from conference.grading import actions, marking, sharing
from conference.grading.models import Paper, Reading
from conference.reflections import attaching, shelf_views
from conference.reflections.models import Submission, SubmissionFile
from conference.registry.links import link_token
from conference.registry.models import Attendee
from tests import papers
from tests.factories import join, make_account, make_attendee, make_conference, make_person, make_site, make_unit
from tests.grading.grade_book import AT, SECRET, hand_in, make_grade_book, marks_adding_up_to
from tests.people import prove_origin


@pytest.fixture
def app(sqlite_app):
    """What a page says does not depend on the database behind it."""
    return sqlite_app


# ---- G1


def make_canaries(authors: int) -> tuple[list[str], list[Account]]:
    """Authors whose every field is a word that occurs nowhere else."""
    top = make_unit("Tổng Liên đoàn")
    conference = make_conference(host_unit=top)
    words: list[str] = []

    def canary(kind: str, place: int) -> str:
        words.append(f"{kind}qz{place:04}")
        return words[-1]

    for place in range(authors):
        unit = make_unit(canary("Donvi", place), parent=top, code=canary("Madonvi", place))
        site = make_site(
            canary("Diemcau", place), host_unit=unit, province=canary("Tinh", place), code=canary("Ma", place)
        )
        join(conference, site, manager_name=canary("Phutrach", place))
        person = make_person(
            canary("Ten", place),
            unit=unit,
            code=canary("Manguoi", place),
            email=f"{canary('thu', place)}@congdoan.example",
            phone=f"09{place:08}",
            position=canary("Chucvu", place),
        )
        words.append(f"09{place:08}")
        attendee = make_attendee(
            conference, site=site, person=person, number=731_043 + place, position=canary("Chucdanh", place)
        )
        words.append(str(700_000 + place))
        submission = hand_in_in_some_form(attendee, place, canary)
        words += [submission.receipt_number, submission.sha256, submission.signature]
    accounts = []
    for place in range(4):
        home = make_unit(f"Đơn vị chấm {place}", parent=top)
        account = make_account(None, full_name=f"Người chấm {place}")
        actions.add_grader(
            conference_id=conference.id, account=account, unit_id=home.id, site_id=None, by=SYSTEM, at=AT
        )
        accounts.append(account)
    sharing.share_out(conference_id=conference.id, seed=5, by=SYSTEM, at=AT)
    return words, accounts


def hand_in_in_some_form(attendee: Attendee, place: int, canary: Callable[[str, int], str]) -> Submission:
    """Typed, or a file whose name and properties name the author: as a Word file, a PDF, a photo, a scan."""
    author = canary("Tacgia", place)
    sent = {
        1: ("docx", papers.docx(*[papers.WORDS] * 3, author=author)),
        2: ("pdf", papers.pdf(author=author)),
        3: ("jpg", papers.photo(author=author)),
        4: ("pdf", papers.scan(author=author)),
    }.get(place % 5)
    text = "" if sent else "Tôi nhận thức rõ nhiệm vụ. " * 5
    parts = [{"part": 1, "title": "Nhận thức", "text": text}]
    if sent is None:
        return hand_in(attendee, content=rfc8785.dumps({"parts": parts, "commitments": [], "files": []}))
    document = read_document(f"{canary('Tentep', place)}.{sent[0]}", sent[1])
    with shelf_views.kept([document]) as (kept,):
        fact = {"kind": kept.kind.value, "size": kept.size, "sha256": kept.sha256}
    content = rfc8785.dumps({"parts": parts, "commitments": [], "files": [fact]})
    submission = hand_in(attendee, words=kept.words, content=content)
    file = attaching.file_from(kept, position=0, at=AT)
    file.reflection_id = submission.reflection_id
    db.session.add(file)
    db.session.flush()
    db.session.add(SubmissionFile(submission_id=submission.id, position=1, file_id=file.id))
    db.session.flush()
    return submission


def reachable(app, browser, codes: list[str]) -> dict[str, str]:
    """Every page under a route that lets graders in, and everything that those pages lead to."""
    values = {"code": "NQ12", "language": "vi", "theme": "light", "token": "x"}
    waiting = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            view = app.view_functions[rule.endpoint]
            roles = getattr(view, "allowed_roles", frozenset())
            if "GET" not in rule.methods or rule.endpoint == "static" or not roles & {Role.GRADER, Role.ANYONE}:
                continue
            for code in (codes or ["x"]) if "blind_code" in rule.arguments else [""]:
                filled = {name: code if name == "blind_code" else values.get(name, "1") for name in rule.arguments}
                try:
                    waiting.append(app.url_map.bind("localhost").build(rule.endpoint, filled))
                except BuildError:
                    continue
    seen: dict[str, str] = {}
    while waiting:
        path = waiting.pop()
        if path in seen or (path.count("?") > 0 and path.startswith("/conferences")):
            continue  # the same lists in other orders
        with browser.get(path) as answer:
            said = words_in(answer.data)
            seen[path] = said + str(answer.headers)
        if answer.content_type.startswith("text/html"):
            found = re.findall(r'(?:href|src|action)="(/[^"#]*)"', said)
            waiting += [link.replace("&amp;", "&") for link in found if not link.startswith("/static/")]
    return seen


def words_in(data: bytes) -> str:
    """All text of an answer; what is packed (sheets, documents) is unpacked first."""
    if not data.startswith(b"PK"):
        return data.decode("utf-8", "replace")
    with ZipFile(BytesIO(data)) as packed:
        return " ".join(
            [*packed.namelist(), *(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())]
        )


def test_g1_no_byte_that_a_grader_can_reach_leads_to_an_author(app, db_session, sign_in, sized):
    with transaction():
        canaries, accounts = make_canaries(sized(20, 200))
        account_ids = [account.id for account in accounts]
    codes = {id: [] for id in account_ids}
    for code, account_id in db.session.execute(
        text("SELECT blind_code, account_id FROM readings JOIN graders ON graders.id = readings.grader_id")
    ):
        codes[account_id].append(code)
    browser = sign_in(account=db.session.get_one(Account, account_ids[0]))
    mine, others = codes[account_ids[0]], codes[account_ids[1]][:3]
    pages = {
        path: said for path, said in reachable(app, browser, mine + others).items() if not path.startswith("/conf")
    }
    assert len([path for path in pages if path.startswith("/marking/")]) >= len(mine)
    assert len([path for path, said in pages.items() if "/pages/" in path and "JFIF" in said]) >= 3
    for code in mine[:10]:
        url = f"/marking/{code}"
        for answer in (
            browser.post(f"{url}/save.json", json={"version": 1}, headers={"Accept": "application/json"}),
            browser.post(f"{url}/save.json", json={"version": 1}, headers={"Accept": "application/json"}),
            browser.post(f"{url}/save.json", json={"x": 1}),
            browser.post(url, data={"version": 2, "action": "finish"}),
            browser.post(f"{url}/take-back"),
        ):
            pages[f"{url} {answer.status_code}"] = answer.text + str(answer.headers)
    leaks = {(path, word) for path, said in pages.items() for word in canaries if word in said}
    assert leaks == set()


def test_g1_the_rest_that_graders_may_open_names_no_author(app, db_session, sign_in, sized):
    """Pages of the conference itself say where it is held and by whom it is hosted; never who was called or wrote."""
    with transaction():
        canaries, accounts = make_canaries(sized(6, 200))
        account_id = accounts[0].id
    browser = sign_in(account=db.session.get_one(Account, account_id))
    of_people = [
        word for word in canaries if not word.startswith(("Donvi", "Madonvi", "Diemcau", "Tinh", "Ma", "Phutrach"))
    ]
    of_people += [word for word in canaries if word.startswith("Manguoi")]
    pages = reachable(app, browser, [])
    assert {(path, word) for path, said in pages.items() for word in of_people if word in said} == set()


def test_g1_codes_are_drawn_and_say_nothing_about_the_order_of_papers(db_session):
    with transaction():
        book = make_grade_book(authors=12)
        book.share_out()
    codes = list(db.session.scalars(select(Reading.blind_code).order_by(Reading.paper_id, Reading.ordinal)))
    assert len(set(codes)) == 24
    assert codes != sorted(codes)
    attendees = list(db.session.scalars(select(Paper.attendee_id).order_by(Paper.id)))
    assert attendees != sorted(attendees)


# ---- G2 at the routes


@pytest.mark.parametrize("who", ["author", "nobody", "unit_officer", "site_host", "scanner", "grader"])
def test_g2_no_route_shows_a_mark_before_the_release(app, people, db_session, who):
    with transaction():
        book = make_grade_book(authors=2)
        book.share_out()
        for attendee in book.attendees:
            for reading in book.readings(attendee):
                marks = marks_adding_up_to("3.25", book.scheme)
                first = book.scheme.parts[0].id
                entry = marking.Entry(marks, {first: "Ghichuqz"}, "Nhanxetqz")
                marking.finish(reading=reading, version=1, entry=entry, by=SYSTEM, at=AT)
        attendee = book.attendees[0]
        token = link_token(SECRET, attendee.id, attendee.link_issue)
    if who == "author":
        browser = prove_origin(app.test_client())
        browser.get(f"/p/{token}")
    else:
        browser = people[who]
    tried, hits = 0, []
    for path in every_path(app, attendee.id):
        with browser.get(path) as answer:
            said = words_in(answer.data)
        tried += 1
        if any(word in said for word in ("Nhanxetqz", "Ghichuqz", "3,25", "3.25")):
            hits.append(path)
    assert tried >= 30
    assert hits == []


def every_path(app, attendee_id: int) -> list[str]:
    values: dict[str, Any] = {
        "code": "NQ12",
        "blind_code": "AA-00000",
        "token": "x",
        "language": "vi",
        "theme": "light",
    }
    paths = []
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint != "static":
            filled = {name: values.get(name, attendee_id if "attendee" in name else 1) for name in rule.arguments}
            try:
                paths.append(app.url_map.bind("localhost").build(rule.endpoint, filled))
            except BuildError:
                continue
    return paths
