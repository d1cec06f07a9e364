"""From evidence to presence: signs of life are kept, and the fact that stands for a presence follows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from conference.checkin.attendance import Pair
from conference.checkin.forms import ScanItem
from conference.checkin.models import Scan
from conference.checkin.online.evidence import AT_ONCE, Known, known_of, stays_rows
from conference.checkin.online.models import OnlineAnswer, OnlineFollowing, OnlineStay
from conference.checkin.online.rules import Following, Interval, following_of, stays_of
from conference.checkin.own_devices import delivery_of, own_device_at, own_scan_item, own_undo_item
from conference.checkin.receiving import receive_scans
from conference.checkin.rules import Method, Verdict
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.models import Conference
from conference.registry.tickets import KeyRing

_followings: Any = OnlineFollowing.__table__


@dataclass(frozen=True, slots=True)
class Signs:
    """What one person's page brings: moments at which it lived, prompts answered in time."""

    attendee_id: int
    study_session_id: int
    moments: tuple[datetime, ...]
    answers: tuple[tuple[int, datetime], ...] = ()
    enters: bool = False  # the room, by the button of the page

    @property
    def pair(self) -> Pair:
        return (self.attendee_id, self.study_session_id)


@dataclass(frozen=True, slots=True)
class Told:
    """What the page is told: how far the evidence goes, and which prompts are answered."""

    following: Following
    answered: frozenset[int]


def receive_signs(signs: Sequence[Signs], *, keys: KeyRing, at: datetime) -> list[Told]:
    """Keep signs of many people together. Safe to repeat, in any order. Announces ``site_counted``."""
    pairs = sorted({one.pair for one in signs})
    _take(pairs)
    _keep_stays(pairs, signs)
    _keep_answers(signs)
    seen: dict[Pair, datetime] = {}
    for one in signs:
        if one.moments:
            seen[one.pair] = max(*one.moments, seen.get(one.pair, one.moments[0]))
    entering = [one.pair for one in signs if one.enters]
    if entering:
        db.session.execute(
            update(_followings)
            .where(_pair_of(_followings).in_(entering), _followings.c.entered_at.is_(None))
            .values(entered_at=at)
        )
    told = _count(pairs, keys=keys, at=at, seen=seen)
    return [told[one.pair] for one in signs]


def recount(pairs: Iterable[Pair], *, keys: KeyRing, at: datetime) -> None:
    """Work presence out anew after a rule, a permission or a report has changed. Repeatable."""
    wanted = sorted(set(pairs))
    for begin in range(0, len(wanted), AT_ONCE):
        some = wanted[begin : begin + AT_ONCE]
        _take(some)
        _count(some, keys=keys, at=at, seen={})


def followed_pairs(conference_attendees: Any) -> list[Pair]:
    """Everybody of whom there is evidence, among these attendees (a select of ids)."""
    rows = db.session.execute(
        select(_followings.c.attendee_id, _followings.c.study_session_id).where(
            _followings.c.attendee_id.in_(conference_attendees)
        )
    )
    return [(row.attendee_id, row.study_session_id) for row in rows]


# ---- keeping


def _pair_of(table: Any) -> Any:
    return tuple_(table.c.attendee_id, table.c.study_session_id)


def _dialect() -> Any:
    return sqlite if db.session.connection().dialect.name == "sqlite" else postgresql


def _take(pairs: Sequence[Pair]) -> None:
    """Hold the row of each pair until the commit, in one order for everybody."""
    rows = [
        {
            "attendee_id": attendee, "study_session_id": session, "seconds": 0, "of_seconds": 0, "answered": 0,
            "asked": 0, "is_enough": False,
        }
        for attendee, session in pairs
    ]  # fmt: skip
    if not rows:
        return
    db.session.execute(_dialect().insert(_followings).on_conflict_do_nothing(), rows)
    db.session.execute(
        select(_followings.c.attendee_id)
        .where(_pair_of(_followings).in_(pairs))
        .order_by(_followings.c.attendee_id, _followings.c.study_session_id)
        .with_for_update()
    ).all()


def _keep_stays(pairs: Sequence[Pair], signs: Sequence[Signs]) -> None:
    """Let the kept stays grow by the new moments; where one bridges two, they become one."""
    fresh: dict[Pair, list[Interval]] = defaultdict(list)
    for one in signs:
        fresh[one.pair] += [Interval(moment, moment) for moment in one.moments]
    kept: dict[Pair, dict[Interval, int]] = defaultdict(dict)
    gone: list[int] = []
    for row in stays_rows(pairs):
        stay = Interval(row.from_at, row.until_at)
        if stay in kept[row.attendee_id, row.study_session_id]:
            gone.append(row.id)
        kept[row.attendee_id, row.study_session_id][stay] = row.id
    new: list[dict[str, Any]] = []
    grown: list[dict[str, Any]] = []
    for pair, moments in fresh.items():
        for stay in stays_of([*kept[pair], *moments]):
            within = [id for one, id in kept[pair].items() if stay.from_at <= one.from_at <= stay.until_at]
            if not within:
                new.append(
                    {
                        "attendee_id": pair[0],
                        "study_session_id": pair[1],
                        "from_at": stay.from_at,
                        "until_at": stay.until_at,
                    }
                )
            elif kept[pair].get(stay) is None:
                grown.append({"stay": within[0], "begins": stay.from_at, "ends": stay.until_at})
                gone += within[1:]
    if new:
        db.session.execute(insert(OnlineStay.__table__), new)
    if grown:
        stays = OnlineStay.__table__
        db.session.connection().execute(
            update(stays)
            .where(stays.c.id == bindparam("stay"))
            .values(from_at=bindparam("begins"), until_at=bindparam("ends")),
            grown,
        )
    if gone:
        db.session.execute(delete(OnlineStay).where(OnlineStay.id.in_(gone)))


