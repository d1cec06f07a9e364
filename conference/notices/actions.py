"""Writing letters, sending them at most once, and deciding about those that did not arrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, delete, func, literal, null, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from conference.directory.models import Person
from conference.foundation import jobs
from conference.foundation.actor import SYSTEM, Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.jobs import Job, JobState
from conference.foundation.journal import record
from conference.foundation.paging import AnySelect
from conference.notices import queries, wordings
from conference.notices.models import LetterLanguage, MailKind, MailState, OutboxMail, purpose_of
from conference.notices.rules import next_try, occasion_of_release
from conference.notices.wording import LANGUAGES
from conference.planning.models import Conference, ConferenceState
from conference.registry.models import Attendee

SEND = "notices.send"
"""The kind of job that sends what is queued."""

ROWS_AT_ONCE = 500
UNSENT = (MailState.HELD, MailState.QUEUED, MailState.FAILED)
KEPT_WHEN_CALLED_OFF = (MailKind.CALL_OFF, MailKind.CANCELLATION, MailKind.RECEIPT)
"""What is still true of a conference that was called off."""


def write_summonses(*, conference: Conference, domain: str, may_send: bool, by: Actor, at: datetime) -> int:
    """Write a summons to everybody who is called, has an address and has none yet. Repeatable; returns how many."""
    release = max(1, queries.last_release(conference.id, MailKind.SUMMONS))
    people = queries.not_yet_summoned(conference.id)
    return _write(conference, MailKind.SUMMONS, release, people, domain, may_send, by, at)


def write_updates(*, conference: Conference, domain: str, may_send: bool, by: Actor, at: datetime) -> int:
    """Write the summons anew to those for whom something changed since theirs: the next release."""
    release = queries.last_release(conference.id, MailKind.SUMMONS) + 1
    people = queries.changed_since_summoned(conference.id)
    return _write(conference, MailKind.SUMMONS, release, people, domain, may_send, by, at)


def write_cancellations(*, conference: Conference, domain: str, may_send: bool, by: Actor, at: datetime) -> int:
    """Tell those who were summoned and are no longer called."""
    release = queries.last_release(conference.id, MailKind.CANCELLATION) + 1
    people = queries.summoned_but_withdrawn(conference.id)
    return _write(conference, MailKind.CANCELLATION, release, people, domain, may_send, by, at)


def write_reminders(
    *,
    conference: Conference,
    people: AnySelect,
    occasion: str,
    domain: str,
    may_send: bool,
    by: Actor,
    at: datetime,
    kind: MailKind = MailKind.REMINDER,
) -> int:
    """Remind these ``(attendee_id, address, sequence)`` of what is due, once an occasion. Returns how many letters."""
    return _write(conference, kind, 1, people, domain, may_send, by, at, occasion)


def write_receipt(*, attendee: Attendee, occasion: str, domain: str, may_send: bool, by: Actor, at: datetime) -> bool:
    """Send one person the receipt of what was handed in. ``occasion`` is its number; False without an address.

    ``attendee`` comes with its person and its conference.
    """
    if not attendee.person.email:
        return False
    connection = db.session.connection()
    written = connection.execute(
        _insert_one(connection.dialect.name),
        {
            "conference_id": attendee.conference_id,
            "attendee_id": attendee.id,
            "kind": MailKind.RECEIPT,
            "release": 1,
            "occasion": occasion,
            "address": attendee.person.email,
            "sequence": attendee.conference.version + attendee.calendar_sequence,
            "state": MailState.QUEUED if may_send else MailState.HELD,
            "attempts": 0,
            "next_try_at": at,
            "error": "",
            "message_id": f"<receipt.{attendee.id}.{occasion}@{domain}>",
            "written_at": at,
        },
    ).rowcount
    if written and may_send:
        leave_a_sender(conference_id=attendee.conference_id, at=at)
    return bool(written)


@cache
def _insert_one(dialect: str) -> Any:
    """A letter, unless it is there: each paper of a last evening brings one, so the statement is put together once."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(OutboxMail.__table__).on_conflict_do_nothing()


def write_of_release(
    *,
    conference: Conference,
    kind: MailKind,
    release: int,
    people: AnySelect,
    domain: str,
    by: Actor,
    at: datetime,
) -> int:
    """Write to these what a release of the plan means for them: held until a person lets it go, once each."""
    number = release if kind is MailKind.CHANGE else 1
    return _write(conference, kind, number, people, domain, False, by, at, occasion_of_release(release))


