"""Erasing a person: a pseudonym in the place of the name, nothing of what they wrote, and every figure as it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update

from conference.checkin.models import Case, QuarantinedScan, Scan, WalkIn
from conference.checkin.online.models import OnlineParticipant, OnlineReport
from conference.directory.models import Person
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import WITHOUT_REASON, erase_reasons, record
from conference.foundation.text import fold, sort_key
from conference.grading import withdrawing
from conference.grading.models import CopyRuling, Reading, ReleasedMark
from conference.notices.models import MailState, OutboxMail
from conference.planning.models import PlanRelease
from conference.privacy.hosts import as_host, forget_host
from conference.privacy.models import Erasure, ErasureRequest
from conference.privacy.rules import RequestState, code_of, mark_of, pseudonym_of
from conference.privacy.traces import Traces, bodies_that_name, doubles_of, obstacles_of, traces_of
from conference.reflections.content import NOTHING_WRITTEN
from conference.reflections.models import (
    Admission,
    Exemption,
    Extension,
    PaperFile,
    Reflection,
    Submission,
    SubmissionFile,
)
from conference.reflections.quiz.models import QuizAttempt, QuizGrant, QuizTap
from conference.reflections.similarity.indexing import forget_papers
from conference.registry.doubles.models import Merge
from conference.registry.imports.findings import forget_findings
from conference.registry.imports.models import ImportBatch, ImportChange, ImportedValue, ImportFile
from conference.registry.imports.rules import Subject
from conference.registry.models import Attendee, Leave, ReleasedSeat, Substitute
from conference.registry.naming.models import ListChange, Nomination
from conference.registry.seats.models import SeatPin
from conference.registry.signals import roster_changed
from conference.releases.actions import digest_anew

NOT_SENT = (MailState.HELD, MailState.QUEUED)
ONCE_NOTED_OF_PERSONS = "reflection.extend"
"""Until 28 November 2026 the journal had this under a person, with the number of the attendee."""


class NotThem(Exception):
    """The number of an erased person stands for somebody else in this database."""


@dataclass(frozen=True)
class Erased:
    """What lies outside of the database and has to go too."""

    papers: tuple[str, ...]  # names on the shelf of papers
    lists: tuple[str, ...]  # names of uploaded lists
    conferences: tuple[int, ...]  # whose printed badges and packs hold the name

    def as_payload(self) -> dict[str, Any]:
        return {"papers": list(self.papers), "lists": list(self.lists), "conferences": list(self.conferences)}


def erase_person(*, person_id: int, secret: str, by: Actor, at: datetime) -> Erased:
    """Erase a person from every table; the edge then drops the files that are named in the answer.

    Raises ``not_found`` and, while something keeps it from being done, ``erasure_<obstacle>``. Announces
    ``roster_changed`` for their conferences. Scans, marks, receipts and the journal stay and say nothing of them.
    """
    found = db.session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise DomainError("not_found")
    for obstacle in obstacles_of(person_id, at):
        raise DomainError(f"erasure_{obstacle.value}")
    return _erase(found, secret=secret, by=by, at=at)


def erase_again(*, person_id: int, mark: str, secret: str, by: Actor, at: datetime) -> Erased | None:
    """Erase whom an older backup has brought back, whatever else the backup brought back with them.

    None when there is nothing to do. Raises ``NotThem`` when the number belongs to somebody else by now.
    """
    found = db.session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if found is None or db.session.get(Erasure, person_id) is not None:
        return None
    if mark_of(secret, found.id, found.code) != mark:
        raise NotThem
    return _erase(found, secret=secret, by=by, at=at)


def _erase(person: Person, *, secret: str, by: Actor, at: datetime) -> Erased:
    """The person, and every line that was merged with theirs."""
    erased = [_erase_row(one, secret=secret, by=by, at=at) for one in (person, *doubles_of(person))]
    return Erased(
        tuple(name for one in erased for name in one.papers),
        tuple(name for one in erased for name in one.lists),
        tuple(sorted({id for one in erased for id in one.conferences})),
    )


def _erase_row(person: Person, *, secret: str, by: Actor, at: datetime) -> Erased:
    traces = traces_of(person)
    account = by.id if by.kind is ActorKind.ACCOUNT else None
    db.session.add(
        Erasure(person_id=person.id, mark=mark_of(secret, person.id, person.code), erased_at=at, erased_by=account)
    )
    papers = _forget_papers(traces, at)
    _forget_grading(traces, at)
    lists = _forget_imports(traces)
    _forget_doors(traces)
    _forget_calling(traces, at)
    _forget_told_seats(traces, by, at)
    hosted = forget_host(as_host(person), by=by, at=at)
    left = erase_reasons(traces.subjects)
    left |= erase_reasons((("person", id) for id in traces.attendees), action=ONCE_NOTED_OF_PERSONS)
    _forget_name(traces)  # last: what was looked up by the name is found by now
    record(by=by, at=at, action="person.erase", subject=("person", person.id), after={WITHOUT_REASON: left})
    for attendee in db.session.scalars(select(Attendee).where(Attendee.id.in_(traces.attendees))):
        roster_changed.announce(conference_id=attendee.conference_id, site_ids=frozenset({attendee.site_id}))
    return Erased(papers, (*lists, *hosted.lists), tuple(sorted({*traces.conferences, *hosted.conferences})))


def _change(statement: Any) -> None:
    db.session.execute(statement.execution_options(synchronize_session=False))


def _forget_name(traces: Traces) -> None:
    name = pseudonym_of(traces.person.id)
    _change(
        update(Person)
        .where(Person.id == traces.person.id)
        .values(
            code=code_of(traces.person.id),
            full_name=name,
            name_folded=fold(name),
            sort_key=sort_key(name),
            birth_date=None,
            birth_year=None,
            sex=None,
            position="",
            phone=None,
            phone_digits=None,
            email=None,
        )
    )
    # The link's number is raised: who still has the old address finds nobody behind it.
    _change(
        update(Attendee)
        .where(Attendee.id.in_(traces.attendees))
        .values(position="", seat=None, link_issue=Attendee.link_issue + 1)
    )


def _forget_calling(traces: Traces, at: datetime) -> None:
    """Leave, substitutes, letters, and the wish to be erased."""
    _change(update(Leave).where(Leave.id.in_(traces.leaves)).values(reason=""))
    _change(
        update(Substitute)
        .where(Substitute.id.in_(traces.substitutes))
        .values(full_name=pseudonym_of(traces.person.id), birth_date=None, position="", phone="", email="")
    )
    _forget_naming(traces)
    forget_letters(OutboxMail.attendee_id.in_(traces.attendees))
    _change(
        update(ErasureRequest)
        .where(ErasureRequest.attendee_id.in_(traces.attendees))
        .values(state=RequestState.DONE, answer="", decided_at=at)
    )


def _forget_naming(traces: Traces) -> None:
    """Who a unit named and why; how many it named stays."""
    name = pseudonym_of(traces.person.id)
    _change(
        update(Nomination)
        .where(Nomination.id.in_(traces.nominations))
        .values(
            full_name=name,
            name_folded=fold(name),
            sort_key=sort_key(name),
            birth_date=None,
            birth_year=None,
            sex=None,
            position="",
            phone="",
            email="",
        )
    )
    about = Nomination.id.in_(traces.nominations) | Nomination.leaving_id.in_(traces.attendees)
    _change(update(Nomination).where(about).values(reason="", answer=""))
    _change(update(ListChange).where(ListChange.attendee_id.in_(traces.attendees)).values(reason=""))
    _change(update(SeatPin).where(SeatPin.attendee_id.in_(traces.attendees)).values(note=""))
    merged = Merge.kept_id.in_(traces.attendees) | Merge.gone_id.in_(traces.attendees)
    _change(update(Merge).where(merged).values(moved=[]))


def _forget_imports(traces: Traces) -> tuple[str, ...]:
    """What lists said of them, previews that are over, and the uploaded files themselves: each holds everybody."""
    theirs = ImportedValue.subject_id.in_(traces.attendees) & (ImportedValue.subject == Subject.ATTENDEE)
    _change(update(ImportedValue).where(theirs).values(said={}, categories_by_sender=None))
    _change(
        delete(ImportChange).where(
            ImportChange.subject == Subject.ATTENDEE, ImportChange.subject_id.in_(traces.attendees)
        )
    )
    batches = db.session.scalars(select(ImportBatch.id).where(ImportBatch.conference_id.in_(traces.conferences))).all()
    for batch_id in batches:
        forget_findings(batch_id)
    return tuple(db.session.scalars(select(ImportFile.stored_as).where(ImportFile.batch_id.in_(batches))))


def _forget_doors(traces: Traces) -> None:
    """What hosts wrote down, what could not be counted, and what the platform of the online room called them."""
    name = pseudonym_of(traces.person.id)
    _change(
        update(WalkIn)
        .where(WalkIn.scan_id.in_(traces.scans))
        .values(full_name=name, birth_date=None, birth_year=None, phone="", unit="", position="")
    )
    bodies = {*bodies_that_name(traces, Scan), *traces.scans}
    _change(update(Scan).where(Scan.id.in_(bodies), Scan.body.is_not(None)).values(body=None))
    set_aside = bodies_that_name(traces, QuarantinedScan)
    _change(update(QuarantinedScan).where(QuarantinedScan.id.in_(set_aside)).values(body=""))
    _change(update(Case).where(Case.id.in_(traces.cases)).values(note=""))
    reports = select(OnlineReport.id).where(OnlineReport.conference_id.in_(traces.conferences))
    known_by = [OnlineParticipant.attendee_id.in_(traces.attendees), OnlineParticipant.name == traces.person.full_name]
    if traces.person.email:
        known_by.append(OnlineParticipant.email == traces.person.email)
    for known in known_by:
        _change(
            update(OnlineParticipant).where(OnlineParticipant.report_id.in_(reports), known).values(name=name, email="")
        )


def _forget_told_seats(traces: Traces, by: Actor, at: datetime) -> None:
    """The seats that releases of the plan gave them; each such release gets a new digest."""
    seats = ReleasedSeat.attendee_id.in_(traces.attendees) & ReleasedSeat.seat.is_not(None)
    releases = db.session.scalars(
        select(PlanRelease)
        .where(PlanRelease.id.in_(select(ReleasedSeat.release_id).where(seats)))
        .order_by(PlanRelease.id)
    ).all()
    _change(update(ReleasedSeat).where(seats).values(seat=None))
    for release in releases:
        digest_anew(release, by=by, at=at)


def _forget_papers(traces: Traces, at: datetime) -> tuple[str, ...]:
    """Texts, files and runs. A receipt stays and can be checked: it covers a hash, and no text any more."""
    for table in (Exemption, Admission, Extension, QuizGrant):
        _change(update(table).where(table.attendee_id.in_(traces.attendees)).values(reason=""))
    _forget_test(traces)
    forget_papers(traces.submissions)
    files = db.session.scalars(select(PaperFile).where(PaperFile.reflection_id.in_(traces.reflections))).all()
    names = {name for file in files for name in (file.stored_as, *file.pages)}
    _change(delete(SubmissionFile).where(SubmissionFile.submission_id.in_(traces.submissions)))
    _change(delete(PaperFile).where(PaperFile.reflection_id.in_(traces.reflections)))
    _change(
        update(Reflection)
        .where(Reflection.id.in_(traces.reflections))
        .values(draft="", commitments=0, returned_because="")
    )
    _change(
        update(Submission).where(Submission.id.in_(traces.submissions)).values(content=NOTHING_WRITTEN, erased_at=at)
    )
    return tuple(sorted(names))


def _forget_test(traces: Traces) -> None:
    """What they answered, tap by tap, and why they were let in; that they sat it and what it came to stays."""
    _change(update(QuizGrant).where(QuizGrant.attendee_id.in_(traces.attendees)).values(reason=""))
    sittings = select(QuizAttempt.id).where(QuizAttempt.attendee_id.in_(traces.attendees))
    _change(delete(QuizTap).where(QuizTap.attempt_id.in_(sittings)))


def _forget_grading(traces: Traces, at: datetime) -> None:
    """Words to the author and about the author; marks stay. A paper without a mark is withdrawn from its readers."""
    _change(update(Reading).where(Reading.id.in_(traces.readings)).values(comment="", notes={}))
    _change(update(ReleasedMark).where(ReleasedMark.attendee_id.in_(traces.attendees)).values(comments=[]))
    _change(update(CopyRuling).where(CopyRuling.id.in_(traces.rulings)).values(reason=""))
    named = select(CopyRuling.id, CopyRuling.reason).where(CopyRuling.other_id.in_(traces.submissions))
    for id, reason in db.session.execute(named).all():
        told = reason.replace(traces.person.full_name, pseudonym_of(traces.person.id))
        _change(update(CopyRuling).where(CopyRuling.id == id).values(reason=told))
    withdrawing.withdraw(paper_ids=traces.papers, at=at)


def forget_letters(theirs: ColumnElement[bool]) -> None:
    """What was not sent goes; of what was, only that it was."""
    _change(delete(OutboxMail).where(theirs, OutboxMail.state.in_(NOT_SENT)))
    _change(update(OutboxMail).where(theirs).values(address="", error=""))
