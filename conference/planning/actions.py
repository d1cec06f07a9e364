"""Making a conference: its facts, its programme, and the step from draft to published.

Every change raises the conference's version and names the one it was made on, so that two people who edit at once
notice each other: the second gets ``changed_meanwhile``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from conference.foundation.actor import Actor
from conference.foundation.db import changed_rows, db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.foundation.signals import Signal
from conference.foundation.text import clean, fold
from conference.planning.agenda import Slot, in_order
from conference.planning.drafts import ConferenceFacts, StudySessionFacts, TopicFacts
from conference.planning.kinds import USUAL
from conference.planning.models import Conference, ConferenceState, Presenter, Resolution, StudySession, Topic, Wave
from conference.planning.modules import Held, Module
from conference.planning.queries import waves_of
from conference.planning.rules import doors_open, put_at

conference_published = Signal("conference_published")
programme_changed = Signal("programme_changed")
"""Hours, places or topics of a published conference are no longer what its people were told."""

JOURNALLED = (
    "kind",
    "mode",
    "host_unit_id",
    "resolution_id",
    "starts_on",
    "ends_on",
    "plan_on",
    "opens_before_minutes",
    "late_after_minutes",
    "target_rate",
    "self_check_in",
    "headcount_tolerance",
    "substitutes_need_approval",
    "modules_off",
)


def create_conference(*, code: str, facts: ConferenceFacts, by: Actor, at: datetime) -> Conference:
    """Make a draft. Raises ``code_taken``."""
    conference = Conference(code=code, state=ConferenceState.DRAFT, version=1)
    _write(conference, facts)
    _use(conference, USUAL[facts.kind] if facts.modules is None else facts.modules)
    try:
        with db.session.begin_nested():
            db.session.add(conference)
            db.session.flush()
    except IntegrityError as error:
        raise DomainError("code_taken", taken=code) from error
    record(
        by=by,
        at=at,
        action="conference.create",
        subject=("conference", conference.id),
        after=_journalled(conference),
    )
    return conference


def change_conference(
    *,
    conference: Conference,
    version: int,
    facts: ConferenceFacts,
    held: Sequence[Held] = (),
    knowingly: bool = False,
    by: Actor,
    at: datetime,
) -> None:
    """Write new facts. Doors follow the rule and the hours.

    ``held`` is what the modules hold that would be switched off: nothing goes out of sight by accident, and what was
    counted, written or marked never does. Raises ``modules_in_use`` and ``changed_meanwhile``.
    """
    _next_version(conference, version)
    if any(one.keeps_on or not knowingly for one in held):
        raise DomainError("modules_in_use")
    before = _journalled(conference)
    _write(conference, facts)
    if facts.modules is not None:
        _use(conference, facts.modules)
    db.session.flush()
    for study_session in db.session.scalars(
        select(StudySession).where(StudySession.conference_id == conference.id, StudySession.closed_at.is_(None))
    ):
        study_session.doors_open_at = doors_open(study_session.starts_at, conference.opens_before_minutes)
    record(
        by=by,
        at=at,
        action="conference.change",
        subject=("conference", conference.id),
        before=before,
        after=_journalled(conference),
    )
    _tell(conference)


def _write(conference: Conference, facts: ConferenceFacts) -> None:
    conference.title = facts.title
    conference.kind = facts.kind
    conference.mode = facts.mode
    conference.host_unit_id = facts.host_unit_id
    conference.starts_on = facts.starts_on
    conference.ends_on = facts.ends_on
    conference.plan_number = facts.plan_number
    conference.plan_on = facts.plan_on
    conference.opens_before_minutes = facts.opens_before_minutes
    conference.late_after_minutes = facts.late_after_minutes
    conference.target_rate = facts.target_rate
    conference.self_check_in = facts.self_check_in
    conference.headcount_tolerance = facts.headcount_tolerance
    conference.substitutes_need_approval = facts.substitutes_need_approval
    conference.resolution_id = _resolution(facts)


def _use(conference: Conference, modules: frozenset[Module]) -> None:
    conference.modules_off = [module.value for module in Module if module not in modules]


def _resolution(facts: ConferenceFacts) -> int | None:
    """The resolution that is studied; one row for all conferences that study it."""
    if not facts.resolution_title:
        return None
    known = db.session.scalars(
        select(Resolution).where(
            Resolution.title == facts.resolution_title,
            Resolution.number == facts.resolution_number,
            Resolution.adopted_on.is_not_distinct_from(facts.resolution_on),
        )
    ).first()
    if known is None:
        known = Resolution(number=facts.resolution_number, title=facts.resolution_title, adopted_on=facts.resolution_on)
        db.session.add(known)
        db.session.flush()
    return known.id


def _journalled(conference: Conference) -> dict[str, Any]:
    """Numbers, days and kinds only: the journal holds no texts."""
    values = {name: getattr(conference, name) for name in JOURNALLED}
    return {name: value if value is None or isinstance(value, int) else str(value) for name, value in values.items()}


def _next_version(conference: Conference, version: int) -> None:
    """Settle who comes first by an update that carries its condition. Raises ``changed_meanwhile``."""
    changed = changed_rows(
        update(Conference)
        .where(Conference.id == conference.id, Conference.version == version)
        .values(version=version + 1)
        .execution_options(synchronize_session=False)
    )
    if not changed:
        raise DomainError("changed_meanwhile")
    db.session.refresh(conference, ["version"])


def _tell(conference: Conference) -> None:
    if conference.state is ConferenceState.PUBLISHED:
        programme_changed.announce(conference_id=conference.id)


def add_study_session(
    *, conference: Conference, version: int, facts: StudySessionFacts, by: Actor, at: datetime
) -> StudySession:
    """Add a half day. Raises ``part_taken`` and ``changed_meanwhile``."""
    _next_version(conference, version)
    _require_free_part(conference, facts, besides=None)
    study_session = StudySession(conference_id=conference.id)
    _place(study_session, conference, facts)
    db.session.add(study_session)
    db.session.flush()
    record(
        by=by,
        at=at,
        action="study_session.add",
        subject=("study_session", study_session.id),
        after=_hours(study_session),
    )
    _tell(conference)
    return study_session


def change_study_session(
    *,
    conference: Conference,
    version: int,
    study_session: StudySession,
    facts: StudySessionFacts,
    by: Actor,
    at: datetime,
) -> None:
    """Move a half day, or give it to another wave, which it can be until its doors have opened.

    Raises ``part_taken``, ``study_session_closed``, ``study_session_begun`` and ``changed_meanwhile``.
    """
    _next_version(conference, version)
    if study_session.closed_at is not None:
        raise DomainError("study_session_closed")
    if facts.wave_id != study_session.wave_id and at >= study_session.doors_open_at:
        raise DomainError("study_session_begun")
    _require_free_part(conference, facts, besides=study_session.id)
    before = _hours(study_session)
    _place(study_session, conference, facts)
    db.session.flush()
    record(
        by=by,
        at=at,
        action="study_session.change",
        subject=("study_session", study_session.id),
        before=before,
        after=_hours(study_session),
    )
    _tell(conference)


def remove_study_session(
    *, conference: Conference, version: int, study_session: StudySession, by: Actor, at: datetime
) -> None:
    """Take a half day with its topics out of the working plan; people are told by the next release.

    Raises ``study_session_in_use`` once somebody was counted there, asked leave of it or put a question to it, and
    ``changed_meanwhile``.
    """
    _next_version(conference, version)
    id, before = study_session.id, _hours(study_session)
    try:
        for topic in db.session.scalars(select(Topic).where(Topic.study_session_id == id)):
            db.session.delete(topic)
        db.session.delete(study_session)
        db.session.flush()
    except IntegrityError as error:
        raise DomainError("study_session_in_use") from error
    record(by=by, at=at, action="study_session.remove", subject=("study_session", id), before=before)
    _tell(conference)


def _require_free_part(conference: Conference, facts: StudySessionFacts, *, besides: int | None) -> None:
    taken = db.session.scalar(
        select(StudySession.id).where(
            StudySession.conference_id == conference.id,
            StudySession.held_on == facts.held_on,
            StudySession.part == facts.part,
        )
    )
    if taken is not None and taken != besides:
        raise DomainError("part_taken")


def _place(study_session: StudySession, conference: Conference, facts: StudySessionFacts) -> None:
    study_session.held_on = facts.held_on
    study_session.part = facts.part
    study_session.starts_at = facts.starts_at
    study_session.ends_at = facts.ends_at
    study_session.wave_id = facts.wave_id
    study_session.doors_open_at = doors_open(facts.starts_at, conference.opens_before_minutes)


def _hours(row: StudySession | Topic) -> dict[str, Any]:
    hours = {"starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat()}
    return {**hours, "wave": row.wave_id} if isinstance(row, StudySession) else hours


# ---- waves


def add_wave(*, conference: Conference, version: int, title: str, by: Actor, at: datetime) -> Wave:
    """One more wave, after the others; nobody is in it yet. Raises ``wave_title_taken`` and ``changed_meanwhile``."""
    _next_version(conference, version)
    last = db.session.scalar(select(func.max(Wave.position)).where(Wave.conference_id == conference.id))
    wave = Wave(conference_id=conference.id, position=(last or 0) + 1, title=title)
    _keep_wave(wave)
    record(by=by, at=at, action="wave.add", subject=("wave", wave.id), after={"position": wave.position})
    _tell(conference)
    return wave


def rename_wave(*, conference: Conference, version: int, wave: Wave, title: str, by: Actor, at: datetime) -> None:
    """Raises ``wave_title_taken`` and ``changed_meanwhile``."""
    _next_version(conference, version)
    wave.title = title
    _keep_wave(wave)
    record(by=by, at=at, action="wave.rename", subject=("wave", wave.id))
    _tell(conference)


def put_wave(*, conference: Conference, version: int, wave: Wave, place: int, by: Actor, at: datetime) -> None:
    """Put a wave at another place in their order; the others close up and make room.

    It is the order of pages and lists alone: nobody comes on another day. Raises ``changed_meanwhile``.
    """
    _next_version(conference, version)
    waves = {one.id: one for one in waves_of(conference.id)}
    before = list(waves)
    after = put_at(before, wave.id, place)
    # First out of each other's way: no two ever have the same place.
    for sign in (-1, 1):
        for number, id in enumerate(after, start=1):
            waves[id].position = sign * number
        db.session.flush()
    record(
        by=by,
        at=at,
        action="wave.put",
        subject=("wave", wave.id),
        before={"order": before},
        after={"order": after},
    )


def _keep_wave(wave: Wave) -> None:
    """Raises ``wave_title_taken``; whole transactions that meet it are rolled back."""
    db.session.add(wave)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise DomainError("wave_title_taken") from error


def remove_wave(*, conference: Conference, version: int, wave: Wave, by: Actor, at: datetime) -> None:
    """Raises ``wave_in_use`` while study sessions or people are in it, or a release has told somebody of it, and
    ``changed_meanwhile``."""
    _next_version(conference, version)
    id = wave.id
    try:
        db.session.delete(wave)
        db.session.flush()
    except IntegrityError as error:
        raise DomainError("wave_in_use") from error
    record(by=by, at=at, action="wave.remove", subject=("wave", id))
    _tell(conference)


def add_topic(*, conference: Conference, version: int, facts: TopicFacts, by: Actor, at: datetime) -> Topic:
    """Add an item to a study session of this conference. Raises ``changed_meanwhile``."""
    _next_version(conference, version)
    last = db.session.scalar(select(func.max(Topic.position)).where(Topic.study_session_id == facts.study_session_id))
    topic = Topic(position=(last or 0) + 1)
    _fill(topic, facts)
    db.session.add(topic)
    db.session.flush()
    record(by=by, at=at, action="topic.add", subject=("topic", topic.id), after=_hours(topic))
    _tell(conference)
    return topic


def change_topic(
    *, conference: Conference, version: int, topic: Topic, facts: TopicFacts, by: Actor, at: datetime
) -> None:
    """Raises ``changed_meanwhile``."""
    _next_version(conference, version)
    before = {**_hours(topic), "presenter_id": topic.presenter_id}
    _fill(topic, facts)
    db.session.flush()
    record(
        by=by,
        at=at,
        action="topic.change",
        subject=("topic", topic.id),
        before=before,
        after={**_hours(topic), "presenter_id": topic.presenter_id},
    )
    _tell(conference)


def remove_topic(*, conference: Conference, version: int, topic: Topic, by: Actor, at: datetime) -> None:
    """Raises ``changed_meanwhile``."""
    _next_version(conference, version)
    record(by=by, at=at, action="topic.remove", subject=("topic", topic.id), before=_hours(topic))
    db.session.delete(topic)
    db.session.flush()
    _tell(conference)


def rearrange(
    *, conference: Conference, version: int, study_session: StudySession, slots: Sequence[Slot], by: Actor, at: datetime
) -> int:
    """Give the items of a half day new times, all at once; returns how many moved.

    Raises ``study_session_closed``, ``item_leaves_day`` and ``changed_meanwhile``.
    """
    _next_version(conference, version)
    if study_session.closed_at is not None:
        raise DomainError("study_session_closed")
    zone = ZoneInfo(conference.timezone)
    for slot in slots:
        last_moment = slot.ends_at - timedelta(seconds=1)
        if {moment.astimezone(zone).date() for moment in (slot.starts_at, last_moment)} != {study_session.held_on}:
            raise DomainError("item_leaves_day")
    topics = {
        topic.id: topic for topic in db.session.scalars(select(Topic).where(Topic.study_session_id == study_session.id))
    }
    moved: dict[str, Any] = {}
    former: dict[str, Any] = {}
    for position, slot in enumerate(in_order(slots), start=1):
        topic = topics[slot.id]
        topic.position = position
        if (topic.starts_at, topic.ends_at) != (slot.starts_at, slot.ends_at):
            former[str(slot.id)] = _hours(topic)
            topic.starts_at, topic.ends_at = slot.starts_at, slot.ends_at
            moved[str(slot.id)] = _hours(topic)
    db.session.flush()
    record(
        by=by,
        at=at,
        action="programme.rearrange",
        subject=("study_session", study_session.id),
        before=former,
        after=moved,
    )
    _tell(conference)
    return len(moved)


def _fill(topic: Topic, facts: TopicFacts) -> None:
    topic.study_session_id = facts.study_session_id
    topic.kind = facts.kind
    topic.title = facts.title
    topic.starts_at = facts.starts_at
    topic.ends_at = facts.ends_at
    topic.presenter_id = _presenter(facts.presenter, facts.presenter_position)


def _presenter(name: str, position: str) -> int | None:
    """The presenter of this name, known from any conference or new. A position that is given replaces the old one."""
    if not name:
        return None
    folded = fold(name)
    presenter = db.session.scalars(select(Presenter).where(Presenter.name_folded == folded)).first()
    if presenter is None:
        presenter = Presenter(name=clean(name), name_folded=folded, position=position)
        db.session.add(presenter)
    elif position:
        presenter.position = position
    db.session.flush()
    return presenter.id


def publish(*, conference: Conference, version: int, blocking: int, by: Actor, at: datetime) -> None:
    """Open the conference to hosts and unit officers. Nothing is sent by this step.

    ``blocking`` is how many faults of the plan must be mended first. Raises ``plan_has_faults``,
    ``published_already`` and ``changed_meanwhile``. Announces ``conference_published``.
    """
    _next_version(conference, version)
    if conference.state is not ConferenceState.DRAFT:
        raise DomainError("published_already")
    if blocking:
        raise DomainError("plan_has_faults", count=blocking)
    conference.state = ConferenceState.PUBLISHED
    conference.published_at = at
    db.session.flush()
    record(
        by=by,
        at=at,
        action="conference.publish",
        subject=("conference", conference.id),
        before={"state": ConferenceState.DRAFT},
        after={"state": ConferenceState.PUBLISHED, "version": conference.version},
    )
    conference_published.announce(conference_id=conference.id)
