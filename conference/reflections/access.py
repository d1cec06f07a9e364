"""Whose paper is whose: the only ways from a person or a number to a text."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from conference.foundation.actor import Actor, ActorKind, Role, ScopeKind
from conference.foundation.errors import DomainError
from conference.planning.models import Conference
from conference.reflections import attachments, make_ups, queries
from conference.reflections.models import MakeUp, PaperFile, ReflectionTask, Submission
from conference.registry.access import attendee_for, reach_of
from conference.registry.models import Attendee
from conference.registry.rules import Reach


def desk_for(actor: Actor) -> queries.Desk:
    """The writing desk of the attendee themself. Raises ``not_found`` for anybody else."""
    if actor.kind is not ActorKind.ATTENDEE or actor.id is None:
        raise DomainError("not_found")
    return queries.desk_of(actor.id)


def author_for(actor: Actor, conference: Conference, number: int) -> Attendee:
    """Somebody for whom this account may hand in: of its own units, or of its own conference. Raises ``not_found``."""
    reach = reach_of(actor, conference)
    check_gathers(reach)
    return attendee_for(reach, conference, number)


def check_gathers(reach: Reach) -> None:
    """Who organizes, or is an officer of units and so responsible for their people. Raises ``not_found``."""
    if not (reach.may_change or reach.sees_contacts):
        raise DomainError("not_found")


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


def enter_to_manage(actor: Actor, conference: Conference) -> Conference:
    """The conference, for those who manage what is written after it. Raises ``forbidden``."""
    if not actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id):
        raise DomainError("forbidden")
    return conference


def make_up_for(actor: Actor, conference: Conference, make_up_id: int) -> MakeUp:
    """A way to make up, for organizers and for the host of its site. Raises ``not_found``."""
    found = make_ups.make_up_of(conference.id, make_up_id)
    if found is not None and actor.holds(Role.ORGANIZER, ScopeKind.CONFERENCE, conference.id):
        return found
    if found is None or found.site_id is None or not actor.holds(Role.SITE_HOST, ScopeKind.SITE, found.site_id):
        raise DomainError("not_found")
    return found


def attendees_to_confirm(ids: Collection[int], *, site_id: int | None) -> Collection[int]:
    """Of these people, those whom a host sees: everybody without a site."""
    return ids if site_id is None else queries.called_to(site_id, ids)


def attendee_who_made_up(conference: Conference, number: int, *, site_id: int | None) -> int:
    """The person of this number, whom a host sees when called to the site. Raises ``not_found``."""
    found = queries.attendee_of(conference.id, number)
    if found is None or not attendees_to_confirm({found}, site_id=site_id):
        raise DomainError("not_found")
    return found


def recording_for(attendee: Attendee, make_up_id: int) -> MakeUp:
    """A recording of a session of one's own conference. Raises ``not_found``."""
    found = make_ups.recording_for(attendee, make_up_id)
    if found is None:
        raise DomainError("not_found")
    return found


def task_to_change(conference: Conference) -> ReflectionTask:
    """The conference's task; who may change the conference was asked when it was entered. Raises ``not_found``."""
    task = queries.task_of(conference.id)
    if task is None:
        raise DomainError("not_found")
    return task
