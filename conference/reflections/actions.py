"""What writers do: save, hand in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.reflections import queries
from conference.reflections.content import EMPTY, Content, canonical, checked, from_canonical, from_json
from conference.reflections.models import Reflection, Submission
from conference.reflections.receipts import Receipt, Signer, receipt_number, sha256_of
from conference.reflections.rules import Bar, ReflectionState, Timing
from conference.reflections.signals import reflection_submitted


@dataclass(frozen=True)
class PageLine:
    """Which page saves, and how many times it has: the saves of one page are one line and never a conflict."""

    page: str
    seq: int


@dataclass(frozen=True)
class Saved:
    revision: int
    saved_at: datetime


@dataclass(frozen=True)
class Conflict:
    """Somebody, or another device, saved meanwhile. Nothing was overwritten; both texts go to the writer."""

    revision: int
    saved_at: datetime
    content: Content


def save_draft(
    *, attendee_id: int, content: Content, base: int, line: PageLine, by: Actor, at: datetime
) -> Saved | Conflict:
    """Keep a draft that began from revision ``base``. Safe to repeat; never overwrites what the page has not seen.

    Raises ``text_has_nul``, ``text_too_long``, and at the first save the reason why this person doesn't write.
    """
    checked(content)
    row = queries.reflection_of(attendee_id, locked=True)
    if row is None:
        row = _begin(attendee_id, at)
    if row.revision != base and (row.saved_by != line.page or row.saved_seq >= line.seq):
        standing = _content_of(row)
        if standing == content or row.saved_by == line.page:
            return Saved(row.revision, row.saved_at)  # the answer was lost, or an older save came late
        return Conflict(row.revision, row.saved_at, standing or EMPTY)
    if row.revision and _content_of(row) == content:
        return Saved(row.revision, row.saved_at)
    db.session.execute(
        update(Reflection)
        .where(Reflection.id == row.id)
        .values(
            draft=content.as_json(),
            revision=row.revision + 1,
            saved_at=at,
            saved_by=line.page,
            saved_seq=line.seq,
        )
        .execution_options(synchronize_session=False)
    )
    return Saved(row.revision + 1, at)


def _begin(attendee_id: int, at: datetime) -> Reflection:
    desk = queries.desk_of(attendee_id)
    refuse_if_barred(desk, at)
    row = Reflection(
        attendee_id=attendee_id,
        draft="",
        revision=0,
        saved_at=at,
        saved_by="",
        saved_seq=0,
        state=ReflectionState.DRAFT,
        current_version=0,
        is_late=False,
        words=0,
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:  # another device of the same writer began at the same moment
        found = queries.reflection_of(attendee_id, locked=True)
        assert found is not None
        return found
    return row


def _content_of(row: Reflection) -> Content | None:
    """The text as it stands; None before the first save."""
    if row.draft:
        return from_json(row.draft)
    submission = queries.current_submission(row)
    return from_canonical(submission.content) if submission else None


def refuse_if_barred(desk: queries.Desk, at: datetime) -> None:
    """Raises the reason why this person does not write, as a code of its own."""
    bar = desk.bar
    if bar is None and desk.window is not None and desk.window.judge(at) is Timing.NOT_OPEN:
        bar = Bar.NOT_OPEN
    if bar is not None:
        raise DomainError(f"reflection_{bar.value}")


def submit(
    *,
    attendee_id: int,
    revision: int,
    by: Actor,
    at: datetime,
    signer: Signer,
    chance: str,
    written_at: datetime | None = None,
) -> Submission:
    """Hand in a revision, once: the same revision again, or the same text, gives the receipt that there is.

    Raises ``changed_meanwhile`` when something was saved after that revision; ``reflection_too_late``,
    ``reflection_stays``, ``too_few_words``, ``too_many_words`` or ``part_too_short`` leave the text as a draft.
    Announces ``reflection_submitted``.
    """
    row = queries.reflection_of(attendee_id, locked=True)
    if row is None:
        raise DomainError("nothing_written")
    known = db.session.scalars(
        select(Submission).where(Submission.reflection_id == row.id, Submission.revision == revision)
    ).first()
    if known is not None:
        return known
    if row.revision != revision:
        raise DomainError("changed_meanwhile")
    desk = queries.desk_of(attendee_id)
    assert desk.task is not None
    content = checked(desk.content)
    data = canonical(content, {part.id: part.title for part in desk.task.parts})
    digest = sha256_of(data)
    if desk.submission is not None and desk.submission.sha256 == digest and row.state is ReflectionState.SUBMITTED:
        return desk.submission
    timing = judge_handing_in(desk, content, at)
    submission = _keep(row, desk, data, digest, content, timing is Timing.LATE, at, signer, chance, written_at)
    row.draft = ""
    row.state = ReflectionState.SUBMITTED
    row.current_version = submission.version
    row.submitted_revision = revision
    row.submitted_at = at
    row.is_late = submission.is_late
    row.words = submission.words
    db.session.flush()
    record(
        by=by,
        at=at,
        action="reflection.submit",
        subject=("reflection", row.id),
        before={"version": submission.version - 1},
        after={"version": submission.version, "sha256": digest, "late": submission.is_late},
    )
    reflection_submitted.announce(submission_id=submission.id, attendee_id=attendee_id)
    return submission


def judge_handing_in(desk: queries.Desk, content: Content, at: datetime) -> Timing:
    """How this paper would be received now. Raises what must not be received, by a code of its own."""
    refuse_if_barred(desk, at)
    assert desk.task is not None
    assert desk.window is not None
    timing = desk.window.judge(at)
    if timing is Timing.CLOSED:
        raise DomainError("reflection_too_late")
    if timing is Timing.LATE and desk.is_handed_in:
        raise DomainError("reflection_stays")
    words = content.words
    if words < desk.task.min_words:
        raise DomainError("too_few_words", words=words, least=desk.task.min_words)
    if words > desk.task.max_words:
        raise DomainError("too_many_words", words=words, most=desk.task.max_words)
    for part in desk.task.parts:
        if content.words_of(part.id) < part.min_words:
            raise DomainError("part_too_short", title=part.title, least=part.min_words)
    return timing


def _keep(
    row: Reflection,
    desk: queries.Desk,
    data: bytes,
    digest: str,
    content: Content,
    is_late: bool,
    at: datetime,
    signer: Signer,
    chance: str,
    written_at: datetime | None,
) -> Submission:
    version = row.current_version + 1
    receipt = Receipt(
        number=receipt_number(
            conference=desk.attendee.conference_id, attendee=desk.attendee.number, version=version, chance=chance
        ),
        conference=desk.attendee.conference.code,
        version=version,
        sha256=digest,
        words=content.words,
        received_at=at,
        is_late=is_late,
    )
    submission = Submission(
        reflection_id=row.id,
        version=version,
        revision=row.revision,
        content=data,
        sha256=digest,
        words=receipt.words,
        commitments=sum(not one.is_blank for one in content.commitments),
        received_at=at,
        written_at=written_at if written_at is not None and written_at < at else None,
        is_late=is_late,
        receipt_number=receipt.number,
        signature=signer.sign(receipt),
    )
    db.session.add(submission)
    db.session.flush()
    return submission
