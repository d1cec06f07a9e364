"""Who is reached how, and who answered what: as conditions for lists, and counted once by unit and site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, delete, exists, false, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from conference.directory.models import Person, Unit
from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.foundation.paging import Ask, Page
from conference.notices.models import Acceptance
from conference.notices.queries import has_address, has_phone
from conference.notices.rules import Contact, Reply
from conference.registry.models import Attendee, Leave, LeaveState
from conference.registry.rules import Reach
from conference.sites.models import Site

Counts = Counter[Contact | Reply]

# ---- conditions


def asks_to_stay_away() -> ColumnElement[bool]:
    """From the whole conference; who misses one session of several still comes."""
    return exists().where(
        Leave.attendee_id == Attendee.id, Leave.study_session_id.is_(None), Leave.state != LeaveState.REFUSED
    )


def has_accepted() -> ColumnElement[bool]:
    return exists().where(Acceptance.attendee_id == Attendee.id)


def has_replied(reply: Reply) -> ColumnElement[bool]:
    """A request to stay away goes before a yes: who asks for it after a yes means it."""
    if reply is Reply.LEAVE:
        return asks_to_stay_away()
    if reply is Reply.COMING:
        return has_accepted() & ~asks_to_stay_away()
    return ~has_accepted() & ~asks_to_stay_away()


def is_reached(contact: Contact) -> ColumnElement[bool]:
    if contact is Contact.MAIL:
        return has_address()
    return ~has_address() & (has_phone() if contact is Contact.PHONE else ~has_phone())


# ---- one person


@dataclass(frozen=True)
class Standing:
    """What one person answered, and when they said yes."""

    reply: Reply
    answered_at: datetime | None


def standing_of(attendee_id: int) -> Standing:
    asks = select(Attendee.id).where(Attendee.id == attendee_id, asks_to_stay_away())
    if db.session.scalar(asks) is not None:
        return Standing(Reply.LEAVE, None)
    at = db.session.scalar(select(Acceptance.answered_at).where(Acceptance.attendee_id == attendee_id))
    return Standing(Reply.SILENT if at is None else Reply.COMING, at)


def accept(*, attendee: Attendee, by: Actor, at: datetime) -> None:
    """Somebody says that they come, or their unit or the organizers say it for them. Repeatable: the first stands.

    Raises ``asked_to_stay_away`` while a request for leave stands: it is taken back by those who decide it.
    """
    if standing_of(attendee.id).reply is Reply.LEAVE:
        raise DomainError("asked_to_stay_away")
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    row = dialect.insert(Acceptance).values(attendee_id=attendee.id, answered_at=at)
    if db.session.scalar(row.on_conflict_do_nothing().returning(Acceptance.attendee_id)) is not None:
        record(by=by, at=at, action="notices.accept", subject=("attendee", attendee.id))


def take_back(*, attendee: Attendee, by: Actor, at: datetime) -> None:
    """They don't know any more whether they come. Repeatable."""
    if changed_rows(delete(Acceptance).where(Acceptance.attendee_id == attendee.id)):
        record(by=by, at=at, action="notices.take_back", subject=("attendee", attendee.id))


# ---- counted


@dataclass
class Line:
    """A unit with everybody in and below it, those of a unit itself, or a site."""

    id: int
    name: str
    sort_key: str
    is_direct: bool = False  # of the unit itself, without those below it
    counts: Counts = field(default_factory=Counter)

    @property
    def called(self) -> int:
        return sum(self.counts[one] for one in Contact)


def _count_of(one: Contact | Reply) -> Callable[[Line], Any]:
    return lambda line: line.counts[one]


SORTS: Mapping[str, Callable[[Line], Any]] = {
    "name": lambda line: line.sort_key,
    "called": lambda line: line.called,
    **{f"by_{one}": _count_of(one) for one in Contact},
    **{f"says_{one}": _count_of(one) for one in Reply},
}


@dataclass(frozen=True)
class Tally:
    """Everybody who is called and within reach, counted once by unit, site, contact and reply."""

    rows: list[tuple[int, int, Contact, Reply, int]]

    @property
    def whole(self) -> Line:
        return _filled(Line(0, "", ""), self.rows)

    def by_site(self, ask: Ask) -> Page[Line]:
        rows = db.session.execute(
            select(Site.id, Site.name, Site.sort_key).where(Site.id.in_({row[1] for row in self.rows}))
        )
        lines = {id: Line(id, name, key) for id, name, key in rows}
        for row in self.rows:
            _filled(lines[row[1]], [row])
        return _page(lines.values(), ask)

    def by_unit(self, ask: Ask, *, above: Unit | None, within: Iterable[str] | None) -> Page[Line]:
        """Lines for the units directly below ``above`` and for its own people; without it for one's own units, or for
        the root's. Each person stands in one line."""
        own = set(within or ())
        paths: dict[int, str] = {}
        lines: dict[int, Line] = {}
        direct: dict[int, Line] = {}
        for id, name, key, path, parent, level in db.session.execute(
            select(Unit.id, Unit.name, Unit.sort_key, Unit.path, Unit.parent_id, Unit.level)
        ):
            paths[id] = path
            if parent == above.id if above is not None else (path in own if own else level == 2):
                lines[id] = Line(id, name, key)
            if id == above.id if above is not None else (not own and level == 1):
                direct[id] = Line(id, name, "", is_direct=True)
        for row in self.rows:
            line = next((lines[int(id)] for id in paths[row[0]].split("/") if id and int(id) in lines), None)
            line = line or direct.get(row[0])
            if line is not None:
                _filled(line, [row])
        return _page([line for line in (*direct.values(), *lines.values()) if line.counts], ask)


def tally(conference_id: int, reach: Reach) -> Tally:
    contact = case((has_address(), Contact.MAIL.value), (has_phone(), Contact.PHONE.value), else_=Contact.NONE.value)
    reply = case(
        (asks_to_stay_away(), Reply.LEAVE.value), (has_accepted(), Reply.COMING.value), else_=Reply.SILENT.value
    )
    statement = (
        select(Attendee.unit_id, Attendee.site_id, contact.label("contact"), reply.label("reply"))
        .join(Person, Person.id == Attendee.person_id)
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
    )
    if not reach.is_whole:
        statement = statement.join(Unit, Unit.id == Attendee.unit_id).where(
            or_(false(), *(Unit.path.startswith(path) for path in sorted(reach.unit_paths)))
        )
    rows = statement.subquery()
    groups = (rows.c.unit_id, rows.c.site_id, rows.c.contact, rows.c.reply)
    found = db.session.execute(select(*groups, func.count()).group_by(*groups))
    return Tally([(unit, site, Contact(way), Reply(said), count) for unit, site, way, said, count in found])


def _filled(line: Line, rows: Iterable[tuple[int, int, Contact, Reply, int]]) -> Line:
    for _unit, _site, contact, reply, count in rows:
        line.counts[contact] += count
        line.counts[reply] += count
    return line


def _page(lines: Iterable[Line], ask: Ask) -> Page[Line]:
    """One page of lines, sorted as asked; equal figures by name, those of the unit itself first."""
    name = ask.sort if ask.sort in SORTS else "name"
    ordered = sorted(lines, key=lambda line: (line.sort_key, line.id))
    ordered.sort(key=SORTS[name], reverse=ask.direction == "desc")
    number = min(ask.number, max(1, -(-len(ordered) // ask.size)))
    begin = (number - 1) * ask.size
    return Page(ordered[begin : begin + ask.size], len(ordered), Ask(number, ask.size, name, ask.direction, ask.query))