def write_call_off(*, conference: Conference, domain: str, by: Actor, at: datetime) -> int:
    """Tell everybody who is called and can be written to that there is no conference: held until a person sends it.

    What was written and has not left says something else, and goes. Returns how many letters there are.
    """
    people = queries.called_with_address(conference.id)
    drop_unsent(conference_id=conference.id, besides=KEPT_WHEN_CALLED_OFF, by=by, at=at)
    occasion = f"off-{conference.version}"  # called off a second time, it is another occasion
    return _write(conference, MailKind.CALL_OFF, 1, people, domain, False, by, at, occasion)


def drop_unsent(*, conference_id: int, besides: Sequence[MailKind], by: Actor, at: datetime) -> int:
    """Take letters that have not left out of the outbox, but for some kinds."""
    gone = db.session.scalars(
        delete(OutboxMail)
        .where(
            OutboxMail.conference_id == conference_id,
            OutboxMail.state.in_(UNSENT),
            OutboxMail.kind.not_in(besides),
        )
        .returning(OutboxMail.id)
        .execution_options(synchronize_session=False)
    ).all()
    _note_dropped(conference_id, len(gone), by, at)
    return len(gone)


def _note_dropped(conference_id: int, letters: int, by: Actor, at: datetime) -> None:
    if letters:
        record(
            by=by,
            at=at,
            action="notices.drop_overtaken",
            subject=("conference", conference_id),
            after={"letters": letters},
        )


def drop_overtaken(*, conference_id: int, by: Actor, at: datetime) -> int:
    """Take letters that have not left and say what is no longer so out of the outbox: a newer release says it anew.

    These are changes of earlier releases, that all of it is called off, summonses of those who are withdrawn,
    withdrawals of those called again.
    """
    withdrawn = select(Attendee.id).where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_not(None))
    is_withdrawn = OutboxMail.attendee_id.in_(withdrawn)
    gone = db.session.scalars(
        delete(OutboxMail)
        .where(
            OutboxMail.conference_id == conference_id,
            OutboxMail.state.in_(UNSENT),
            or_(
                OutboxMail.kind.in_((MailKind.CHANGE, MailKind.CALL_OFF)),
                and_(OutboxMail.kind == MailKind.SUMMONS, is_withdrawn),
                and_(OutboxMail.kind == MailKind.CANCELLATION, ~is_withdrawn),
            ),
        )
        .returning(OutboxMail.id)
        .execution_options(synchronize_session=False)
    ).all()
    _note_dropped(conference_id, len(gone), by, at)
    return len(gone)


def _write(
    conference: Conference,
    kind: MailKind,
    release: int,
    people: AnySelect,
    domain: str,
    may_send: bool,
    by: Actor,
    at: datetime,
    occasion: str = "",
) -> int:
    if conference.state is ConferenceState.DRAFT:
        raise DomainError("summons_of_draft")
    if conference.is_called_off and kind not in KEPT_WHEN_CALLED_OFF:
        raise DomainError("conference_called_off")
    chosen = people.order_by(None).subquery()
    message_id = (
        literal(f"<{kind}.{release}.")
        + cast(chosen.c.attendee_id, String)
        + literal(f".{conference.id}{f'.{occasion}' if occasion else ''}@{domain}>")
    )
    chosen_language = select(LetterLanguage.language).where(LetterLanguage.attendee_id == chosen.c.attendee_id)
    language = func.coalesce(chosen_language.scalar_subquery(), "vi")
    rows = select(
        literal(conference.id),
        chosen.c.attendee_id,
        literal(kind.value),
        literal(release),
        literal(occasion),
        chosen.c.address,
        chosen.c.sequence,
        literal((MailState.QUEUED if may_send else MailState.HELD).value),
        literal(0),
        literal(at, OutboxMail.next_try_at.type),
        literal(""),
        message_id,
        literal(at, OutboxMail.written_at.type),
        language,
        _wording(conference.id, kind, release, language),
    ).where(chosen.c.attendee_id.is_not(None))
    columns = [
        "conference_id",
        "attendee_id",
        "kind",
        "release",
        "occasion",
        "address",
        "sequence",
        "state",
        "attempts",
        "next_try_at",
        "error",
        "message_id",
        "written_at",
        "language",
        "wording_id",
    ]
    # Two organizers who press the button together write each letter once: the key decides, not a look before.
    written = _new_rows(_insert_new().from_select(columns, rows, include_defaults=False))
    _note_written(conference, kind, release, written, may_send, by, at)
    return written


def write_rows(
    *,
    conference: Conference,
    kind: MailKind,
    rows: Sequence[Mapping[str, Any]],
    may_send: bool,
    by: Actor,
    at: datetime,
) -> int:
    """Put these letters into the outbox; those whose key stands there already are left as they are."""
    written = sum(
        _new_rows(_insert_new().values(rows[begin : begin + ROWS_AT_ONCE]))
        for begin in range(0, len(rows), ROWS_AT_ONCE)
    )
    _note_written(conference, kind, 1, written, may_send, by, at)
    return written


