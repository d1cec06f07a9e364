"""Reading the platform's reports: who was called and may be meant, what each report says, who is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from conference.checkin.online.models import OnlineParticipant, OnlineParticipantStay, OnlineReport
from conference.checkin.online.platform.matching import Called, How, around
from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.paging import Ask, Page, page_of
from conference.registry.models import Attendee
from conference.sites.models import Site

MATCHED = (How.EMAIL, How.NAME, How.UNIT, How.CHOSEN)


def report_with(study_session_id: int, sha256: str) -> OnlineReport | None:
    return db.session.scalars(
        select(OnlineReport).where(OnlineReport.study_session_id == study_session_id, OnlineReport.sha256 == sha256)
    ).first()


def called_to(conference_id: int) -> Iterator[Called]:
    """Everybody called, as a participant may name them."""
    rows = db.session.execute(
        select(Attendee.id, Person.name_folded, Person.email, Unit.name, Unit.short_name, Site.name)
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .join(Site, Site.id == Attendee.site_id)
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None))
    )
    for id, name_folded, email, unit, short, site in rows:
        yield Called(id, name_folded, email or "", around(unit, short or "", site))


def reports_of(conference_id: int) -> list[tuple[OnlineReport, int, int]]:
    """(report, participants, those matched), the latest first."""
    rows = db.session.execute(
        select(OnlineReport, func.count(OnlineParticipant.id), func.count(OnlineParticipant.attendee_id))
        .outerjoin(OnlineParticipant, OnlineParticipant.report_id == OnlineReport.id)
        .where(OnlineReport.conference_id == conference_id)
        .group_by(OnlineReport.id)
        .order_by(OnlineReport.uploaded_at.desc(), OnlineReport.id.desc())
    )
    return [(row[0], row[1], row[2]) for row in rows]


def figures(report_id: int) -> dict[str, int]:
    """How many participants were matched, are ambiguous, unmatched; and how many of those matched may not follow."""
    counts = dict.fromkeys(How, 0) | dict(
        db.session.execute(
            select(OnlineParticipant.how, func.count())
            .where(OnlineParticipant.report_id == report_id)
            .group_by(OnlineParticipant.how)
        ).all()
    )
    return {
        "matched": sum(counts[how] for how in MATCHED),
        "ambiguous": counts[How.AMBIGUOUS],
        "unmatched": counts[How.UNMATCHED],
        "barred": len(barred(report_id)),
    }


def barred(report_id: int) -> list[int]:
    """Those matched who may not follow online: their stays count for nothing."""
    return list(
        db.session.scalars(
            select(Attendee.id)
            .join(OnlineParticipant, OnlineParticipant.attendee_id == Attendee.id)
            .where(OnlineParticipant.report_id == report_id, Attendee.may_follow_online.is_(False))
            .distinct()
        )
    )


def participants_page(report_id: int, show: str, ask: Ask) -> Page[Any]:
    """Participants of one kind (matched, ambiguous, unmatched), each with whom it was matched to."""
    hows = {"matched": MATCHED, "unmatched": (How.UNMATCHED,)}.get(show, (How.AMBIGUOUS,))
    statement = (
        select(
            OnlineParticipant.id,
            OnlineParticipant.name,
            OnlineParticipant.email,
            OnlineParticipant.how,
            OnlineParticipant.candidates,
            Attendee.number,
            Attendee.may_follow_online,
            Person.full_name,
            Unit.name.label("unit_name"),
        )
        .outerjoin(Attendee, Attendee.id == OnlineParticipant.attendee_id)
        .outerjoin(Person, Person.id == Attendee.person_id)
        .outerjoin(Unit, Unit.id == Attendee.unit_id)
        .where(OnlineParticipant.report_id == report_id, OnlineParticipant.how.in_(hows))
    )
    return page_of(statement, ask, sorts={"name": (OnlineParticipant.name,)}, default="name", last=OnlineParticipant.id)


def stays_of(participant_ids: Sequence[int]) -> dict[int, list[tuple[datetime, datetime]]]:
    rows = db.session.execute(
        select(OnlineParticipantStay.participant_id, OnlineParticipantStay.from_at, OnlineParticipantStay.until_at)
        .where(OnlineParticipantStay.participant_id.in_(participant_ids))
        .order_by(OnlineParticipantStay.from_at)
    )
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    for id, from_at, until_at in rows:
        found.setdefault(id, []).append((from_at, until_at))
    return found


def named(attendee_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Attendee id -> (number, name with unit and site): candidates to choose from."""
    rows = db.session.execute(
        select(Attendee.id, Attendee.number, Person.full_name, Unit.name, Site.name)
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .join(Site, Site.id == Attendee.site_id)
        .where(Attendee.id.in_(attendee_ids))
    )
    return {row[0]: (row[1], f"{row[2]}, {row[3]}, {row[4]}") for row in rows}
