"""Reading: where traces of a person lie, and what keeps them from being erased."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from conference.checkin.models import Case, QuarantinedScan, RuledScan, Scan, WalkIn
from conference.directory.models import Person
from conference.foundation.db import db
from conference.foundation.text import fold, phone_digits
from conference.grading.models import CopyRuling, Paper, Reading
from conference.planning.models import Conference, StudySession
from conference.privacy.hosts import as_host, places_of
from conference.privacy.models import Erasure
from conference.privacy.rules import Obstacle
from conference.reflections.models import Reflection, Submission
from conference.registry.doubles.models import Merge
from conference.registry.imports.models import ImportBatch
from conference.registry.imports.rules import BatchState
from conference.registry.models import Attendee, Leave, Substitute
from conference.registry.naming.models import Nomination

WAITING_IMPORTS = (BatchState.READING, BatchState.READY, BatchState.APPLYING)


@dataclass(frozen=True)
class Traces:
    """The rows that stand for one person, and what they may be known by elsewhere."""

    person: Person
    attendees: tuple[int, ...]
    conferences: tuple[int, ...]
    reflections: tuple[int, ...]
    submissions: tuple[int, ...]
    papers: tuple[int, ...]
    readings: tuple[int, ...]
    leaves: tuple[int, ...]
    substitutes: tuple[int, ...]  # rows in which they are the one who is sent
    nominations: tuple[int, ...]  # by which a unit named them
    cases: tuple[int, ...]
    rulings: tuple[int, ...]
    scans: tuple[UUID, ...]

    def is_them(self, name: str, birth_date: date | None, phone: str | None) -> bool:
        """By the rule for one person: the same folded name, and the same full birth date or the same phone."""
        if fold(name) != self.person.name_folded:
            return False
        digits = phone_digits(phone) if phone else None
        born = birth_date is not None and birth_date == self.person.birth_date
        return born or (digits is not None and digits == self.person.phone_digits)

    @property
    def subjects(self) -> list[tuple[str, int]]:
        """What the journal calls them and what is theirs."""
        kinds = {
            "person": (self.person.id,),
            "attendee": self.attendees,
            "reflection": self.reflections,
            "submission": self.submissions,
            "paper": self.papers,
            "reading": self.readings,
            "leave": self.leaves,
            "substitute": self.substitutes,
            "nomination": self.nominations,
            "case": self.cases,
        }
        return [(kind, id) for kind, ids in kinds.items() for id in ids]


def traces_of(person: Person) -> Traces:
    called = db.session.execute(
        select(Attendee.id, Attendee.conference_id).where(Attendee.person_id == person.id).order_by(Attendee.id)
    ).all()
    attendees = tuple(row.id for row in called)
    conferences = tuple(row.conference_id for row in called)
    reflections = _ids(select(Reflection.id).where(Reflection.attendee_id.in_(attendees)))
    submissions = _ids(select(Submission.id).where(Submission.reflection_id.in_(reflections)))
    papers = _ids(select(Paper.id).where(Paper.attendee_id.in_(attendees)))
    found = Traces(
        person=person,
        attendees=attendees,
        conferences=conferences,
        reflections=reflections,
        submissions=submissions,
        papers=papers,
        readings=_ids(select(Reading.id).where(Reading.paper_id.in_(papers))),
        leaves=_ids(select(Leave.id).where(Leave.attendee_id.in_(attendees))),
        substitutes=(),
        nominations=(),
        cases=_ids(select(Case.id).where(Case.attendee_id.in_(attendees))),
        rulings=_ids(select(CopyRuling.id).where(CopyRuling.submission_id.in_(submissions))),
        scans=(),
    )
    return replace(found, substitutes=_sent_as(found), nominations=_named_by(found), scans=_scans_of(found))


def doubles_of(person: Person) -> list[Person]:
    """Other rows of the directory that stand for the same human: lines of a list that were merged with theirs."""
    attendees = set(db.session.scalars(select(Attendee.id).where(Attendee.person_id == person.id)))
    waiting = set(attendees)
    while waiting:
        merged = db.session.execute(
            select(Merge.kept_id, Merge.gone_id).where(
                Merge.undone_at.is_(None), Merge.kept_id.in_(waiting) | Merge.gone_id.in_(waiting)
            )
        )
        waiting = {id for pair in merged for id in pair} - attendees
        attendees |= waiting
    theirs = select(Attendee.person_id).where(Attendee.id.in_(attendees))
    return list(
        db.session.scalars(
            select(Person)
            .where(Person.id.in_(theirs), Person.id != person.id, Person.id.not_in(select(Erasure.person_id)))
            .order_by(Person.id)
            .with_for_update()
        )
    )


def _ids(statement: Any) -> tuple[Any, ...]:
    return tuple(db.session.scalars(statement))


def _sent_as(traces: Traces) -> tuple[int, ...]:
    """Substitutes that became an attendee of theirs, and proposals that name them by the rule for one person."""
    known = _ids(select(Substitute.id).where(Substitute.substitute_id.in_(traces.attendees)))
    proposed = db.session.execute(
        select(Substitute.id, Substitute.full_name, Substitute.birth_date, Substitute.phone).where(
            Substitute.substitute_id.is_(None)
        )
    )
    return (*known, *(row.id for row in proposed if traces.is_them(row.full_name, row.birth_date, row.phone)))


def _named_by(traces: Traces) -> tuple[int, ...]:
    """Nominations that they came of, and those that name them by the rule for one person and came to nothing."""
    known = _ids(select(Nomination.id).where(Nomination.attendee_id.in_(traces.attendees)))
    proposed = db.session.execute(
        select(Nomination.id, Nomination.full_name, Nomination.birth_date, Nomination.phone).where(
            Nomination.attendee_id.is_(None), Nomination.name_folded == traces.person.name_folded
        )
    )
    return (*known, *(row.id for row in proposed if traces.is_them(row.full_name, row.birth_date, row.phone)))


def _scans_of(traces: Traces) -> tuple[UUID, ...]:
    """Scans of theirs, those given to them by a decision, and walk-ins that were refused at a door."""
    own = _ids(select(Scan.id).where(Scan.attendee_id.in_(traces.attendees)))
    given = _ids(select(RuledScan.scan_id).where(RuledScan.given_to.in_(traces.attendees)))
    written = db.session.execute(
        select(WalkIn.scan_id, WalkIn.full_name, WalkIn.birth_date, WalkIn.phone).where(
            WalkIn.conference_id.in_(traces.conferences)
        )
    )
    refused = [row.scan_id for row in written if traces.is_them(row.full_name, row.birth_date, row.phone)]
    return tuple({*own, *given, *refused})


def bodies_that_name(traces: Traces, model: type[Scan] | type[QuarantinedScan]) -> list[Any]:
    """Keys of what was sent from doors, could not be counted, and names the person."""
    table: Any = model
    rows = db.session.execute(
        select(table.id, table.body).where(
            table.conference_id.in_(traces.conferences), table.body.is_not(None), table.body != ""
        )
    )
    return [id for id, body in rows if _names(body, traces)]


def _names(body: str, traces: Traces) -> bool:
    """True when any text in what was sent is the name; what is no JSON is looked through as it is."""
    try:
        texts: Iterable[str] = _texts_in(json.loads(body))
    except ValueError:
        return traces.person.name_folded in fold(body)
    return any(traces.person.name_folded in fold(text) for text in texts)


def _texts_in(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner)


# ---- obstacles


def obstacles_of(person_id: int, at: datetime) -> list[Obstacle]:
    """What keeps this person from being erased now; empty when nothing does."""
    if db.session.get(Erasure, person_id) is not None:
        return [Obstacle.ERASED]
    found = []
    if db.session.scalar(_under_way(person_id, at).limit(1)) is not None:
        found.append(Obstacle.UNDER_WAY)
    called = db.session.scalars(select(Attendee.conference_id).where(Attendee.person_id == person_id))
    hosted = [joined.conference_id for joined in places_of(as_host(db.session.get_one(Person, person_id)))]
    if imports_wait([*called, *hosted]):
        found.append(Obstacle.IMPORT_WAITS)
    return found


def imports_wait(conference_ids: Iterable[int]) -> bool:
    """Whether an uploaded list of these conferences waits for somebody: applied, it would bring a name back."""
    waiting = select(ImportBatch.id).where(
        ImportBatch.conference_id.in_(set(conference_ids)), ImportBatch.state.in_(WAITING_IMPORTS)
    )
    return db.session.scalar(waiting.limit(1)) is not None


def _under_way(person_id: int, at: datetime) -> Any:
    """Conferences that call them and are not over: the last study session ends, or the last day where there is none."""
    last = (
        select(func.max(StudySession.ends_at))
        .where(StudySession.conference_id == Conference.id)
        .correlate(Conference)
        .scalar_subquery()
    )
    return (
        select(Conference.id)
        .join(Attendee, Attendee.conference_id == Conference.id)
        .where(
            Attendee.person_id == person_id,
            Attendee.withdrawn_at.is_(None),
            (last >= at) | (last.is_(None) & (Conference.ends_on >= at.date())),
        )
    )


def erased_among(person_ids: Collection[int]) -> dict[int, datetime]:
    rows = db.session.execute(
        select(Erasure.person_id, Erasure.erased_at).where(Erasure.person_id.in_(list(person_ids)))
    )
    return {row.person_id: row.erased_at for row in rows}