def _note_written(
    conference: Conference, kind: MailKind, release: int, written: int, may_send: bool, by: Actor, at: datetime
) -> None:
    if not written:
        return
    record(
        by=by,
        at=at,
        action="notices.write",
        subject=("conference", conference.id),
        after={"kind": kind, "release": release, "letters": written},
    )
    if may_send:
        start_sending(conference_id=conference.id, by=by, at=at)


def _wording(conference_id: int, kind: MailKind, release: int, language: ColumnElement[str]) -> ColumnElement[Any]:
    """Which version of its words a letter keeps: the newest in its language."""
    purpose = purpose_of(kind, release)
    ids = {one: wordings.own_id(conference_id, purpose, one) for one in LANGUAGES} if purpose else {}
    own = [(language == one, literal(id)) for one, id in ids.items() if id is not None]
    return case(*own, else_=null()) if own else null()


def _insert_new() -> Any:
    dialect = db.session.get_bind().dialect.name
    return (postgresql if dialect == "postgresql" else sqlite).insert(OutboxMail)


def _new_rows(insertion: Any) -> int:
    """Insert what is not there yet and count it: a driver may not say how many rows an INSERT … SELECT made."""
    return len(db.session.execute(insertion.on_conflict_do_nothing().returning(OutboxMail.id)).all())


def write_one(
    *, attendee: Attendee, conference: Conference, occasion: str, domain: str, may_send: bool, by: Actor, at: datetime
) -> bool:
    """Send one person their summons again. ``occasion`` names the press of the button: a double one counts once.

    Raises ``no_address``, ``summons_of_draft`` and ``conference_called_off``.
    """
    if conference.state is ConferenceState.DRAFT:
        raise DomainError("summons_of_draft")
    if conference.is_called_off:
        raise DomainError("conference_called_off")
    address = db.session.scalar(select(Person.email).where(Person.id == attendee.person_id)) or ""
    if not address:
        raise DomainError("no_address")
    release = max(1, queries.last_release(conference.id, MailKind.SUMMONS))
    language = wordings.language_of(attendee.id)
    purpose = purpose_of(MailKind.SUMMONS, release)
    written = _new_rows(
        _insert_new().values(
            conference_id=conference.id,
            attendee_id=attendee.id,
            kind=MailKind.SUMMONS,
            release=release,
            occasion=occasion,
            address=address,
            sequence=conference.version + attendee.calendar_sequence,
            state=MailState.QUEUED if may_send else MailState.HELD,
            attempts=0,
            next_try_at=at,
            error="",
            message_id=f"<summons.{release}.{attendee.id}.{conference.id}.{occasion}@{domain}>",
            written_at=at,
            language=language,
            wording_id=wordings.own_id(conference.id, purpose, language) if purpose else None,
        )
    )
    if written:
        record(by=by, at=at, action="notices.write_one", subject=("attendee", attendee.id), after={"release": release})
        if may_send:
            start_sending(conference_id=conference.id, by=by, at=at)
    return bool(written)


def start_sending(
    *, conference_id: int, by: Actor, at: datetime, run_after: datetime | None = None, times_down: int = 0
) -> None:
    """Have what is queued sent. ``times_down`` counts how often in a row the mail server was not there."""
    payload = {"conference_id": conference_id, "times_down": times_down}
    jobs.enqueue(SEND, payload, by=by, at=at, conference_id=conference_id, run_after=run_after)


# ---- what a person decides


def send_held(*, conference_id: int, by: Actor, at: datetime, release: int | None = None) -> int:
    """Let what was held go: everything, or what a release of the plan has written."""
    which = () if release is None else (OutboxMail.occasion == occasion_of_release(release),)
    return _requeue(conference_id, MailState.HELD, "notices.send_held", by, at, *which)


def send_call_off(*, conference_id: int, by: Actor, at: datetime) -> int:
    """Let the letters go that call the whole conference off."""
    return _requeue(conference_id, MailState.HELD, "notices.send_held", by, at, OutboxMail.kind == MailKind.CALL_OFF)


def retry_failed(*, conference_id: int, by: Actor, at: datetime) -> int:
    """Try again what failed for good."""
    return _requeue(conference_id, MailState.FAILED, "notices.retry", by, at)


