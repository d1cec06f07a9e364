"""What writers do: save, hand in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.reflections import attachments, queries
from conference.reflections.content import EMPTY, Content, canonical, checked, from_canonical, from_json
from conference.reflections.models import PaperFile, Reflection, Submission, SubmissionFile
from conference.reflections.receipts import Receipt, Signer, receipt_number, sha256_of
from conference.reflections.rules import ReflectionState, Timing, bar_to_writing
from conference.reflections.signals import reflection_submitted
from conference.registry.models import Attendee


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


@dataclass(frozen=True)
class Save:
    """One save, as a page or a plain form sends it."""

    attendee_id: int
    content: Content
    base: int  # the revision from which the writer began
    line: PageLine


SaveAnswer = Saved | Conflict | DomainError


def save_draft(*, save: Save, at: datetime) -> Saved | Conflict:
    """Keep one draft. Raises why it can't be kept; the rest is as in ``save_drafts``."""
    answer = save_drafts([save], at=at)[0]
    if isinstance(answer, DomainError):
        raise answer
    return answer


def save_drafts(saves: Sequence[Save], *, at: datetime) -> list[SaveAnswer]:
    """Keep the drafts of many writers at once, in a fixed number of statements; each is answered by itself.

    Safe to repeat; never overwrites what a page has not seen. A refusal is the answer of its save alone:
    ``text_has_nul``, ``text_too_long``, ``bad_request`` for parts that the task does not have, and at a writer's
    first save the reason why this person doesn't write.
    """
    writers = {save.attendee_id for save in saves}
    known = queries.drafts_of(writers)
    parts = queries.part_ids_by_attendee(writers)
    barred: dict[int, DomainError] = {}
    if beginners := writers - known.keys():
        begun, barred = _begin(beginners, at)
        known |= begun
    answers: list[SaveAnswer] = []
    changed: dict[int, queries.Draft] = {}
    for save in saves:
        if save.attendee_id in barred:
            answers.append(barred[save.attendee_id])
            continue
        row = known[save.attendee_id]
        try:
            if save.attendee_id not in parts:
                raise DomainError("reflection_quiz")
            if not save.content.parts.keys() <= parts[save.attendee_id]:
                raise DomainError("bad_request")
            answer, after = _judge(save, row, at)
        except DomainError as error:
            answers.append(error)
            continue
        known[save.attendee_id] = after
        if after is not row:
            changed[after.id] = after
        answers.append(answer)
    queries.write_drafts(changed.values())
    return answers


def _judge(save: Save, row: queries.Draft, at: datetime) -> tuple[Saved | Conflict, queries.Draft]:
    """What one save does to the row as it stands: the answer, and the row after it."""
    checked(save.content)
    if row.revision != save.base and (row.saved_by != save.line.page or row.saved_seq >= save.line.seq):
        standing = _content_of(row)
        if standing == save.content or row.saved_by == save.line.page:
            return Saved(row.revision, row.saved_at), row  # the answer was lost, or an older save came late
        return Conflict(row.revision, row.saved_at, standing or EMPTY), row
    draft = save.content.as_json()
    if row.revision and (draft == row.draft or (not row.draft and _content_of(row) == save.content)):
        return Saved(row.revision, row.saved_at), row
    after = queries.Draft(
        row.id, row.attendee_id, draft, row.revision + 1, at, save.line.page, save.line.seq, row.current_version
    )
    return Saved(after.revision, at), after


def _begin(attendee_ids: Collection[int], at: datetime) -> tuple[dict[int, queries.Draft], dict[int, DomainError]]:
    """The first rows of writers who may write, and the reason for each who may not."""
    bars = {id: bar_to_writing(facts, at) for id, facts in queries.facts_of(attendee_ids).items()}
    queries.begin_drafts([id for id, bar in bars.items() if bar is None], at)
    barred = {id: DomainError(f"reflection_{bar.value}") for id, bar in bars.items() if bar is not None}
    return queries.drafts_of(attendee_ids), barred


def _content_of(row: queries.Draft) -> Content | None:
    """The text as it stands; None before the first save."""
    if row.draft:
        return from_json(row.draft)
    data = queries.content_of_version(row.id, row.current_version)
    return from_canonical(data) if data else None


def refuse_if_barred(desk: queries.Desk, at: datetime) -> None:
    """Raises the reason why this person does not write, as a code of its own."""
    bar = bar_to_writing(desk.facts, at)
    if bar is not None:
        raise DomainError(f"reflection_{bar.value}")


@dataclass(frozen=True)
class HandedIn:
    """A submission, and its author with person and conference."""

    submission: Submission
    author: Attendee


