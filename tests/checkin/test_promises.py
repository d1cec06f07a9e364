"""What must never break when scans arrive: poisoned, repeated, in any order, from many at once. R3 to R5, F4, F25."""

from __future__ import annotations

import contextvars
import itertools
import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from conference.checkin import queries
from conference.checkin.attendance import attendance_of, disagreements_of
from conference.checkin.models import Attendance, Case, QuarantinedScan, Scan
from conference.foundation import db as foundation
from conference.foundation.db import db
from tests.checkin.conftest import Doors
from tests.checkin.counted import forget, present, put_into_waves, rows_in, send_somebody_else, state_of
from tests.factories import local

Sized = Callable[[int, int], int]


def poison(doors: Doors, chance: random.Random) -> dict[str, Any] | Any:
    good = doors.tickets[chance.choice(doors.numbers_here)]
    kind = chance.randrange(11)
    if kind == 0:
        return doors.item(ticket=chance.choice(["", "https://x.test", "\x00", "\ud800", "'; --", "١" * 188]))
    if kind == 1:
        return doors.item(ticket=good[:100] + str((int(good[100]) + 1) % 10) + good[101:])
    if kind == 2:
        return doors.item(ticket=good, study_session=chance.choice([0, -1, 10**12, 999_999, None]))
    if kind == 3:
        return doors.item(ticket=good, scanned_at=chance.choice(["yesterday", "2018-12-06T07:40:00", 5, None, ""]))
    if kind == 4:
        return doors.item(ticket=good, scanned_at="9999-12-31T23:59:59Z", clock_offset_ms=10**12)
    if kind == 5:
        return doors.item(ticket=good, verdict="accepted", site_id=1)
    if kind == 6:
        return doors.item(ticket=chance.choice([None, 5, [good], {"t": good}, True]))
    if kind == 7:
        return chance.choice([None, 5, "x", [], {}, {"id": 5}, {"id": "not one"}, [[[]]]])
    if kind == 8:
        return doors.item(ticket=good, method=chance.choice(["telepathy", 1]))
    if kind == 9:
        return doors.item(ticket=doors.keys.issue(conference=doors.conference + 1, attendee=1, site=1))
    return doors.item(ticket=doors.keys.issue(conference=doors.conference, attendee=77_777, site=doors.here))


def forget_scans(doors: Doors) -> None:
    forget(doors, "attendances", "cases", "quarantined_scans", "door_versions")


def reasons(doors: Doors) -> set[str]:
    return {one["reason"] for one in state_of(doors)["failed"]}


