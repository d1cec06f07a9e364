"""A whole conference called off: calendars cancel it, everybody hears once; and held after all, as its next release."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.notices import actions as notices
from conference.notices.models import MailKind, MailState, OutboxMail
from conference.notices.queries import reached
from conference.planning.actions import programme_changed
from conference.planning.models import Conference, ConferenceState, PlanRelease, StudySession
from conference.registry.models import Attendee
from conference.releases.actions import freeze
from conference.releases.writing import Letters, write_letters
from conference.sites.rehearsals.models import Rehearsal


@dataclass(frozen=True)
class Consequences:
    """What calling off would mean: whom it reaches how, and what is in the outbox and would not leave any more."""

    called: int
    by_mail: int
    without_mail: int
    unsent: int
    rehearsals: int


def consequences_of(conference_id: int) -> Consequences:
    """A fixed number of queries."""
    ways = reached(conference_id)
    unsent = db.session.scalar(
        select(func.count())
        .select_from(OutboxMail)
        .where(
            OutboxMail.conference_id == conference_id,
            OutboxMail.state.in_(notices.UNSENT),
            OutboxMail.kind.not_in(notices.KEPT_WHEN_CALLED_OFF),
        )
    )
    rehearsals = db.session.scalar(
        select(func.count())
        .select_from(Rehearsal)
        .where(Rehearsal.conference_id == conference_id, Rehearsal.cancelled_at.is_(None))
    )
    return Consequences(ways.called, ways.by_mail, ways.without_mail, unsent or 0, rehearsals or 0)


def have_doors_opened(conference_id: int, at: datetime) -> bool:
    """True from the first session's doors on: what was counted is not called off."""
    opened = select(StudySession.id).where(
        StudySession.conference_id == conference_id, StudySession.doors_open_at <= at
    )
    return db.session.scalar(opened.limit(1)) is not None


def letters_by_state(conference_id: int) -> dict[MailState, int]:
    """What became of the letters that call it off."""
    rows = db.session.execute(
        select(OutboxMail.state, func.count())
        .where(OutboxMail.conference_id == conference_id, OutboxMail.kind == MailKind.CALL_OFF)
        .group_by(OutboxMail.state)
    )
    found: dict[MailState, int] = dict(rows.all())
    return {state: found[state] for state in MailState if state in found}


def call_off(*, conference: Conference, version: int, domain: str, by: Actor, at: datetime) -> int:
    """Doors, answers, reminders and releases stop; calendars cancel. Returns how many letters are held.

    Raises ``call_off_of_draft``, ``called_off_already``, ``conference_closed``, ``call_off_after_doors``
    and ``changed_meanwhile``. Announces ``programme_changed``.
    """
    if conference.state is ConferenceState.DRAFT:
        raise DomainError("call_off_of_draft")
    if conference.is_called_off:
        raise DomainError("called_off_already")
    if conference.state is ConferenceState.CLOSED:
        raise DomainError("conference_closed")
    if have_doors_opened(conference.id, at):
        raise DomainError("call_off_after_doors")
    _turn(conference, version, ConferenceState.CALLED_OFF, "conference.call_off", by=by, at=at)
    letters = notices.write_call_off(conference=conference, domain=domain, by=by, at=at)
    programme_changed.announce(conference_id=conference.id)
    return letters


def hold_after_all(
    *, conference: Conference, version: int, blocking: int, domain: str, note: str, by: Actor, at: datetime
) -> tuple[PlanRelease, Letters]:
    """Publish it again as the next release. Who was told that it is off gets a new summons; unsent letters of it go.

    Raises ``conference_not_called_off``, ``plan_has_faults`` and ``changed_meanwhile``. Announces
    ``programme_changed``.
    """
    if not conference.is_called_off:
        raise DomainError("conference_not_called_off")
    if blocking:
        raise DomainError("plan_has_faults", count=blocking)
    _turn(conference, version, ConferenceState.PUBLISHED, "conference.hold_after_all", by=by, at=at)
    release = freeze(conference=conference, note=note, by=by, at=at)
    letters = write_letters(conference=conference, release=release, domain=domain, by=by, at=at)
    programme_changed.announce(conference_id=conference.id)
    return release, letters


def _turn(
    conference: Conference, version: int, state: ConferenceState, action: str, *, by: Actor, at: datetime
) -> None:
    """The next version, in another state; calendars of people and of rehearsals count one further."""
    before = conference.state
    changed = changed_rows(
        update(Conference)
        .where(Conference.id == conference.id, Conference.version == version, Conference.state == before)
        .values(version=version + 1, state=state)
        .execution_options(synchronize_session=False)
    )
    if not changed:
        raise DomainError("changed_meanwhile")
    db.session.refresh(conference, ["version", "state"])
    record(
        by=by,
        at=at,
        action=action,
        subject=("conference", conference.id),
        before={"state": before},
        after={"state": state, "version": conference.version},
    )
    db.session.execute(
        update(Attendee)
        .where(Attendee.conference_id == conference.id)
        .values(calendar_sequence=Attendee.calendar_sequence + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(Rehearsal)
        .where(Rehearsal.conference_id == conference.id, Rehearsal.cancelled_at.is_(None))
        .values(version=Rehearsal.version + 1, changed_at=at)
        .execution_options(synchronize_session=False)
    )