def _requeue(
    conference_id: int, state: MailState, action: str, by: Actor, at: datetime, *which: ColumnElement[bool]
) -> int:
    chosen = update(OutboxMail).where(OutboxMail.conference_id == conference_id, OutboxMail.state == state, *which)
    changed = changed_rows(
        chosen.values(state=MailState.QUEUED, attempts=0, next_try_at=at, error="").execution_options(
            synchronize_session=False
        )
    )
    if changed:
        record(by=by, at=at, action=action, subject=("conference", conference_id), after={"letters": changed})
        start_sending(conference_id=conference_id, by=by, at=at)
    return changed


def hold_queued(*, conference_id: int, by: Actor, at: datetime) -> int:
    """Keep back what has not left yet."""
    changed = changed_rows(
        update(OutboxMail)
        .where(OutboxMail.conference_id == conference_id, OutboxMail.state == MailState.QUEUED)
        .values(state=MailState.HELD)
        .execution_options(synchronize_session=False)
    )
    if changed:
        record(by=by, at=at, action="notices.hold", subject=("conference", conference_id), after={"letters": changed})
    return changed


def decide_unknown(*, mail: OutboxMail, send_again: bool, by: Actor, at: datetime) -> None:
    """A person asked whether the letter came: send it again, or count it as sent."""
    values: dict[str, Any] = {"state": MailState.QUEUED, "next_try_at": at, "attempts": 0}
    if not send_again:
        values = {"state": MailState.SENT, "sent_at": mail.sent_at or at}
    changed = changed_rows(
        update(OutboxMail).where(OutboxMail.id == mail.id, OutboxMail.state == MailState.UNKNOWN).values(**values)
    )
    if not changed:
        raise DomainError("changed_meanwhile")
    record(by=by, at=at, action="notices.decide", subject=("mail", mail.id), after={"state": values["state"]})
    if send_again:
        start_sending(conference_id=mail.conference_id, by=by, at=at)


# ---- what the sending job notes


def leave_a_sender(*, conference_id: int, at: datetime) -> None:
    """See to it that a job waits to send what is left; one is enough."""
    if not jobs.waiting(SEND, conference_id):
        start_sending(conference_id=conference_id, by=SYSTEM, at=at)


def give_up_on_the_dead(*, conference_id: int, job_id: int) -> int:
    """Workers were killed while they sent: an earlier attempt at this job, or a job that has ended since.

    Nobody knows of their letters whether they left.
    """
    ended = select(Job.id).where(Job.kind == SEND, Job.state != JobState.RUNNING)
    return changed_rows(
        update(OutboxMail)
        .where(
            OutboxMail.conference_id == conference_id,
            OutboxMail.state == MailState.SENDING,
            (OutboxMail.job_id == job_id) | OutboxMail.job_id.in_(ended),
        )
        .values(state=MailState.UNKNOWN)
        .execution_options(synchronize_session=False)
    )


def take(*, mail: OutboxMail, job_id: int, release: int) -> bool:
    """Claim a letter just before it is given to the server, and note which plan it tells.

    False when another was faster, it is held now, or a newer plan was released after this letter was written out.
    """
    if queries.release_now(mail.conference_id, is_kept=True) != release:
        return False
    return bool(
        changed_rows(
            update(OutboxMail)
            .where(OutboxMail.id == mail.id, OutboxMail.state == MailState.QUEUED)
            .values(state=MailState.SENDING, job_id=job_id, told_release=release)
            .execution_options(synchronize_session=False)
        )
    )


def put_back(*, mail_id: int) -> None:
    """It was claimed and nothing of it was given: its turn comes again."""
    _from_sending(mail_id, state=MailState.QUEUED)


def note_sent(*, mail_id: int, at: datetime) -> None:
    _from_sending(mail_id, state=MailState.SENT, sent_at=at, error="")


def note_unknown(*, mail_id: int, words: str) -> None:
    _from_sending(mail_id, state=MailState.UNKNOWN, error=words)


def note_refused(*, mail_id: int, words: str) -> None:
    _from_sending(mail_id, state=MailState.FAILED, error=words, attempts=OutboxMail.attempts + 1)


def note_later(*, mail_id: int, attempts: int, words: str, at: datetime) -> None:
    """The server asked to come again: wait, longer each time, and give up in the end."""
    again = next_try(attempts + 1, at)
    _from_sending(
        mail_id,
        state=MailState.QUEUED if again else MailState.FAILED,
        attempts=attempts + 1,
        next_try_at=again or at,
        error=words,
    )


def _from_sending(mail_id: int, **values: Any) -> None:
    """Who sent it knows best, even when it was thought dead meanwhile."""
    db.session.execute(
        update(OutboxMail)
        .where(OutboxMail.id == mail_id, OutboxMail.state.in_([MailState.SENDING, MailState.UNKNOWN]))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