def test_r5_no_item_blocks_or_changes_another(doors: Doors, sized: Sized) -> None:
    """Batches of 1 to 500 items, 1 to 30 % of them poison, anywhere: a good one is answered as if it were alone."""
    chance, failed = random.Random(11), set()
    for round_ in range(sized(12, 500)):
        if round_ % 20 == 0:  # what thousands of scans of the same four people cost is no part of this promise
            failed |= reasons(doors)
            assert present(doors) == {}
            forget_scans(doors)
        size = chance.choice([1, 2, 3, chance.randint(4, sized(120, 500))])
        spoilt = set(chance.sample(range(size), max(1, round(size * chance.uniform(0.01, 0.3)))))
        spoilt |= {(0, size - 1, size // 2)[round_ % 3]}
        items = [
            poison(doors, chance) if place in spoilt else doors.item(chance.choice(doors.numbers_there))
            for place in range(size)
        ]
        answers = doors.send(*items)["items"]
        assert len(answers) == size
        for place, (item, answer) in enumerate(zip(items, answers, strict=True)):
            if place in spoilt:
                assert not answer["counts"]
                assert answer["verdict"] in ("invalid", "forged", "unknown", "not_summoned", "accepted")
            else:
                assert (answer["id"], answer["status"], answer["verdict"]) == (item["id"], 200, "other_site")
    assert present(doors) == {}
    failed |= reasons(doors)
    assert failed <= {
        "malformed_item",
        "malformed_ticket",
        "forged_ticket",
        "unknown_ticket",
        "other_conference",
        "unknown_session",
    }


def test_r4_the_same_id_at_the_same_moment_is_one_fact_or_a_conflict(doors: Doors, sized: Sized) -> None:
    """Pairs with one id, sent at once by many: the same body gets the same answer and one row; of two bodies one stands
    and the other is refused and set aside."""
    chance = random.Random(4)
    pairs: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for _ in range(sized(60, 2_000)):
        first = doors.item(
            chance.choice(doors.numbers_here), at=local("07:20") + timedelta(seconds=chance.randrange(900))
        )
        second = dict(first)
        if chance.random() < 0.5:
            changed = chance.choice(
                [
                    {"ticket": doors.tickets[chance.choice(doors.numbers_there)]},
                    {"study_session": doors.afternoon},
                    {"direction": "out"},
                    {"device_seq": first["device_seq"] + 1},
                    {"scanned_at": local("07:59").isoformat()},
                ]
            )
            second |= changed
        pairs.append((first, second))
    answers: dict[tuple[int, int], dict[str, Any]] = {}
    faults: list[BaseException] = []
    work = [(number, turn) for number in range(len(pairs)) for turn in (0, 1)]
    threads, at_once = [], sized(12, 200)
    start = threading.Barrier(at_once)

    def carry_out(mine: list[tuple[int, int]]) -> None:
        client = doors.app.test_client()
        try:
            start.wait()
            for number, turn in mine:
                token = (doors.token_here, doors.second_token_here)[turn]
                while (answer := doors.ask(pairs[number][turn], token=token, client=client)).status_code == 503:
                    pass  # two hundred share fifteen connections: who waited too long asks again, as a phone does
                (answers[number, turn],) = answer.get_json()["items"]
        except BaseException as error:
            faults.append(error)

    for thread in range(at_once):  # the two of a pair go to neighbours, at the same place of their work
        mine = [one for one in work if (one[0] * 2 + one[1]) % at_once == thread]
        threads.append(threading.Thread(target=contextvars.copy_context().run, args=(carry_out, mine)))
    for one in threads:
        one.start()
    for one in threads:
        one.join(300)
    assert faults == []
    conflicts = 0
    for number, (first, second) in enumerate(pairs):
        told = [answers[number, 0], answers[number, 1]]
        if first == second:
            assert told[0] == told[1]
            assert told[0]["status"] == 200
        else:
            conflicts += 1
            assert sorted(one["status"] for one in told) == [200, 409]
    assert rows_in(doors, Scan) == len(pairs)
    assert rows_in(doors, QuarantinedScan) == conflicts


def test_any_order_and_any_cutting_of_deliveries_ends_in_the_same_state(doors: Doors, sized: Sized) -> None:
    """The same facts, delivered in different orders and pieces, repeated, by two doors; some are of another wave."""
    send_somebody_else(doors, number=1, study_session=doors.afternoon)
    put_into_waves(doors, {doors.morning: (1, 2, 4, 5, 6, 8)})
    chance = random.Random(5)
    here: list[dict[str, Any]] = []
    for _ in range(30):
        number = chance.choice(doors.numbers_here + doors.numbers_there)
        minutes = chance.choice([-90, -20, 0, 5, 30, 100, 60 * 24, -60 * 24 * 400])
        here.append(
            doors.item(
                number,
                at=local("07:40") + timedelta(minutes=minutes),
                direction=chance.choice(["in", "in", "in", "out", "spot"]),
                decision=chance.choice(["guest", None]),
                clock_offset_ms=chance.choice([0, 0, -600_000, 250]),
                verdict_shown=chance.choice([None, "accepted", "already_in", "revoked"]),
            )
        )
    spares = [doors.spare(1), doors.spare(2)]
    there: list[dict[str, Any]] = []
    for _ in range(30):  # spare badges, handed over by name and shown, before and after, in both study sessions
        spare, at = chance.choice(spares), local("07:40") + timedelta(minutes=chance.choice([0, 5, 10, 30, 400]))
        given = {"ticket": str(chance.choice([1, 1, 2, 3])), "method": "name", "spare": spare}
        session = chance.choice([doors.morning, doors.afternoon])
        what = given if chance.random() < 0.3 else {"ticket": spare, "decision": chance.choice([None, None, "guest"])}
        shown = chance.choice([None, None, "spare", "accepted"])
        door = there if chance.random() < 0.25 else here
        door.append(doors.item(at=at, study_session=session, verdict_shown=shown, **what))
    for number in (1, 2):  # one badge for two, and of another wave for a phone that did not know of it
        given = {"ticket": str(number), "method": "name", "spare": spares[0], "verdict_shown": "accepted"}
        here.append(doors.item(at=local("07:20") + timedelta(minutes=number), **given))
    here.append(doors.item(3, verdict_shown="accepted"))
    here += [doors.undo(chance.choice(here)["id"]) for _ in range(10)]
    here += [doors.undo(one["id"]) for one in here[-3:]]
    tokens = {one["id"]: doors.token_there for one in there}
    states = []
    for _ in range(sized(3, 40)):
        forget_scans(doors)
        delivery = here + there + chance.choices(here, k=15)
        chance.shuffle(delivery)
        while delivery:
            piece = [delivery.pop() for _ in range(min(len(delivery), chance.randint(1, 12)))]
            for token, at_door in itertools.groupby(piece, lambda item: tokens.get(item["id"], doors.token_here)):
                doors.send(*at_door, token=token)
        state = state_of(doors)
        with doors.app.app_context():
            stored = {
                (row.attendee_id, row.study_session_id): (row.first, row.first_at, row.site_id, row.duplicates)
                for row in db.session.scalars(select(Attendance))
            }
            derived = {
                pair: (one.first, one.first_at, one.site, one.duplicates)
                for pair, one in attendance_of(queries.facts_of(doors.conference)).items()
            }
            disagreeing = {one.key for one in disagreements_of(queries.facts_of(doors.conference))}
            assert disagreeing <= set(
                db.session.scalars(select(Case.key))
            )  # what is opened stays, so there may be more
        assert stored == derived
        states.append(state)
    assert all(state == states[0] for state in states)
    assert len(states[0]["attendance"]) >= 4
    assert {"spare", "substituted", "other_site", "other_session"} <= {one["kind"] for one in states[0]["cases"]}


def test_many_at_once_lose_and_double_nothing(doors: Doors, sized: Sized) -> None:
    """Threads at two doors send the same people again and again, in batches and one by one."""
    chance = random.Random(2)
    everybody = doors.numbers_here + doors.numbers_there
    sent: list[dict[str, Any]] = []
    faults: list[BaseException] = []
    work: list[list[tuple[str, list[dict[str, Any]]]]] = []
    for thread in range(6):
        token = (doors.token_here, doors.second_token_here, doors.token_there)[thread % 3]
        mine = []
        for _ in range(sized(12, 200)):
            items = [
                doors.item(
                    chance.choice(everybody),
                    decision="guest",
                    at=local("07:20") + timedelta(seconds=chance.randrange(2_000)),
                )
                for _ in range(chance.choice([1, 1, 4]))
            ]
            if sent and chance.random() < 0.3:
                items.append(chance.choice(sent))
            sent += items
            mine.append((token, items))
        work.append(mine)

    def carry_out(mine: list[tuple[str, list[dict[str, Any]]]]) -> None:
        client = doors.app.test_client()
        try:
            for token, items in mine:
                answers = doors.send(*items, token=token, client=client)["items"]
                assert [one["status"] for one in answers] == [200] * len(items)
        except BaseException as error:
            faults.append(error)

    # Each thread lives at the stopped moment of the test.
    threads = [threading.Thread(target=contextvars.copy_context().run, args=(carry_out, mine)) for mine in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert faults == []
    unique = {item["id"]: item for item in sent}
    assert rows_in(doors, Scan) == len(unique)
    with doors.app.app_context():
        derived = attendance_of(queries.facts_of(doors.conference))
        stored = {row.attendee_id: row.first for row in db.session.scalars(select(Attendance))}
    assert stored == {pair[0]: one.first for pair, one in derived.items()}
    assert rows_in(doors, Case) == state_cases(doors)


def state_cases(doors: Doors) -> int:
    return len(state_of(doors)["cases"])


def payload(chance: random.Random) -> str:
    """What a code before the camera may hold: nothing to 4,296 characters of anything."""
    alphabets = (
        "0123456789",
        "0123456789ABC",
        "ệữ\U0001f3ab\u200d",
        "\x00\x07\x1f\x7f",
        "<>'\";-/%&{}",
        "\ud800\udfff",
    )
    starts = ("", "https://example.test/", "'; DROP TABLE scans; --", "<script>", "\ufeff", "0" * 187)
    size = chance.choice([0, 1, 187, 188, 189, 4_296, chance.randrange(4_296)])
    return (chance.choice(starts) + "".join(chance.choices(chance.choice(alphabets), k=size)))[:4_296]


def test_f25_whatever_a_code_holds_is_invalid_and_nobody_comes_in(doors: Doors, sized: Sized) -> None:
    chance = random.Random(25)
    for _ in range(sized(4, 200)):
        items = [doors.item(ticket=payload(chance), verdict_shown="accepted") for _ in range(25)]
        answers = doors.send(*items)["items"]
        assert [one["id"] for one in answers] == [one["id"] for one in items]
        assert {(one["verdict"], one["counts"]) for one in answers} <= {("invalid", False), ("forged", False)}
        assert answers == doors.send(*items)["items"]
    assert present(doors) == {}
    assert reasons(doors) <= {
        "malformed_item",
        "malformed_ticket",
        "forged_ticket",
    }


def test_f4_a_database_that_others_hold_for_too_long_says_later_and_takes_it_then(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foundation, "BUSY_MILLISECONDS", 200)
    scan = doors.item(1)
    with doors.app.app_context():
        db.engine.dispose()  # connections made from now on wait no longer than that
        other = db.engine.connect().execution_options(writes=True)
        other.execute(text("UPDATE devices SET label = label"))
        refused = doors.ask(scan)
        other.rollback()
        other.close()
    assert (refused.status_code, refused.get_json()["error"]) == (503, "busy")
    assert int(refused.headers["Retry-After"]) > 0
    assert doors.send(scan)["items"][0]["counts"]
    assert rows_in(doors, Scan) == 1
