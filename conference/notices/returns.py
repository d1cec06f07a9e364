"""Letters that came back or never left: noted by their identifiers, and sent again to a better address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, String, cast, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from conference.accounts.models import Account
from conference.directory.models import Person
from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.foundation.paging import Ask, Page, page_of
from conference.notices.actions import start_sending
from conference.notices.models import MailState, OutboxMail
from conference.registry.models import Attendee

NOT_ARRIVED = (MailState.FAILED, MailState.BOUNCED)


@dataclass(frozen=True)
class Report:
    """What a mail server said about one letter, by the letter's identifier."""

    message_id: str
    is_final: bool
    words: str


@dataclass
class Noted:
    """What a heap of reports came to; the five add up to the messages that were read."""

    returned: int = 0
    known: int = 0  # noted before
    delayed: int = 0  # the server still tries
    strange: int = 0  # about no letter of ours
    unreadable: int = 0  # no report at all


def note_reports(*, reports: Iterable[Report | None], conference_id: int | None, by: Actor, at: datetime) -> Noted:
    """Mark the letters that came back. Repeatable. ``conference_id``: only letters of this conference are looked at."""
    noted = Noted()
    for report in reports:
        if report is None:
            noted.unreadable += 1
            continue
        ours = select(OutboxMail.state).where(OutboxMail.message_id == report.message_id)
        if conference_id is not None:
            ours = ours.where(OutboxMail.conference_id == conference_id)
        state = db.session.scalar(ours)
        if state is None:
            noted.strange += 1
        elif not report.is_final:
            noted.delayed += 1
        elif _mark(report):
            noted.returned += 1
        else:
            noted.known += 1
    if noted.returned:
        after = {"letters": noted.returned}
        record(by=by, at=at, action="notices.returned", subject=("conference", conference_id), after=after)
    return noted


def _mark(report: Report) -> bool:
    """Only what had left can come back; the server's words stay beside it."""
    return bool(
        changed_rows(
            update(OutboxMail)
            .where(
                OutboxMail.message_id == report.message_id,
                OutboxMail.state.in_((MailState.SENT, MailState.SENDING, MailState.UNKNOWN)),
            )
            .values(state=MailState.BOUNCED, error=report.words)
            .execution_options(synchronize_session=False)
        )
    )


def not_arrived_page(conference_id: int, ask: Ask) -> Page[Row[Any]]:
    """Letters that did not reach anybody and were not sent again since, with whom they were to."""
    again = select(OutboxMail.occasion).where(OutboxMail.conference_id == conference_id)
    statement = (
        select(
            OutboxMail,
            func.coalesce(Person.full_name, Account.full_name).label("full_name"),
            func.coalesce(Person.email, Account.email).label("email"),
        )
        .outerjoin(Attendee, Attendee.id == OutboxMail.attendee_id)
        .outerjoin(Person, Person.id == Attendee.person_id)
        .outerjoin(Account, Account.id == OutboxMail.account_id)
        .where(
            OutboxMail.conference_id == conference_id,
            OutboxMail.state.in_(NOT_ARRIVED),
            Attendee.withdrawn_at.is_(None),
            _again_key().not_in(again),
        )
    )
    return page_of(
        statement,
        ask,
        sorts={"newest": (-OutboxMail.id,), "name": (Person.sort_key,)},
        default="newest",
        last=OutboxMail.id,
    )


def _again_key() -> ColumnElement[str]:
    return literal("again-") + cast(OutboxMail.id, String)


def send_again(*, mail: OutboxMail, address: str, domain: str, may_send: bool, by: Actor, at: datetime) -> bool:
    """Correct somebody's address and write the same letter once more, as an occasion of its own.

    Repeatable: a letter that failed is followed by one letter, whatever is pressed. Raises ``changed_meanwhile`` for a
    letter that did not fail.
    """
    if mail.state not in NOT_ARRIVED:
        raise DomainError("changed_meanwhile")
    corrected = _correct(mail, address)
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    occasion = f"again-{mail.id}"
    whose = mail.attendee_id or f"account-{mail.account_id}"
    row = dialect.insert(OutboxMail).values(
        conference_id=mail.conference_id,
        attendee_id=mail.attendee_id,
        account_id=mail.account_id,
        kind=mail.kind,
        release=mail.release,
        occasion=occasion,
        address=address,
        sequence=mail.sequence,
        state=MailState.QUEUED if may_send else MailState.HELD,
        attempts=0,
        next_try_at=at,
        error="",
        message_id=f"<{mail.kind}.{mail.release}.{whose}.{mail.conference_id}.{occasion}@{domain}>",
        written_at=at,
        language=mail.language,
        wording_id=mail.wording_id,
    )
    written = db.session.scalar(row.on_conflict_do_nothing().returning(OutboxMail.id)) is not None
    if written:
        after = {"letter": mail.id, "address_corrected": bool(corrected)}
        subject = ("attendee", mail.attendee_id) if mail.attendee_id else ("account", mail.account_id)
        record(by=by, at=at, action="notices.send_again", subject=subject, after=after)
        if may_send:
            start_sending(conference_id=mail.conference_id, by=by, at=at)
    return written


def _correct(mail: OutboxMail, address: str) -> int:
    """The address stands with the person, or with the officer's account. Returns whether it is another one now."""
    whose: Any = Person if mail.attendee_id else Account
    id = mail.account_id or select(Attendee.person_id).where(Attendee.id == mail.attendee_id).scalar_subquery()
    return changed_rows(
        update(whose)
        .where(whose.id == id, whose.email.is_distinct_from(address))
        .values(email=address)
        .execution_options(synchronize_session=False)
    )