def _keep_answers(signs: Sequence[Signs]) -> None:
    rows = [
        {
            "attendee_id": one.attendee_id,
            "study_session_id": one.study_session_id,
            "prompt": number,
            "answered_at": given,
        }
        for one in signs
        for number, given in one.answers
    ]
    if rows:
        db.session.execute(_dialect().insert(OnlineAnswer.__table__).on_conflict_do_nothing(), rows)


# ---- counting


def _count(pairs: Sequence[Pair], *, keys: KeyRing, at: datetime, seen: dict[Pair, datetime]) -> dict[Pair, Told]:
    known = known_of(pairs)
    before = {
        (row.attendee_id, row.study_session_id): row
        for row in db.session.execute(select(_followings).where(_pair_of(_followings).in_(pairs)))
    }
    told: dict[Pair, Told] = {}
    values: list[dict[str, Any]] = []
    facts = _Facts(known, keys, at)
    for pair in pairs:
        evidence = known.evidence[pair]
        found = following_of(evidence.stays, evidence.answered, hours=known.hours[pair[1]], rule=known.rule_of(pair))
        told[pair] = Told(found, frozenset(evidence.answered))
        scan_id, scan_at = facts.follow(pair, found, before[pair])
        last = before[pair].last_sign_at
        values.append(
            {
                "of_attendee": pair[0],
                "of_session": pair[1],
                "last_sign_at": max((one for one in (last, seen.get(pair)) if one is not None), default=None),
                "first_at": found.first_at,
                "seconds": found.seconds,
                "of_seconds": found.of_seconds,
                "answered": found.answered,
                "asked": found.asked,
                "is_enough": found.is_enough,
                "scan_id": scan_id,
                "scan_at": scan_at,
            }
        )
    facts.bring()
    if values:
        names = [name for name in values[0] if not name.startswith("of_a") and name != "of_session"]
        db.session.connection().execute(
            update(_followings)
            .where(
                _followings.c.attendee_id == bindparam("of_attendee"),
                _followings.c.study_session_id == bindparam("of_session"),
            )
            .values({name: bindparam(name) for name in names}),
            values,
        )
    return told


class _Facts:
    """The scans and undos that bring attendance to what the evidence says."""

    def __init__(self, known: Known, keys: KeyRing, at: datetime) -> None:
        self.known = known
        self.keys = keys
        self.at = at
        self.items: dict[tuple[int, int], list[ScanItem]] = defaultdict(list)  # by conference and site

    def follow(self, pair: Pair, found: Following, before: Any) -> tuple[Any, datetime | None]:
        """(the scan that stands for this presence, its moment), after what has to change is noted."""
        person = self.known.people[pair[0]]
        wanted = found.first_at if found.is_enough and person.may_follow_online and person.ticket else None
        if wanted == before.scan_at:
            return before.scan_id, before.scan_at
        if before.scan_id is not None:
            where = db.session.execute(select(Scan.conference_id, Scan.site_id).where(Scan.id == before.scan_id)).one()
            undo = own_undo_item(target=before.scan_id, method=Method.ONLINE, at=self.at)
            self.items[where.conference_id, where.site_id].append(undo)
        if wanted is None:
            return None, None
        scan = own_scan_item(
            ticket=person.ticket or "",
            study_session_id=pair[1],
            method=Method.ONLINE,
            at=wanted,
            shown=Verdict.ACCEPTED,  # a door that was closed meanwhile closes no room: it counts, and a person looks
        )
        self.items[person.conference_id, person.site_id].append(scan)
        return scan.id, wanted

    def bring(self) -> None:
        conferences = {id: db.session.get_one(Conference, id) for id, _site in self.items}
        deliveries = [
            delivery_of(
                own_device_at(conference=conferences[conference_id], site_id=site_id, method=Method.ONLINE, at=self.at),
                *items,
            )
            for (conference_id, site_id), items in sorted(self.items.items())
        ]
        for answer in receive_scans(deliveries, keys=self.keys, at=self.at) if deliveries else []:
            if isinstance(answer, DomainError):
                raise answer
