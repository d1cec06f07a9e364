"""Whose paper is whose: the only ways from a person or a number to a text."""

from __future__ import annotations

from collections.abc import Sequence

from conference.foundation.actor import Actor, ActorKind, Role, ScopeKind
from conference.foundation.errors import DomainError
from conference.planning.models import Conference
from conference.reflections import attachments, queries
from conference.reflections.models import PaperFile, ReflectionTask, Submission


def desk_for(actor: Actor) -> queries.Desk:
    """The writing desk of the attendee themself. Raises ``not_found`` for anybody else."""
    if actor.kind is not ActorKind.ATTENDEE or actor.id is None:
        raise DomainError("not_found")
    return queries.desk_of(actor.id)


def own_submission(desk: queries.Desk, version: int | None = None) -> Submission:
    """One's own version, the one that counts when none is named. Raises ``not_found``."""
    if desk.reflection is None or desk.submission is None:
        raise DomainError("not_found")
    if version is None or version == desk.submission.version:
        return desk.submission
    found = next((one for one in queries.submissions_of(desk.reflection.id) if one.version == version), None)
    if found is None:
        raise DomainError("not_found")
    return found


def own_file(desk: queries.Desk, file_id: int) -> PaperFile:
    """A file of one's own paper, of the draft or of any version. Raises ``not_found``."""
    file = attachments.file_of(desk.reflection.id, file_id) if desk.reflection else None
    if file is None:
        raise DomainError("not_found")
    return file


def file_at(files: Sequence[PaperFile], place: int) -> PaperFile:
    """The file in this place, counted from 1. Raises ``not_found``."""
    if not 1 <= place <= len(files):
        raise DomainError("not_found")
    return files[place - 1]


def page_at(file: PaperFile, place: int) -> str:
    """What the picture of a page is kept as. Raises ``not_found``."""
    if not 1 <= place <= len(file.pages):
        raise DomainError("not_found")
    return file.pages[place - 1]


def paper_for_manager(actor: Actor, conference: Conference, submission_id: int) -> Submission:
    """A paper with its author, for the managing level alone. Raises ``not_found``."""
    submission = queries.submission_with_author(submission_id)
    if (
        submission is None
        or submission.reflection.attendee.conference_id != conference.id
        or not actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id)
    ):
        raise DomainError("not_found")
    return submission


def task_to_change(conference: Conference) -> ReflectionTask:
    """The conference's task; who may change the conference was asked when it was entered. Raises ``not_found``."""
    task = queries.task_of(conference.id)
    if task is None:
        raise DomainError("not_found")
    return task
