"""G1 to G4: blind stays blind, released is what was entered, no update is lost, what was released stays."""

from __future__ import annotations

import re
import threading
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from random import Random
from typing import Any
from zipfile import ZipFile

import pytest
import rfc8785
from sqlalchemy import select, text
from werkzeug.routing import BuildError

from conference.accounts.models import Account
from conference.foundation import clock
from conference.foundation.actor import SYSTEM, Actor, ActorKind, Role
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.journal import JournalEntry, broken_links
from conference.grading import actions, marking, releasing, sharing
from conference.grading.models import Paper, Reading, ReadingMark, ReleasedMark
from conference.grading.rules import PaperState, ReadingState
from conference.registry.links import link_token
from tests.factories import join, make_account, make_attendee, make_conference, make_person, make_site, make_unit
from tests.grading.grade_book import AT, SECRET, hand_in, make_grade_book, marks_adding_up_to
from tests.people import prove_origin

D = Decimal


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
            conference, site=site, person=person, number=700_000 + place, position=canary("Chucdanh", place)
        )
        words.append(str(700_000 + place))
        parts = [{"part": 1, "title": "Nhận thức", "text": "Tôi nhận thức rõ nhiệm vụ. " * 5}]
        submission = hand_in(attendee, content=rfc8785.dumps({"parts": parts, "commitments": [], "files": []}))
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


def reachable(app, browser, codes: list[str]) -> dict[str, str]:
    """Every page under a route that lets graders in, and everything that those pages lead to."""
    values = {"blind_code": codes, "code": ["NQ12"], "language": ["vi"], "theme": ["light"], "token": ["x"]}
    waiting = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            view = app.view_functions[rule.endpoint]
            roles = getattr(view, "allowed_roles", frozenset())
            if "GET" not in rule.methods or rule.endpoint == "static" or not roles & {Role.GRADER, Role.ANYONE}:
                continue
            choices = [values.get(name, ["1"]) for name in rule.arguments]
            for value in choices[0] if len(choices) == 1 else [None]:
                filled = {name: value or values.get(name, ["1"])[0] for name in rule.arguments}
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


# ---- G2


def fold_independently(hundredths: list[int], tolerance: int, step: int) -> int:
    """The rule once more, in whole hundredths and fractions, knowing nothing of the product's own."""
    a, b = hundredths[0], hundredths[1]
    if max(a, b) - min(a, b) <= tolerance:
        value = Fraction(a + b, 2)
    else:
        a, b, c = sorted(hundredths)
        if b - a == c - b:
            value = Fraction(a + b + c, 3)
        else:
            value = Fraction(a + b, 2) if b - a < c - b else Fraction(b + c, 2)
    steps, rest = divmod(value, step)
    return int(steps + (1 if rest * 2 >= step else 0)) * step


def test_g2_each_released_mark_is_the_fold_of_what_was_entered(db_session, sized):
    """Random grade books, entered through the product, released, and worked out again from the raw rows."""
    for place in range(sized(12, 1_000)):
        chance = Random(place)
        with transaction():
            book = make_grade_book(code=f"SO{place}", authors=3, graders=5)
            book.share_out()
            enter_at_random(book, chance)
            shared = sharing.share_out_thirds(conference_id=book.conference.id, seed=place, by=SYSTEM, at=AT)
            assert shared.left_over == 0
            enter_at_random(book, chance)
            made = releasing.release(draft=releasing.prepare(book.conference.id), by=SYSTEM, at=AT)
        released = db.session.execute(
            text("SELECT paper_id, mark FROM released_marks WHERE release_id = :id"), {"id": made.id}
        ).all()
        assert len(released) == 3
        for paper_id, mark in released:
            totals = [total for _id, _ordinal, total in db.session.execute(TOTALS, {"id": paper_id})]
            assert mark == fold_independently(totals, 100, 25)


TOTALS = text("""
    SELECT readings.id, ordinal, SUM(mark) FROM readings JOIN reading_marks ON reading_id = readings.id
    WHERE paper_id = :id GROUP BY readings.id, ordinal ORDER BY ordinal
""")


def enter_at_random(book, chance: Random) -> None:
    scheme = book.scheme
    open_readings = db.session.execute(
        select(Reading.id)
        .join(Paper, Paper.id == Reading.paper_id)
        .where(Paper.conference_id == book.conference.id, Reading.state == ReadingState.ASSIGNED)
    ).all()
    entries = []
    for (reading_id,) in open_readings:
        marks = {part.id: scheme.step * chance.randint(0, int(part.max_mark / scheme.step)) for part in scheme.parts}
        entries.append((reading_id, marking.Entry(marks, comment="Đã đọc"), AT))
    marking.enter_finished(conference_id=book.conference.id, entries=entries, by=SYSTEM, at=AT)


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


# ---- G3