def submit(
    *,
    attendee_id: int,
    revision: int,
    by: Actor,
    at: datetime,
    signer: Signer,
    chance: str,
    written_at: datetime | None = None,
) -> HandedIn:
    """Hand in a revision, once: the same revision again, or the same text, gives the receipt that there is.

    Raises ``changed_meanwhile`` when something was saved after that revision; ``reflection_too_late``,
    ``reflection_stays``, ``too_few_words``, ``too_many_words``, ``part_too_short`` or a form that is not taken
    leave the text as a draft.
    Announces ``reflection_submitted``.
    """
    desk = queries.desk_of(attendee_id, locked=True)
    row = desk.reflection
    if row is None:
        raise DomainError("nothing_written")
    if known := queries.submission_of_revision(row, revision):
        return HandedIn(known, desk.attendee)
    if row.revision != revision:
        raise DomainError("changed_meanwhile")
    if desk.task is None:
        raise DomainError("reflection_no_task")
    content = checked(desk.content)
    data = canonical(content, desk.titles, attachments.facts_of_files(desk.files))
    if desk.submission is not None and desk.submission.content == data and row.state is ReflectionState.SUBMITTED:
        return HandedIn(desk.submission, desk.attendee)
    timing = judge_handing_in(desk, content, at)
    submission = hand_in(row, desk, content, data, is_late=timing is Timing.LATE, at=at, signer=signer, chance=chance)
    if written_at is not None and written_at < at:
        submission.written_at = written_at
    row.draft = ""
    announce_submission(submission, desk, action="reflection.submit", by=by, at=at)
    return HandedIn(submission, desk.attendee)


def announce_submission(submission: Submission, desk: queries.Desk, *, action: str, by: Actor, at: datetime) -> None:
    """Put a submission with its files into the database, the journal, and the ears of others."""
    db.session.add(submission)
    db.session.flush()
    if desk.files:
        db.session.add_all(
            SubmissionFile(submission_id=submission.id, position=place, file_id=file.id)
            for place, file in enumerate(desk.files, 1)
        )
        db.session.flush()
    record(
        by=by,
        at=at,
        action=action,
        subject=("reflection", submission.reflection_id),
        before={"version": submission.version - 1},
        after={"version": submission.version, "sha256": submission.sha256, "late": submission.is_late},
    )
    reflection_submitted.announce(submission_id=submission.id, conference_id=desk.attendee.conference_id)


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
    kinds = [file.kind for file in desk.files]
    if fault := desk.task.forms.fault_of(kinds, has_text=not content.is_blank):
        raise DomainError(fault)
    words = words_of(content, desk.files)
    if words > desk.task.max_words:
        raise DomainError("too_many_words", words=words, most=desk.task.max_words)
    if any(file.pages for file in desk.files):
        return timing  # nobody counts the words of a picture
    if words < desk.task.min_words:
        raise DomainError("too_few_words", words=words, least=desk.task.min_words)
    for part in desk.task.parts:
        if not kinds and content.words_of(part.id) < part.min_words:
            raise DomainError("part_too_short", title=part.title, least=part.min_words)
    return timing


def words_of(content: Content, files: Sequence[PaperFile]) -> int:
    """Of what was typed, and of what was read in documents."""
    return content.words + sum(file.words for file in files)


def hand_in(
    row: Reflection,
    desk: queries.Desk,
    content: Content,
    data: bytes,
    *,
    is_late: bool,
    at: datetime,
    signer: Signer,
    chance: str,
) -> Submission:
    """The next version with its receipt, and the paper's row as it stands with it."""
    version = row.current_version + 1
    receipt = Receipt(
        number=receipt_number(
            conference=desk.attendee.conference_id, attendee=desk.attendee.number, version=version, chance=chance
        ),
        conference=desk.attendee.conference.code,
        version=version,
        sha256=sha256_of(data),
        words=words_of(content, desk.files),
        received_at=at,
        is_late=is_late,
    )
    row.state = ReflectionState.SUBMITTED
    row.current_version = version
    row.submitted_revision = row.revision
    row.submitted_at = at
    row.is_late = is_late
    row.words = receipt.words
    row.commitments = sum(not one.is_blank for one in content.commitments)
    return Submission(
        reflection_id=row.id,
        version=version,
        revision=row.revision,
        content=data,
        sha256=receipt.sha256,
        words=receipt.words,
        commitments=row.commitments,
        received_at=at,
        is_late=is_late,
        receipt_number=receipt.number,
        signature=signer.sign(receipt),
    )
