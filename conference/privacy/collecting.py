"""Everything that is kept of a person, as plain data: for the person's own eyes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from conference.checkin.models import Attendance, Scan, WalkIn
from conference.checkin.online.models import OnlineFollowing
from conference.checkin.rules import spare_number
from conference.directory.models import Person
from conference.foundation.db import db
from conference.foundation.documents import SUFFIXES
from conference.foundation.journal import JournalEntry
from conference.grading import releasing
from conference.notices.models import OutboxMail
from conference.reflections import attachments
from conference.reflections import queries as reflections
from conference.reflections.content import from_canonical, from_json, sections_of
from conference.reflections.models import Admission, Exemption, Extension, MakeUpStudy, PaperFile, Reflection
from conference.reflections.quiz import queries as quizzes
from conference.reflections.quiz.models import QuizGrant, QuizTap
from conference.registry.models import Attendee, Leave, Substitute

Plain = dict[str, Any]


@dataclass(frozen=True)
class Collected:
    """The data, and the files it names: (name in the archive, name on the shelf)."""

    data: Plain
    files: Sequence[tuple[str, str]]


def data_of(attendees: Sequence[Attendee], *, with_papers: bool) -> Collected:
    """What is kept of one person in these conferences, in all of which it is the same person.

    Without papers: who hands the file over is not meant to read what was written.
    """
    files: list[tuple[str, str]] = []
    data = {
        "person": _person(attendees[0].person),
        "conferences": [_in_conference(attendee, with_papers, files) for attendee in attendees],
    }
    return Collected(data, files)


def called_as(person_id: int, conference_ids: set[int] | None = None) -> Sequence[Attendee]:
    """The person as an attendee of each of these conferences, or of all."""
    statement = (
        select(Attendee)
        .where(Attendee.person_id == person_id)
        .options(
            joinedload(Attendee.person).joinedload(Person.unit),
            joinedload(Attendee.unit),
            joinedload(Attendee.site),
            joinedload(Attendee.wave),
            joinedload(Attendee.conference),
        )
        .order_by(Attendee.id)
        .execution_options(populate_existing=True)
    )
    if conference_ids is not None:
        statement = statement.where(Attendee.conference_id.in_(conference_ids))
    return db.session.scalars(statement).all()


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value if value is None or isinstance(value, bool | int | str | list | dict) else str(value)


def _row(row: Any, *names: str) -> Plain:
    return {name: _plain(getattr(row, name)) for name in names}


def _rows(model: Any, attendee_id: int, *names: str) -> list[Plain]:
    statement = select(model).where(model.attendee_id == attendee_id).order_by(*model.__table__.primary_key.columns)
    return [_row(row, *names) for row in db.session.scalars(statement)]


def _person(person: Person) -> Plain:
    return {
        **_row(person, "code", "full_name", "birth_date", "birth_year", "sex", "position", "phone", "email"),
        "unit": person.unit.name,
    }


def _in_conference(attendee: Attendee, with_papers: bool, files: list[tuple[str, str]]) -> Plain:
    id = attendee.id
    return {
        "conference": {"code": attendee.conference.code, "title": attendee.conference.title},
        "called": {
            **_row(attendee, "number", "position", "role", "seat", "must_write", "ticket", "ticket_issue"),
            **_row(attendee, "withdrawn_at", "may_follow_online", "is_walk_in", "is_substitute", "moved_at"),
            "unit": attendee.unit.name,
            "site": attendee.site.name,
            "wave": attendee.wave.title if attendee.wave else None,
        },
        "leaves": _rows(Leave, id, "study_session_id", "reason", "state", "requested_at", "decided_at"),
        "substitutes": _rows(Substitute, id, "study_session_id", "full_name", "state", "requested_at", "decided_at"),
        "letters": _rows(OutboxMail, id, "kind", "address", "state", "written_at", "sent_at"),
        "attendance": _rows(Attendance, id, "study_session_id", "first_at", "method", "last_seen_at", "last_out"),
        "scans": _scans(id),
        "online": _rows(OnlineFollowing, id, "study_session_id", "entered_at", "seconds", "answered", "is_enough"),
        "make_up": _rows(MakeUpStudy, id, "study_session_id", "started_at", "done_at", "tries"),
        "exemptions": _rows(Exemption, id, "reason", "given_at"),
        "admissions": _rows(Admission, id, "reason", "given_at"),
        "extensions": _rows(Extension, id, "until", "reason", "given_at", "revoked_at"),
        "reflection": _reflection(attendee, with_papers, files),
        "test": _test(id, with_papers),
        "result": _result(attendee, with_papers),
        "looked_at": _looked_at(id),
    }


def _scans(attendee_id: int) -> list[Plain]:
    rows: Sequence[Any] = db.session.execute(
        select(Scan, WalkIn.full_name, WalkIn.phone, WalkIn.unit)
        .outerjoin(WalkIn, WalkIn.scan_id == Scan.id)
        .where(Scan.attendee_id == attendee_id)
        .order_by(Scan.received_at, Scan.id)
    ).all()
    return [
        {
            **_row(scan, "id", "kind", "study_session_id", "direction", "method", "scanned_at", "verdict"),
            "spare_badge": None if scan.spare_handed is None else spare_number(scan.spare_handed),
            "written_down": None if name is None else {"full_name": name, "phone": phone, "unit": unit},
        }
        for scan, name, phone, unit in rows
    ]


def _reflection(attendee: Attendee, with_papers: bool, files: list[tuple[str, str]]) -> Plain | None:
    row = db.session.scalars(select(Reflection).where(Reflection.attendee_id == attendee.id)).first()
    if row is None:
        return None
    plain = _row(row, "state", "saved_at", "submitted_at", "is_late", "words", "returned_at", "returned_because")
    submissions = reflections.submissions_of(row.id)
    facts = ("version", "receipt_number", "sha256", "signature", "words", "received_at", "is_late", "erased_at")
    plain["submissions"] = [_row(one, *facts) for one in submissions]
    if not with_papers:
        return plain
    plain["draft"] = from_json(row.draft).as_plain() if row.draft else None
    for one, told in zip(submissions, plain["submissions"], strict=True):
        told["parts"] = [{"title": title, "text": text} for title, text in sections_of(one.content)]
        told["commitments"] = from_canonical(one.content).as_plain()["commitments"]
        told["files"] = [_name(attendee, file) for file in attachments.files_of_submission(one.id)]
    kept = db.session.scalars(select(PaperFile).where(PaperFile.reflection_id == row.id).order_by(PaperFile.id)).all()
    plain["files"] = [{"file": _name(attendee, one), **_row(one, "name", "size", "sha256", "added_at")} for one in kept]
    files += [(_name(attendee, one), one.stored_as) for one in kept]
    return plain


def _test(attendee_id: int, with_papers: bool) -> Plain:
    """The sittings of a test, what was let in by hand, and each answer as it came; the key is nobody's."""
    facts = ("number", "on_paper", "began_at", "ends_at", "finished_at", "ended_by")
    sittings = list(reversed(quizzes.attempts_of(attendee_id)))
    plain: Plain = {
        "sittings": [_row(one, *facts) for one in sittings],
        "granted": _rows(QuizGrant, attendee_id, "until", "reason", "given_at"),
    }
    if with_papers:
        rows = db.session.scalars(
            select(QuizTap).where(QuizTap.attempt_id.in_([one.id for one in sittings])).order_by(QuizTap.id)
        )
        plain["answers"] = [_row(one, "place", "choice", "received_at") for one in rows]
    return plain


def _name(attendee: Attendee, file: PaperFile) -> str:
    return f"files/{attendee.conference.code}-{file.id}{SUFFIXES[file.kind]}"


def _result(attendee: Attendee, with_papers: bool) -> Plain | None:
    """What was published, and nothing of what was not."""
    result = releasing.result_of(attendee.id, attendee.conference_id)
    if result is None:
        return None
    plain = {"release": result.number, **_row(result, "released_at", "mark", "rank")}
    return plain | {"comments": list(result.comments)} if with_papers else plain


def _looked_at(attendee_id: int) -> list[Plain]:
    """What the journal says of them: what was done and when, by what sort of actor."""
    rows = db.session.scalars(
        select(JournalEntry)
        .where(JournalEntry.subject_kind == "attendee", JournalEntry.subject_id == attendee_id)
        .order_by(JournalEntry.id)
    )
    return [_row(row, "at", "action", "actor_kind") for row in rows]
