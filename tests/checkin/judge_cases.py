"""One list of cases that the server's rules and the phone's must answer alike; plain data, as JSON carries it."""

from __future__ import annotations

import random
from typing import Any

from conference.checkin.rules import Claim, Direction, Entry, Method, Seen, SessionTimes, Verdict, judge, session_at
from conference.registry.tickets import SPARE_FROM, KeyRing, Ticket, TicketFault

MINUTE = 60_000
DAY_FROM = 1_544_029_200_000  # 06/12/2018, 00:00 in Viet Nam
STARTS_AT = DAY_FROM + 8 * 60 * MINUTE
RING = KeyRing("the secret of the shared cases, of no use elsewhere", current=2)
SITES = (4, 5, 6)


def _session(chance: random.Random) -> dict[str, Any] | None:
    if chance.random() < 0.04:
        return None
    return {
        "id": chance.choice([1, 2]),
        "conference": 1,
        "day_from": DAY_FROM,
        "day_until": DAY_FROM + 24 * 60 * MINUTE,
        "doors_open_at": STARTS_AT - 45 * MINUTE,
        "starts_at": STARTS_AT,
        "ends_at": STARTS_AT + 210 * MINUTE,
        "late_after_minutes": chance.choice([0, 15, 15, 15, 30]),
        "closed_at": chance.choice([None, None, STARTS_AT + 30 * MINUTE, STARTS_AT + 200 * MINUTE]),
    }


def _entry(chance: random.Random, number: int) -> dict[str, Any] | None:
    if chance.random() < 0.12:
        return None
    issue = chance.choice([1, 1, 1, 2, 3])
    return {
        "number": number,
        "site": chance.choice(SITES),
        "issue": issue,
        "reissued_at": chance.choice([None, STARTS_AT - 10 * MINUTE, STARTS_AT + 5 * MINUTE]) if issue > 1 else None,
        "withdrawn": chance.random() < 0.08,
        "substituted": chance.choice([[], [], [], [1], [1, 2]]),
        "sessions": chance.choice([None, None, None, [1], [2], []]),
    }


def _text(chance: random.Random, number: int) -> str:
    """What the camera or a finger gave: a good ticket mostly, or one of the ways not to be one."""
    kind = chance.random()
    if kind < 0.08:
        return chance.choice(["", "x", "https://example.test/", "1" * 187, "9" * 188, "\u0661" * 188, str(number)])
    ticket = Ticket(
        conference=chance.choice([1, 1, 1, 1, 1, 1, 2]),
        attendee=SPARE_FROM + number % 9 if chance.random() < 0.15 else number,
        site=chance.choice(SITES),
        issue=chance.choice([1, 1, 2, 3]),
    )
    digits = RING.issue_many([ticket])[0]
    if kind < 0.16:
        place = chance.randrange(60, len(digits))
        return digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :]
    return digits


def _moment(chance: random.Random) -> int:
    edges = (
        DAY_FROM,
        DAY_FROM + 24 * 60 * MINUTE,
        STARTS_AT - 45 * MINUTE,
        STARTS_AT,
        STARTS_AT + 15 * MINUTE,
        STARTS_AT + 30 * MINUTE,
        STARTS_AT - 10 * MINUTE,
        STARTS_AT + 5 * MINUTE,
    )
    if chance.random() < 0.4:
        return chance.choice(edges) + chance.choice([-1, 0, 1])
    if chance.random() < 0.1:
        return chance.choice([0, -5, 2_147_483_648_000, DAY_FROM - 3 * MINUTE])
    return STARTS_AT + chance.randint(-70 * MINUTE, 240 * MINUTE)


def cases(count: int, seed: int = 20_181_206) -> list[dict[str, Any]]:
    """Always the same list for the same numbers."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        number = chance.randint(1, 24_814)
        site = chance.choice(SITES)
        found.append(
            {
                "text": _text(chance, number),
                "method": chance.choice([method.value for method in Method]),
                "entry": _entry(chance, number),
                "session": _session(chance),
                "site": site,
                "t": _moment(chance),
                "direction": chance.choice(["in", "in", "in", "in", "out", "spot"]),
                "is_guest": chance.random() < 0.2,
                "seen": {"site": chance.choice(SITES), "at": STARTS_AT - 5 * MINUTE}
                if chance.random() < 0.25
                else None,
                "knows_all_sites": chance.random() < 0.3,
            }
        )
    return found


def days(count: int, seed: int = 20_181_207) -> list[dict[str, Any]]:
    """Study sessions of one to three days, and moments at which a door counts in one of them."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        sessions = []
        for day in range(chance.randint(1, 3)):
            day_from = DAY_FROM + day * 24 * 60 * MINUTE
            opens = day_from + chance.randint(360, 480) * MINUTE
            for _part in range(chance.randint(1, 3)):
                starts = opens + chance.randint(0, 60) * MINUTE
                ends = starts + chance.randint(30, 240) * MINUTE
                sessions.append(
                    {
                        "id": len(sessions) + 1,
                        "conference": 1,
                        "day_from": day_from,
                        "day_until": day_from + 24 * 60 * MINUTE,
                        "doors_open_at": opens,
                        "starts_at": starts,
                        "ends_at": ends,
                        "late_after_minutes": 15,
                        "closed_at": None,
                    }
                )
                opens = ends + chance.randint(-20, 120) * MINUTE
        edges = [one[name] for one in sessions for name in ("day_from", "doors_open_at", "ends_at")]
        t = chance.choice(edges) + chance.choice([-1, 0, 1, 30 * MINUTE - 1, 30 * MINUTE])
        found.append({"sessions": sessions, "t": chance.choice([t, t, t, t, 0, 2_147_483_648_000])})
    return found


def session_here(day: dict[str, Any]) -> int:
    return session_at([SessionTimes(**one) for one in day["sessions"]], day["t"]).id


def read(text: str, method: Method) -> Claim | TicketFault:
    from conference.checkin.rules import claim_of, number_given

    number = number_given(text, method)
    return Claim(number) if number is not None else claim_of(RING.read(text))


def verdict_here(case: dict[str, Any]) -> Verdict:
    """The server's answer to a case."""
    entry, session, seen = case["entry"], case["session"], case["seen"]
    sets = (
        {}
        if entry is None
        else {
            "substituted": frozenset(entry["substituted"]),
            "sessions": None if entry["sessions"] is None else frozenset(entry["sessions"]),
        }
    )
    return judge(
        read(case["text"], Method(case["method"])),
        entry=None if entry is None else Entry(**{**entry, **sets}),
        session=None if session is None else SessionTimes(**session),
        site=case["site"],
        t=case["t"],
        direction=Direction(case["direction"]),
        is_guest=case["is_guest"],
        seen=None if seen is None else Seen(**seen),
        knows_all_sites=case["knows_all_sites"],
    )
