"""Bring a platform's list of participants in, say who is who, let it count, and take it back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update

from conference.checkin.attendance import Pair
from conference.checkin.online.counting import recount
from conference.checkin.online.models import OnlineParticipant, OnlineParticipantStay, OnlineReport
from conference.checkin.online.platform import queries
from conference.checkin.online.platform.matching import How, People
from conference.checkin.online.platform.sheet import Report
from conference.checkin.online.rules import ReportState
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.models import StudySession
from conference.registry.models import Attendee
from conference.registry.tickets import KeyRing


def keep_report(
    *, study_session: StudySession, name: str, sha256: str, timezone: str, report: Report, by: Actor, at: datetime
) -> OnlineReport:
    """Keep what a file says, each participant matched as far as can be told. Nobody is counted by it yet.

    Repeatable: the same file for the same study session is the report that is there already.
    """
    known = queries.report_with(study_session.id, sha256)
    if known is not None:
        return known
    kept = OnlineReport(
        conference_id=study_session.conference_id,
        study_session_id=study_session.id,
        name=name,
        sha256=sha256,
        timezone=timezone,
        state=ReportState.PREVIEW,
        uploaded_at=at,
        uploaded_by=by.id if by.kind is ActorKind.ACCOUNT else None,
        unreadable=report.unreadable,
        other_day=report.other_day,
    )
    db.session.add(kept)
    db.session.flush()
    people = People(queries.called_to(study_session.conference_id))
    rows = []
    for participant in report.participants:
        match = people.match(participant.name, participant.email)
        rows.append(
            {
                "report_id": kept.id,
                "name": participant.name,
                "email": participant.email,
                "how": match.how,
                "attendee_id": match.attendee,
                "candidates": list(match.candidates),
            }
        )
    ids = list(
        db.session.scalars(
            insert(OnlineParticipant).returning(OnlineParticipant.id, sort_by_parameter_order=True), rows
        )
    )
    db.session.execute(
        insert(OnlineParticipantStay),
        [
            {"participant_id": id, "from_at": stay.from_at, "until_at": stay.until_at}
            for id, participant in zip(ids, report.participants, strict=True)
            for stay in participant.stays
        ],
    )
    record(
        by=by,
        at=at,
        action="online_report.bring",
        subject=("online_report", kept.id),
        after={"study_session": study_session.id, "participants": len(rows)},
    )
    return kept


def load_report(*, report: OnlineReport, keys: KeyRing, by: Actor, at: datetime) -> None:
    """Let the report speak for those it was matched to. Repeatable: a second time changes nothing."""
    _turn(report, ReportState.LOADED, keys=keys, by=by, at=at)


def take_report_back(*, report: OnlineReport, keys: KeyRing, by: Actor, at: datetime) -> None:
    """The report counts for nobody any more; what it says is kept. Repeatable."""
    _turn(report, ReportState.TAKEN_BACK, keys=keys, by=by, at=at)


def _turn(report: OnlineReport, to: ReportState, *, keys: KeyRing, by: Actor, at: datetime) -> None:
    before = report.state
    if not changed_rows(
        update(OnlineReport)
        .where(OnlineReport.id == report.id, OnlineReport.state != to)
        .values(state=to, changed_at=at)
    ):
        return
    record(
        by=by,
        at=at,
        action=f"online_report.{to}",
        subject=("online_report", report.id),
        before={"state": before},
        after={"state": to},
    )
    matched = db.session.scalars(
        select(OnlineParticipant.attendee_id).where(
            OnlineParticipant.report_id == report.id, OnlineParticipant.attendee_id.is_not(None)
        )
    )
    recount([(id, report.study_session_id) for id in matched if id is not None], keys=keys, at=at)


def say_who(
    *, report: OnlineReport, participant: OnlineParticipant, number: int | None, keys: KeyRing, by: Actor, at: datetime
) -> None:
    """Say who a participant is, by the number of their badge; None: nobody of ours.

    Raises ``report_no_such_number``.
    """
    attendee_id: int | None = None
    if number is not None:
        attendee_id = db.session.scalar(
            select(Attendee.id).where(
                Attendee.conference_id == report.conference_id,
                Attendee.number == number,
                Attendee.withdrawn_at.is_(None),
            )
        )
        if attendee_id is None:
            raise DomainError("report_no_such_number", number=number)
    before = participant.attendee_id
    participant.attendee_id = attendee_id
    participant.how = How.CHOSEN if attendee_id is not None else How.UNMATCHED
    db.session.flush()
    record(
        by=by,
        at=at,
        action="online_report.match",
        subject=("online_report", report.id),
        before={"participant": participant.id, "attendee": before},
        after={"participant": participant.id, "attendee": attendee_id},
    )
    touched: list[Pair] = [(id, report.study_session_id) for id in {before, attendee_id} if id is not None]
    if report.state is ReportState.LOADED:
        recount(touched, keys=keys, at=at)
