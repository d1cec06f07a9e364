"""What writers do with files: attach, take off, put in order. Handing in is one and the same for all forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from conference.foundation.db import db
from conference.foundation.documents import DocumentKind
from conference.foundation.errors import DomainError
from conference.reflections import queries
from conference.reflections.actions import refuse_if_barred
from conference.reflections.models import PaperFile, Reflection, SubmissionFile
from conference.reflections.rules import Timing


@dataclass(frozen=True)
class Kept:
    """A file that stands on the disk already, and what was read of it."""

    name: str
    kind: DocumentKind
    stored_as: str
    pages: tuple[str, ...]
    size: int
    sha256: str
    text: str
    words: int

    @property
    def names(self) -> set[str]:
        """All that is kept for it."""
        return {self.stored_as, *self.pages}


def attach(*, attendee_id: int, kept: Kept, at: datetime) -> PaperFile | None:
    """Add a file at the end of the draft. The same file once more adds nothing and gives None: an answer was lost.

    Raises why this person does not write, or why a file of this kind is not taken now.
    """
    desk, row = _draft_for(attendee_id, at)
    assert desk.task is not None
    files = _lay_open(desk, row, at)
    if any(one.sha256 == kept.sha256 for one in files):
        return None
    if fault := desk.task.forms.fault_of([*(one.kind for one in files), kept.kind], has_text=False):
        raise DomainError(fault)
    file = file_from(kept, position=len(files) + 1, at=at)
    file.reflection_id = row.id
    db.session.add(file)
    db.session.flush()
    return file


def file_from(kept: Kept, *, position: int, at: datetime) -> PaperFile:
    """A row that belongs to no paper yet."""
    return PaperFile(
        position=position,
        name=kept.name,
        kind=kept.kind,
        stored_as=kept.stored_as,
        pages=list(kept.pages),
        size=kept.size,
        sha256=kept.sha256,
        text=kept.text,
        words=kept.words,
        added_at=at,
    )


def take_off(*, attendee_id: int, file_id: int, at: datetime) -> set[str]:
    """Take a file off the draft; what no submission holds is forgotten. Repeatable.

    Gives the names of what nobody needs on the disk any more, to be dropped after the commit.
    """
    desk, row = _draft_for(attendee_id, at)
    file = next((one for one in desk.files if one.id == file_id), None)
    if file is None:
        return set()
    files = [one for one in _lay_open(desk, row, at) if one.id != file_id]
    _lay_out(row, files)
    if db.session.scalars(select(SubmissionFile.file_id).where(SubmissionFile.file_id == file_id)).first():
        return set()
    names = {file.stored_as, *file.pages}
    db.session.execute(delete(PaperFile).where(PaperFile.id == file_id))
    return names


def move(*, attendee_id: int, file_id: int, by: int, at: datetime) -> None:
    """Put a file so many places further; at either end it stays there."""
    desk, row = _draft_for(attendee_id, at)
    files = _lay_open(desk, row, at)
    place = next((place for place, one in enumerate(files) if one.id == file_id), None)
    if place is None:
        raise DomainError("not_found")
    file = files.pop(place)
    files.insert(max(0, place + by), file)
    _lay_out(row, files)


def _draft_for(attendee_id: int, at: datetime) -> tuple[queries.Desk, Reflection]:
    """The paper of somebody who may still change it, kept from others until the transaction ends."""
    desk = queries.desk_of(attendee_id, locked=True)
    refuse_if_barred(desk, at)
    assert desk.window is not None
    timing = desk.window.judge(at)
    if timing is Timing.CLOSED:
        raise DomainError("reflection_too_late")
    if timing is Timing.LATE and desk.is_handed_in:
        raise DomainError("reflection_stays")
    row = desk.reflection
    if row is None:
        queries.begin_drafts([attendee_id], at)
        row = queries.reflection_of(attendee_id, locked=True)
        assert row is not None
    return desk, row


def _lay_open(desk: queries.Desk, row: Reflection, at: datetime) -> list[PaperFile]:
    """Make the paper a draft again, with the files of the last submission, and raise its revision.

    The line of the page that saved last goes on: files are not its text, and no conflict with it.
    """
    files = list(desk.files)
    if not row.draft:
        row.draft = desk.content.as_json()
        _lay_out(row, files)
    row.revision += 1
    row.saved_at = at
    return files


def _lay_out(row: Reflection, files: Sequence[PaperFile]) -> None:
    db.session.execute(update(PaperFile).where(PaperFile.reflection_id == row.id).values(position=0))
    for place, file in enumerate(files, 1):
        db.session.execute(update(PaperFile).where(PaperFile.id == file.id).values(position=place))