def test_g3_racing_saves_lose_nothing_and_all_are_in_the_journal(app, db_session, sized):
    clients, rounds = 8, sized(6, 63)
    with transaction():
        book = make_grade_book(authors=1)
        book.share_out()
        reading_id = book.readings(book.attendees[0])[0].id
        part = book.scheme.parts[0].id
    kept: list[tuple[int, str]] = []
    refused = []
    faults: list[BaseException] = []

    def grade(place: int) -> None:
        chance = Random(place)
        with app.app_context():
            try:
                for _round in range(rounds):
                    reading = db.session.get_one(Reading, reading_id, populate_existing=True)
                    version, mark = reading.version, D("0.25") * chance.randint(0, 16)
                    db.session.rollback()
                    try:
                        with transaction():
                            saved = marking.save(
                                reading=reading, version=version, entry=marking.Entry({part: mark}),
                                by=Actor(ActorKind.ACCOUNT, place), at=clock.now(),
                            )  # fmt: skip
                        kept.append((saved.version, str(mark)))
                    except DomainError as error:
                        refused.append(error.code)
            except BaseException as error:
                faults.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=grade, args=(place,)) for place in range(1, clients + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert set(refused) <= {"changed_meanwhile", "busy"}
    assert len(kept) + len(refused) == clients * rounds
    kept.sort()
    assert [version for version, _mark in kept] == list(range(2, len(kept) + 2))
    db.session.rollback()
    assert db.session.get_one(Reading, reading_id, populate_existing=True).version == len(kept) + 1
    assert str(db.session.scalars(select(ReadingMark.mark)).one()) == kept[-1][1]
    entries = db.session.scalars(
        select(JournalEntry).where(JournalEntry.action == "grading.save").order_by(JournalEntry.id)
    ).all()
    assert [entry.after["marks"][str(part)] for entry in entries] == [mark for _version, mark in kept]
    for before, after in pairwise(entries):
        assert after.before["marks"] == before.after["marks"]
    assert list(broken_links()) == []


def test_g3_two_readers_who_finish_at_the_same_moment_settle_the_paper(app, db_session, sized):
    with transaction():
        book = make_grade_book(authors=sized(4, 60))
        book.share_out()
        marks = marks_adding_up_to("7.00", book.scheme)
        pairs = [[reading.id for reading in book.readings(attendee)] for attendee in book.attendees]
    faults: list[BaseException] = []

    def finish(reading_id: int, gate: threading.Barrier) -> None:
        with app.app_context():
            try:
                reading = db.session.get_one(Reading, reading_id)
                db.session.rollback()
                gate.wait()
                with transaction():
                    marking.finish(reading=reading, version=1, entry=marking.Entry(marks), by=SYSTEM, at=AT)
            except BaseException as error:
                faults.append(error)
            finally:
                db.session.remove()

    for pair in pairs:
        gate = threading.Barrier(2)
        threads = [threading.Thread(target=finish, args=(reading_id, gate)) for reading_id in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert faults == []
    db.session.rollback()
    assert set(db.session.scalars(select(Paper.state))) == {PaperState.SETTLED}


# ---- G4


def test_g4_what_was_released_stays_whatever_is_done_afterwards(db_session, sized):
    """A random walk of corrections and releases beside a model that only knows what each release said."""
    with transaction():
        book = make_grade_book(authors=3)
        book.share_out()
        book.give_all()
    chance, said, numbers = Random(4), {}, 0
    for _step in range(sized(40, 600)):
        attendee = chance.choice(book.attendees)
        move = chance.choice(("reopen", "give", "give", "release"))
        with transaction():
            try:
                if move == "reopen":
                    marking.reopen(reading=chance.choice(book.readings(attendee)), reason="x", by=SYSTEM, at=AT)
                elif move == "give":
                    reading = next(one for one in book.readings(attendee) if one.state is not ReadingState.FINISHED)
                    book.give(reading, str(D("7.00") + D("0.25") * chance.randint(0, 4)))
                else:
                    made = releasing.release(draft=releasing.prepare(book.conference.id), by=SYSTEM, at=AT)
                    numbers += 1
                    assert made.number == numbers
                    said[made.id] = marks_of(made.id)
            except (DomainError, StopIteration):
                continue
        for release_id, marks in said.items():
            assert marks_of(release_id) == marks
    assert numbers >= 3
    chain = releasing.releases_of(book.conference.id)
    for later, earlier in pairwise(chain):
        assert later.previous_hash == earlier.hash
        assert releasing.hash_of(earlier) == earlier.hash
        counts = releasing.difference_counts(later, earlier)
        now, before = said[later.id], said[earlier.id]
        assert counts.added == len(now.keys() - before.keys())
        assert counts.removed == len(before.keys() - now.keys())
        assert counts.changed == sum(now[who] != before[who] for who in now.keys() & before.keys())


def marks_of(release_id: int) -> dict[int, Decimal]:
    return dict(
        db.session.execute(
            select(ReleasedMark.attendee_id, ReleasedMark.mark).where(ReleasedMark.release_id == release_id)
        ).all()
    )
