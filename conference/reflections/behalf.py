"""What an officer does for people of her unit who hand in on paper: she sends it in, and it is marked as hers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.reflections import attachments, queries
from conference.reflections.actions import announce_submission, hand_in, judge_handing_in, refuse_if_barred
from conference.reflections.attaching import Kept, file_from
from conference.reflections.content import Content, FileFact, canonical, checked
from conference.reflections.models import Submission, SubmissionOnBehalf
from conference.reflections.receipts import Signer
from conference.reflections.rules import Timing


def refuse_on_behalf(desk: queries.Desk, at: datetime) -> None:
    """Raises why nobody may hand in for this person now: their own paper is never set aside by another's hand."""
    refuse_if_barred(desk, at)
    assert desk.task is not None
    if not desk.task.forms.on_behalf:
        raise DomainError("on_behalf_not_taken")
    if desk.submission is not None and desk.is_handed_in and not attachments.handed_in_by(desk.submission.id):
        raise DomainError("handed_in_by_author")


def submit_for(
    *,
    attendee_id: int,
    content: Content,
    kept: Sequence[Kept],
    by: Actor,
    at: datetime,
    signer: Signer,
    chance: str,
) -> Submission:
    """Hand in for somebody, by the same rules as they would; the same paper again gives the receipt that there is.

    A draft that the person has begun stays as it is. Raises as ``submit`` does, ``on_behalf_not_taken`` or
    ``handed_in_by_author``. Announces ``reflection_submitted``.
    """
    desk = queries.desk_of(attendee_id, locked=True)
    refuse_on_behalf(desk, at)
    row = desk.reflection
    if row is None:
        queries.begin_drafts([attendee_id], at)
        row = queries.reflection_of(attendee_id, locked=True)
        assert row is not None
    facts = [FileFact(one.kind, one.size, one.sha256) for one in kept]
    data = canonical(checked(content), desk.titles, facts)
    if desk.submission is not None and desk.submission.content == data and desk.is_handed_in:
        return desk.submission
    desk = replace(desk, files=[file_from(one, position=0, at=at) for one in kept])
    timing = judge_handing_in(desk, content, at)
    for file in desk.files:
        file.reflection_id = row.id
    db.session.add_all(desk.files)
    row.revision += 1
    submission = hand_in(row, desk, content, data, is_late=timing is Timing.LATE, at=at, signer=signer, chance=chance)
    row.revision += 1  # a draft that the author has goes on as a revision of its own, and can still be handed in
    announce_submission(submission, desk, action="reflection.submit_for", by=by, at=at)
    db.session.add(SubmissionOnBehalf(submission_id=submission.id, account_id=by.id))
    db.session.flush()
    return submission
