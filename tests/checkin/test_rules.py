"""What the door says."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright._impl._driver import compute_driver_executable

from conference.checkin.attendance import Attendance
from conference.checkin.rules import (
    Claim,
    Direction,
    Entry,
    Failure,
    Method,
    Seen,
    SessionTimes,
    Status,
    Verdict,
    attendance_status,
    bars_kept,
    failure_of,
    judge,
    minutes_late,
    number_given,
    session_at,
)
from conference.registry.tickets import TicketFault
from tests.checkin.judge_cases import DAY_FROM, MINUTE, RING, STARTS_AT, cases, days, session_here, verdict_here

MORNING = SessionTimes(
    id=1,
    conference=1,
    day_from=DAY_FROM,
    day_until=DAY_FROM + 24 * 60 * MINUTE,
    doors_open_at=STARTS_AT - 45 * MINUTE,
    starts_at=STARTS_AT,
    ends_at=STARTS_AT + 210 * MINUTE,
    late_after_minutes=15,
)
MINE = Claim(7, conference=1, site=4, issue=1)
HERE = Entry(7, site=4)
ELSEWHERE = Entry(7, site=5)


def at_the_door(
    claim: Claim | TicketFault = MINE,
    entry: Entry | None = HERE,
    session: SessionTimes | None = MORNING,
    minutes: float = 0,
    direction: Direction = Direction.IN,
    seen: Seen | None = None,
    **more: bool,
) -> Verdict:
    return judge(
        claim,
        entry=entry,
        session=session,
        site=4,
        t=STARTS_AT + round(minutes * MINUTE),
        direction=direction,
        is_guest=more.get("is_guest", False),
        seen=seen,
        knows_all_sites=more.get("knows_all_sites", True),
    )


@pytest.mark.parametrize(
    ("minutes", "verdict"),
    [
        (-45.001, Verdict.TOO_EARLY),
        (-45, Verdict.ACCEPTED),
        (0, Verdict.ACCEPTED),
        (14.999, Verdict.ACCEPTED),
        (15, Verdict.LATE),
        (15 * 60 + 59, Verdict.LATE),
        (16 * 60, Verdict.ACCEPTED),  # the next day: the clock is wrong, nothing is said about late
        (-60 * 24 * 365 * 48, Verdict.ACCEPTED),
    ],
)
def test_early_and_late_go_by_the_session(minutes: float, verdict: Verdict) -> None:
    assert at_the_door(minutes=minutes) is verdict


def test_minutes_late_count_from_the_start() -> None:
    assert minutes_late(MORNING, STARTS_AT + 27 * MINUTE + 59_000) == 27
    assert minutes_late(MORNING, STARTS_AT + 14 * MINUTE + 59_999) is None


def test_who_was_seen_here_is_already_in_also_as_a_guest() -> None:
    seen = Seen(site=4, at=STARTS_AT - MINUTE)
    assert at_the_door(seen=seen) is Verdict.ALREADY_IN
    assert at_the_door(entry=ELSEWHERE, seen=seen) is Verdict.ALREADY_IN


def test_who_was_seen_elsewhere_is_asked_about_before_being_already_in() -> None:
    seen = Seen(site=5, at=STARTS_AT - MINUTE)
    assert at_the_door(entry=ELSEWHERE, seen=seen) is Verdict.OTHER_SITE
    assert at_the_door(entry=ELSEWHERE, seen=seen, is_guest=True) is Verdict.ALREADY_IN
    assert at_the_door(seen=seen) is Verdict.ALREADY_IN


def test_another_site_is_let_in_by_the_hosts_decision_only() -> None:
    assert at_the_door(entry=ELSEWHERE) is Verdict.OTHER_SITE
    assert at_the_door(entry=ELSEWHERE, is_guest=True) is Verdict.ACCEPTED
    assert at_the_door(entry=ELSEWHERE, is_guest=True, minutes=20) is Verdict.LATE


def test_another_session_is_let_in_by_the_hosts_decision_only_and_asked_about_once() -> None:
    called_later = replace(HERE, sessions=frozenset({2}))
    assert at_the_door(entry=called_later) is Verdict.OTHER_SESSION
    assert at_the_door(entry=called_later, is_guest=True) is Verdict.ACCEPTED
    assert at_the_door(entry=called_later, is_guest=True, minutes=20) is Verdict.LATE
    assert at_the_door(entry=called_later, seen=Seen(site=4, at=STARTS_AT - MINUTE)) is Verdict.ALREADY_IN
    assert at_the_door(entry=called_later, direction=Direction.OUT) is Verdict.OTHER_SESSION
    both = replace(called_later, site=5)
    assert at_the_door(entry=both) is Verdict.OTHER_SESSION
    assert at_the_door(entry=both, is_guest=True) is Verdict.ACCEPTED
    for barred in (replace(called_later, withdrawn=True), replace(called_later, substituted=frozenset({1}))):
        assert at_the_door(entry=barred, is_guest=True) in (Verdict.NOT_SUMMONED, Verdict.SUBSTITUTED)
    closed = replace(MORNING, closed_at=STARTS_AT)
    assert at_the_door(entry=called_later, session=closed, is_guest=True, minutes=1) is Verdict.CLOSED


def test_a_badge_that_was_handed_over_is_good_there_and_then() -> None:
    called_later = Entry(7, site=5, sessions=frozenset({2}))
    assert called_later.handed(site=4, study_session=1) == Entry(7, site=4, sessions=frozenset({1, 2}))
    assert Entry(7, site=5).handed(site=4, study_session=1) == Entry(7, site=4)
    assert bars_kept(called_later.handed(site=4, study_session=1), [1, 2, 3]) == "3:other_session"


def test_the_roster_decides_the_site_and_not_the_ticket() -> None:
    assert at_the_door(claim=replace(MINE, site=5)) is Verdict.ACCEPTED


def test_a_phone_that_does_not_find_a_genuine_ticket_looks_at_its_home_site() -> None:
    assert at_the_door(replace(MINE, site=5), entry=None, knows_all_sites=False) is Verdict.OTHER_SITE
    assert at_the_door(MINE, entry=None, knows_all_sites=False) is Verdict.UNKNOWN
    assert at_the_door(replace(MINE, site=5), entry=None) is Verdict.UNKNOWN


def test_an_old_issue_is_revoked_from_the_moment_of_the_new_one() -> None:
    reissued = replace(HERE, issue=2, reissued_at=STARTS_AT - 10 * MINUTE)
    assert at_the_door(entry=reissued) is Verdict.REVOKED
    assert at_the_door(entry=reissued, minutes=-11) is Verdict.ACCEPTED
    assert at_the_door(entry=replace(reissued, issue=3), minutes=-11) is Verdict.REVOKED
    assert at_the_door(entry=replace(reissued, reissued_at=None), minutes=-11) is Verdict.REVOKED
    assert at_the_door(replace(MINE, issue=2), entry=reissued) is Verdict.ACCEPTED
    assert at_the_door(Claim(7), entry=reissued) is Verdict.ACCEPTED  # found by name: no ticket is involved


def test_each_reason_to_refuse_has_its_own_word() -> None:
    assert at_the_door(TicketFault.MALFORMED) is Verdict.INVALID
    assert at_the_door(TicketFault.FORGED) is Verdict.FORGED
    assert at_the_door(entry=None) is Verdict.UNKNOWN
    assert at_the_door(session=None) is Verdict.UNKNOWN
    assert at_the_door(replace(MINE, conference=2)) is Verdict.NOT_SUMMONED
    assert at_the_door(entry=replace(HERE, withdrawn=True)) is Verdict.NOT_SUMMONED
    assert at_the_door(entry=replace(HERE, substituted=frozenset({1}))) is Verdict.SUBSTITUTED
    assert at_the_door(entry=replace(HERE, substituted=frozenset({2}))) is Verdict.ACCEPTED
    assert at_the_door(entry=replace(HERE, sessions=frozenset({2}))) is Verdict.OTHER_SESSION
    closed = replace(MORNING, closed_at=STARTS_AT + 60 * MINUTE)
    assert at_the_door(session=closed, minutes=60) is Verdict.CLOSED
    assert at_the_door(session=closed, minutes=59) is Verdict.LATE


def test_going_out_and_surprise_checks_are_taken_without_ado() -> None:
    seen = Seen(site=4, at=STARTS_AT)
    assert at_the_door(direction=Direction.OUT, seen=seen, minutes=200) is Verdict.ACCEPTED
    assert at_the_door(direction=Direction.SPOT, seen=seen, minutes=100) is Verdict.ACCEPTED
    assert at_the_door(direction=Direction.OUT, entry=ELSEWHERE) is Verdict.OTHER_SITE


def test_a_number_instead_of_a_ticket_is_taken_only_from_a_hand() -> None:
    assert number_given("24814", Method.TYPED) == 24_814
    assert number_given("24814", Method.NAME) == 24_814
    assert [number_given("24814", method) for method in (Method.CAMERA, Method.WEDGE, Method.IMAGE)] == [None] * 3
    assert [number_given(text, Method.TYPED) for text in ("", "1" * 11, "-1", "\u0661", "1 2")] == [None] * 5


def test_what_can_never_be_presence_says_why() -> None:
    assert failure_of(Verdict.INVALID, TicketFault.MALFORMED, MORNING) is Failure.MALFORMED_TICKET
    assert failure_of(Verdict.FORGED, TicketFault.FORGED, MORNING) is Failure.FORGED_TICKET
    assert failure_of(Verdict.UNKNOWN, MINE, None) is Failure.UNKNOWN_SESSION
    assert failure_of(Verdict.UNKNOWN, MINE, MORNING) is Failure.UNKNOWN_TICKET
    assert failure_of(Verdict.NOT_SUMMONED, replace(MINE, conference=2), MORNING) is Failure.OTHER_CONFERENCE
    assert failure_of(Verdict.NOT_SUMMONED, MINE, MORNING) is None
    assert failure_of(Verdict.REVOKED, MINE, MORNING) is None


def stay(first: float, *, last: float | None = None, out: float | None = None, flagged: bool = False) -> Attendance:
    def moment(minutes: float) -> datetime:
        return datetime(2018, 12, 6, 1, 0, tzinfo=UTC) + timedelta(minutes=minutes)

    return Attendance(
        attendee=7,
        study_session=1,
        first=UUID(int=1),
        first_at=moment(first),
        site=4,
        device=1,
        flagged=flagged,
        duplicates=0,
        last_seen_at=moment(first if last is None else last),
        last_out=None if out is None else moment(out),
    )


@pytest.mark.parametrize(
    ("seen", "agreed", "status"),
    [
        (None, {}, Status.NOT_SEEN),
        (None, {"is_confirmed_absent": True}, Status.UNEXCUSED),
        (None, {"has_leave": True, "is_confirmed_absent": True}, Status.EXCUSED),
        (None, {"has_leave": True, "is_substituted": True}, Status.SUBSTITUTED),
        (stay(-10), {"has_leave": True, "is_confirmed_absent": True}, Status.PRESENT),
        (stay(14.9), {}, Status.PRESENT),
        (stay(15), {}, Status.LATE),
        (stay(15, flagged=True), {}, Status.PRESENT),
        (stay(-10, out=100), {}, Status.LEFT_EARLY),
        (stay(-10, last=120, out=100), {}, Status.PRESENT),
        (stay(-10, out=210), {}, Status.PRESENT),
        (stay(20, out=100), {}, Status.LEFT_EARLY),
    ],
)
def test_status_is_derived_and_who_was_seen_is_present(
    seen: Attendance | None, agreed: dict[str, bool], status: Status
) -> None:
    starts_at = datetime(2018, 12, 6, 1, 0, tzinfo=UTC)
    assert (
        attendance_status(
            seen,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=210),
            late_after_minutes=15,
            **agreed,
        )
        is status
    )


def test_the_shared_cases_reach_every_verdict_that_a_door_can_give() -> None:
    shared = cases(6_000)
    counted = Counter(verdict_here(case) for case in shared)
    assert set(counted) == set(Verdict) - {Verdict.CONFLICT}
    assert min(counted.values()) >= 10
    told = {(case["direction"], case["is_guest"], verdict_here(case)) for case in shared}
    ways = [("in", False), ("in", True), ("out", False), ("out", True), ("spot", False), ("spot", True)]
    barred = {Verdict.SUBSTITUTED, Verdict.CLOSED, Verdict.REVOKED, Verdict.ACCEPTED}
    assert all((*way, verdict) in told for way in ways for verdict in barred)
    asked = {Verdict.OTHER_SITE, Verdict.OTHER_SESSION}  # and never of whom the host has decided about
    assert all(((*way, verdict) in told) is not way[1] for way in ways for verdict in asked)


def session_times(id: int, day: int, opens: int, starts: int, ends: int) -> SessionTimes:
    start_of_day = DAY_FROM + day * 24 * 60 * MINUTE
    return SessionTimes(
        id=id,
        conference=1,
        day_from=start_of_day,
        day_until=start_of_day + 24 * 60 * MINUTE,
        doors_open_at=start_of_day + opens * MINUTE,
        starts_at=start_of_day + starts * MINUTE,
        ends_at=start_of_day + ends * MINUTE,
        late_after_minutes=15,
    )


@pytest.mark.parametrize(
    ("day", "hour", "minute", "counts_in"),
    [
        (-1, 20, 0, 1),  # the evening before
        (0, 6, 0, 1),
        (0, 11, 45, 1),  # people still go out of the morning
        (0, 11, 59, 1),
        (0, 12, 0, 2),  # half an hour after the morning: who comes now is early for the afternoon
        (0, 13, 15, 2),
        (0, 23, 59, 2),
        (1, 6, 30, 3),
        (9, 0, 0, 3),
    ],
)
def test_a_door_counts_in_the_session_that_receives_people(day: int, hour: int, minute: int, counts_in: int) -> None:
    sessions = [
        session_times(1, 0, 435, 480, 690),
        session_times(2, 0, 795, 840, 1020),
        session_times(3, 1, 435, 480, 690),
    ]
    t = DAY_FROM + (day * 24 * 60 + hour * 60 + minute) * MINUTE
    assert session_at(sessions, t).id == counts_in


NODE = compute_driver_executable()[0]  # the JavaScript engine that the browser tests bring along

COMPARE = """
import { judge, numberGiven, sessionAt } from "./judge.js";
import { ticketReader } from "./ticket.js";
import { verify, verifyByHand } from "./ed25519.js";
const { cases, days, keys, byHand } = JSON.parse(await new Promise((done) => {
  let text = ""; process.stdin.on("data", (part) => (text += part)).on("end", () => done(text));
}));
const raw = (key) => Uint8Array.from(Buffer.from(key.x, "base64url"));
const check = byHand ? (key, signature, body) => verifyByHand(raw(key), signature, body) : verify;
const read = ticketReader(keys, check);
const verdicts = [];
for (const one of cases) {
  const number = numberGiven(one.text, one.method);
  const claim = number === null
    ? await read(one.text)
    : { attendee: number, conference: null, site: null, issue: null };
  verdicts.push(judge({ ...one, claim }));
}
const sessions = days.map(({ sessions, t }) => sessionAt(sessions, t).id);
console.log(JSON.stringify({ verdicts, sessions }));
"""


@pytest.mark.parametrize("by_hand", [False, True])
def test_the_phones_script_answers_every_shared_case_as_the_server_does(tmp_path: Path, by_hand: bool) -> None:
    scripts = Path(__file__).parents[2] / "static" / "js" / "lib"
    for name in ("judge.js", "ticket.js", "ed25519.js"):
        (tmp_path / name).write_text((scripts / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (tmp_path / "compare.js").write_text(COMPARE, encoding="utf-8")
    shared, shared_days = cases(6_000 if not by_hand else 100), days(600)
    answer = subprocess.run(
        [NODE, "compare.js"],
        cwd=tmp_path,
        input=json.dumps({"cases": shared, "days": shared_days, "keys": RING.published(), "byHand": by_hand}),
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(answer.stdout)
    assert told["verdicts"] == [verdict_here(case) for case in shared]
    assert told["sessions"] == [session_here(day) for day in shared_days]
