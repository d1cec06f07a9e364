"""What units still owe a conference, and the officers who are told: one letter each, of the own branch alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from conference.accounts.models import Account, Grant
from conference.directory.models import Person, Unit
from conference.foundation.actor import Actor, Role, ScopeKind
from conference.foundation.db import db
from conference.foundation.paging import AnySelect
from conference.notices import actions, wordings
from conference.notices.models import MailKind, MailState
from conference.notices.wording import LANGUAGES, Purpose
from conference.planning.models import Conference, ConferenceState
from conference.registry.models import Attendee
from conference.registry.naming.models import NamingRule
from conference.registry.naming.quotas import quota_lines
from conference.registry.naming.rules import ids_on
from conference.registry.rules import Reach

MOST_NAMES = 8
"""So many names stand after a count; the page has all of them."""


@dataclass(frozen=True)
class Lack:
    """Something that people still owe. ``people`` are ids of attendees; ``words`` says it of so many."""

    people: AnySelect
    words: Callable[[int], str]


LacksOf = Callable[[Conference, datetime], Sequence[Lack]]
"""What is owed at a moment; an area says so for what it knows."""


@dataclass
class Officer:
    """Who speaks for units; a unit below another of the same officer is part of that one."""

    account_id: int
    name: str
    address: str
    language: str
    units: list[tuple[int, str, str]] = field(default_factory=list)  # id, name, path


@dataclass(frozen=True)
class Owed:
    """One lack in one branch: how many, and the first of them by Tên."""

    lack: Lack
    count: int
    names: Sequence[str]


# ---- reading


def officers(account_id: int | None = None) -> list[Officer]:
    """Everybody who speaks for a unit and may sign in, or one of them."""
    statement = (
        select(Account, Unit.id, Unit.name, Unit.path)
        .join(Grant, Grant.account_id == Account.id)
        .join(Unit, Unit.id == Grant.scope_id)
        .where(Grant.role == Role.UNIT_OFFICER, Grant.scope_kind == ScopeKind.UNIT, Account.is_active)
        .order_by(Account.id, Unit.level, Unit.sort_key, Unit.id)
    )
    if account_id is not None:
        statement = statement.where(Account.id == account_id)
    found: dict[int, Officer] = {}
    for account, unit_id, unit_name, path in db.session.execute(statement):
        officer = found.setdefault(account.id, officer_from(account))
        if not any(path.startswith(above) for _id, _name, above in officer.units):
            officer.units.append((unit_id, unit_name, path))
    return list(found.values())


def officer_from(account: Account) -> Officer:
    """Who has this account, without the units."""
    return Officer(account.id, account.full_name, account.email or "", account.letter_language)


def who_owe(conference: Conference, lacks: Iterable[Lack], at: datetime) -> list[Officer]:
    """The officers of whose units something is missing, with or without an address."""
    owed: Counter[int] = Counter()
    for lack in lacks:
        rows = db.session.execute(
            select(Unit.path, func.count())
            .join(Attendee, Attendee.unit_id == Unit.id)
            .where(Attendee.id.in_(lack.people))
            .group_by(Unit.path)
        )
        for path, count in rows:
            owed.update(dict.fromkeys(ids_on(path), count))
    for path, places in _unnamed(conference, Reach(is_whole=True), at):
        owed.update(dict.fromkeys(ids_on(path), places))
    return [one for one in officers() if any(owed[id] for id, _name, _path in one.units)]


def still_to_name(conference: Conference, path: str, at: datetime) -> int:
    """How many people a branch has still to name, while units name theirs and the conference is not over."""
    return sum(places for _path, places in _unnamed(conference, Reach(unit_paths=frozenset({path})), at))


def _unnamed(conference: Conference, reach: Reach, at: datetime) -> list[tuple[str, int]]:
    rule = db.session.get(NamingRule, conference.id)
    is_over = at.astimezone(ZoneInfo(conference.timezone)).date() > conference.ends_on
    if rule is None or not rule.is_open or is_over:
        return []
    return [(line.unit_path, line.missing) for line in quota_lines(conference.id, reach) if line.missing]


def owed_in(path: str, lacks: Iterable[Lack]) -> list[Owed]:
    """What a branch owes; nobody of another branch is counted or named."""
    found = []
    for lack in lacks:
        people = (
            select(Person.full_name)
            .join(Attendee, Attendee.person_id == Person.id)
            .join(Unit, Unit.id == Attendee.unit_id)
            .where(Attendee.id.in_(lack.people), Unit.path.startswith(path))
            .order_by(Person.sort_key, Attendee.id)
        )
        names = db.session.scalars(people.limit(MOST_NAMES)).all()
        count = len(names)
        if count == MOST_NAMES:
            count = db.session.scalar(select(func.count()).select_from(people.order_by(None).subquery())) or 0
        if count:
            found.append(Owed(lack, count, names))
    return found


# ---- writing


def write_digests(
    *,
    conference: Conference,
    lacks: Sequence[Lack],
    occasion: str,
    domain: str,
    may_send: bool,
    by: Actor,
    at: datetime,
) -> int:
    """Write to each officer with an address of whose units something is missing. Once an occasion, a day say.

    Returns how many letters are new.
    """
    if conference.state is ConferenceState.DRAFT:
        return 0
    wording_ids = {language: wordings.own_id(conference.id, Purpose.DIGEST, language) for language in LANGUAGES}
    kind = MailKind.DIGEST
    rows = [
        {
            "conference_id": conference.id,
            "account_id": one.account_id,
            "kind": kind,
            "release": 1,
            "occasion": occasion,
            "address": one.address,
            "sequence": 0,
            "state": MailState.QUEUED if may_send else MailState.HELD,
            "attempts": 0,
            "next_try_at": at,
            "error": "",
            "message_id": f"<{kind}.{conference.id}.{one.account_id}.{occasion}@{domain}>",
            "written_at": at,
            "language": one.language,
            "wording_id": wording_ids[one.language],
        }
        for one in who_owe(conference, lacks, at)
        if one.address
    ]
    return actions.write_rows(conference=conference, kind=kind, rows=rows, may_send=may_send, by=by, at=at)
