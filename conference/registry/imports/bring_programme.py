"""The programme from a list: study sessions with their times, topics, presenters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from conference.foundation.db import db
from conference.foundation.text import fold
from conference.planning.models import Conference, DayPart, Presenter, StudySession, Topic, TopicKind
from conference.registry.imports.rules import Settled, Value, settle
from conference.registry.lists.programme import Programme, ProgrammeItem

_ATTENDED = (TopicKind.RECEPTION, TopicKind.BREAK)


def bring_programme(
    programme: Programme, conference: Conference, last: dict[int, dict[str, Value]]
) -> tuple[dict[int, Settled], dict[int, dict[str, Value]]]:
    """Add half days and items that are new; change items that weren't edited since. None is taken away."""
    standing = {
        (row.held_on, row.part): row
        for row in db.session.scalars(select(StudySession).where(StudySession.conference_id == conference.id))
    }
    presenters = {row.name_folded: row for row in db.session.scalars(select(Presenter))}
    halves: dict[tuple[date, DayPart], list[ProgrammeItem]] = defaultdict(list)
    for item in programme.items:
        halves[item.held_on or conference.starts_on, DayPart(item.part)].append(item)
    outcomes: dict[int, Settled] = {}
    said: dict[int, dict[str, Value]] = {}
    for (held_on, part), items in halves.items():
        study_session = standing.get((held_on, part)) or _new_session(conference, held_on, part, items)
        topics = {
            topic.starts_at: topic
            for topic in db.session.scalars(select(Topic).where(Topic.study_session_id == study_session.id))
        }
        for position, item in enumerate(items, start=1):
            starts_at = _moment(conference, held_on, item.starts)
            presenter = _presenter(item.presenter, presenters)
            topic = topics.get(starts_at)
            says = _said(item)
            if topic is None:
                topic = Topic(
                    study_session_id=study_session.id,
                    position=position,
                    kind=TopicKind(item.kind),
                    title=item.title,
                    presenter_id=presenter.id if presenter else None,
                    starts_at=starts_at,
                    ends_at=_moment(conference, held_on, item.ends),
                )
                db.session.add(topic)
                db.session.flush()
            else:
                settled = _change(conference, topic, item, presenters, last.get(topic.id))
                if settled.updates or settled.kept:
                    outcomes[topic.id] = settled
            said[topic.id] = says
        ends_at = max(_moment(conference, held_on, item.ends) for item in items)
        study_session.ends_at = max(study_session.ends_at, ends_at)
    db.session.flush()
    return outcomes, said


def _said(item: ProgrammeItem) -> dict[str, Value]:
    return {
        "title": item.title,
        "kind": item.kind,
        "presenter": item.presenter,
        "ends": item.ends.strftime("%H:%M"),
    }


def _change(
    conference: Conference,
    topic: Topic,
    item: ProgrammeItem,
    presenters: dict[str, Presenter],
    last: dict[str, Value] | None,
) -> Settled:
    names = {presenter.id: presenter.name for presenter in presenters.values()}
    current: dict[str, Value] = {
        "title": topic.title,
        "kind": topic.kind.value,
        "presenter": names.get(topic.presenter_id or 0, ""),
        "ends": topic.ends_at.astimezone(ZoneInfo(conference.timezone)).strftime("%H:%M"),
    }
    settled = settle(current, last, _said(item))
    for change in settled.updates:
        if change.field == "title":
            topic.title = item.title
        elif change.field == "kind":
            topic.kind = TopicKind(item.kind)
        elif change.field == "presenter" and (presenter := _presenter(item.presenter, presenters)):
            topic.presenter_id = presenter.id
        elif change.field == "ends":
            day = topic.starts_at.astimezone(ZoneInfo(conference.timezone)).date()
            topic.ends_at = _moment(conference, day, item.ends)
    return settled


def _new_session(conference: Conference, held_on: date, part: DayPart, items: Sequence[ProgrammeItem]) -> StudySession:
    """A half day starts with its first item that isn't reception; its doors open before that."""
    first = next((item for item in items if TopicKind(item.kind) not in _ATTENDED), items[0])
    starts_at = _moment(conference, held_on, first.starts)
    study_session = StudySession(
        conference_id=conference.id,
        held_on=held_on,
        part=part,
        doors_open_at=starts_at - timedelta(minutes=conference.opens_before_minutes),
        starts_at=starts_at,
        ends_at=max(_moment(conference, held_on, item.ends) for item in items),
    )
    db.session.add(study_session)
    db.session.flush()
    return study_session


def _presenter(name: str, presenters: dict[str, Presenter]) -> Presenter | None:
    if not name:
        return None
    key = fold(name)
    if key not in presenters:
        presenters[key] = Presenter(name=name, name_folded=key, position="")
        db.session.add(presenters[key])
        db.session.flush()
    return presenters[key]


def _moment(conference: Conference, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=ZoneInfo(conference.timezone)).astimezone(UTC)
