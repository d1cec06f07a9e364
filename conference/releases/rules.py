"""How two plans differ, and whom each difference concerns. Decided without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from conference.planning.given import GivenSession, GivenTopic
from conference.sites.places import Place


class ChangeKind(StrEnum):
    """What may differ. Each has its sentence in ``words.py``."""

    TITLE = "title"
    SESSION_ADDED = "session_added"
    SESSION_REMOVED = "session_removed"
    SESSION_MOVED = "session_moved"
    TOPIC_ADDED = "topic_added"
    TOPIC_REMOVED = "topic_removed"
    TOPIC_MOVED = "topic_moved"
    TOPIC_RENAMED = "topic_renamed"
    PRESENTER_REPLACED = "presenter_replaced"
    SITE_JOINED = "site_joined"
    SITE_LEFT = "site_left"
    PLACE_CHANGED = "place_changed"  # name, address or province
    HALL_CHANGED = "hall_changed"
    HOST_CHANGED = "host_changed"
    PEOPLE_MOVED = "people_moved"
    SEATS_CHANGED = "seats_changed"
    PEOPLE_ADDED = "people_added"
    PEOPLE_WITHDRAWN = "people_withdrawn"


OF_EVERYBODY = frozenset(
    {
        ChangeKind.TITLE,
        ChangeKind.SESSION_ADDED,
        ChangeKind.SESSION_REMOVED,
        ChangeKind.SESSION_MOVED,
        ChangeKind.TOPIC_ADDED,
        ChangeKind.TOPIC_REMOVED,
        ChangeKind.TOPIC_MOVED,
        ChangeKind.TOPIC_RENAMED,
        ChangeKind.PRESENTER_REPLACED,
    }
)
"""They concern whoever was called before and is called now."""

OF_A_PLACE = frozenset({ChangeKind.PLACE_CHANGED, ChangeKind.HALL_CHANGED, ChangeKind.HOST_CHANGED})
"""They concern whoever sat there before and sits there now; who comes from elsewhere has moved."""


@dataclass(frozen=True)
class Plan:
    """What a release tells, but for who sits where."""

    title: str
    study_sessions: Sequence[GivenSession]
    places: Mapping[int, Place]


@dataclass(frozen=True)
class Seat:
    site_id: int
    seat: str | None = None


@dataclass(frozen=True)
class Group:
    """So many people who sat at one site (None: were not called) and sit at another, or the same."""

    was_at: int | None
    is_at: int | None
    is_reseated: bool  # at the same site on another seat
    count: int


@dataclass(frozen=True)
class Change:
    """One difference. ``subject`` is the session, topic or site; ``target`` the site people move to."""

    kind: ChangeKind
    subject: int = 0
    target: int = 0
    before: Any = None
    after: Any = None
    count: int = 0  # of the people whom it concerns

    @property
    def key(self) -> str:
        return f"{self.kind}.{self.subject}.{self.target}"


def differences(before: Plan, after: Plan, groups: Sequence[Group]) -> list[Change]:
    """Each difference once, with the number of people whom it concerns: programme, then sites, then people."""
    found = [
        *_of_title(before, after),
        *_of_sessions(before.study_sessions, after.study_sessions),
        *_of_places(before.places, after.places),
    ]
    staying = sum(group.count for group in groups if group.was_at is not None and group.is_at is not None)
    at_site: dict[int, int] = {}
    for group in groups:
        if group.was_at is not None and group.was_at == group.is_at:
            at_site[group.was_at] = at_site.get(group.was_at, 0) + group.count
    counted = [
        Change(
            one.kind,
            one.subject,
            one.target,
            one.before,
            one.after,
            staying if one.kind in OF_EVERYBODY else at_site.get(one.subject, 0) if one.kind in OF_A_PLACE else 0,
        )
        for one in found
    ]
    return counted + _of_people(groups)


def _of_title(before: Plan, after: Plan) -> list[Change]:
    return [Change(ChangeKind.TITLE, 0, 0, before.title, after.title)] if before.title != after.title else []


def _of_sessions(before: Sequence[GivenSession], after: Sequence[GivenSession]) -> list[Change]:
    """Topics of a session that came or went are part of that difference and not named again."""
    old, new = {one.id: one for one in before}, {one.id: one for one in after}
    found = [Change(ChangeKind.SESSION_REMOVED, one.id, 0, one, None) for one in before if one.id not in new]
    for one in after:
        former = old.get(one.id)
        if former is None:
            found.append(Change(ChangeKind.SESSION_ADDED, one.id, 0, None, one))
        elif _hours(former) != _hours(one):
            found.append(Change(ChangeKind.SESSION_MOVED, one.id, 0, former, one))
    return found + _of_topics(_topics(before), _topics(after), set(old) & set(new))


def _hours(one: GivenSession) -> tuple[object, ...]:
    return one.held_on, one.part, one.doors_open_at, one.starts_at, one.ends_at


Placed = Mapping[int, tuple[int, GivenTopic]]


def _topics(sessions: Iterable[GivenSession]) -> Placed:
    return {topic.id: (one.id, topic) for one in sessions for topic in one.topics}


def _of_topics(before: Placed, after: Placed, standing: set[int]) -> list[Change]:
    found = [
        Change(ChangeKind.TOPIC_REMOVED, id, 0, topic, None)
        for id, (session, topic) in before.items()
        if id not in after and session in standing
    ]
    for id, (session, topic) in after.items():
        if id not in before:
            if session in standing:
                found.append(Change(ChangeKind.TOPIC_ADDED, id, 0, None, topic))
            continue
        former_session, former = before[id]
        if (former_session, former.starts_at, former.ends_at) != (session, topic.starts_at, topic.ends_at):
            found.append(Change(ChangeKind.TOPIC_MOVED, id, 0, former, topic))
        if former.title != topic.title:
            found.append(Change(ChangeKind.TOPIC_RENAMED, id, 0, former, topic))
        if former.presenter != topic.presenter:
            found.append(Change(ChangeKind.PRESENTER_REPLACED, id, 0, former, topic))
    return found


def _of_places(before: Mapping[int, Place], after: Mapping[int, Place]) -> list[Change]:
    found = [Change(ChangeKind.SITE_LEFT, id, 0, place, None) for id, place in before.items() if id not in after]
    for id, place in after.items():
        former = before.get(id)
        if former is None:
            found.append(Change(ChangeKind.SITE_JOINED, id, 0, None, place))
            continue
        for kind, fields in (
            (ChangeKind.PLACE_CHANGED, ("name", "address", "province")),
            (ChangeKind.HALL_CHANGED, ("hall",)),
            (ChangeKind.HOST_CHANGED, ("host_name", "host_phone")),
        ):
            if any(getattr(former, field) != getattr(place, field) for field in fields):
                found.append(Change(kind, id, 0, former, place))
    return found


def _of_people(groups: Sequence[Group]) -> list[Change]:
    counts: dict[tuple[ChangeKind, int, int], int] = {}
    for group in groups:
        kind = _kind_of(group)
        if kind is None:
            continue
        subject = target = 0
        if kind is ChangeKind.PEOPLE_MOVED:
            subject, target = group.was_at or 0, group.is_at or 0
        elif kind is ChangeKind.SEATS_CHANGED:
            subject = group.is_at or 0
        counts[kind, subject, target] = counts.get((kind, subject, target), 0) + group.count
    order = list(ChangeKind)
    ordered = sorted(counts.items(), key=lambda entry: (order.index(entry[0][0]), -entry[1], entry[0][1:]))
    return [Change(kind, subject, target, count=count) for (kind, subject, target), count in ordered]


def _kind_of(group: Group) -> ChangeKind | None:
    if group.was_at is None:
        return None if group.is_at is None else ChangeKind.PEOPLE_ADDED
    if group.is_at is None:
        return ChangeKind.PEOPLE_WITHDRAWN
    if group.was_at != group.is_at:
        return ChangeKind.PEOPLE_MOVED
    return ChangeKind.SEATS_CHANGED if group.is_reseated else None


def concerns(change: Change, before: Seat | None, after: Seat | None) -> bool:
    """Whether somebody who sat here and sits there is told something else because of this difference."""
    if change.kind is ChangeKind.PEOPLE_ADDED:
        return before is None and after is not None
    if change.kind is ChangeKind.PEOPLE_WITHDRAWN:
        return before is not None and after is None
    if before is None or after is None:
        return False
    if change.kind in OF_EVERYBODY:
        return True
    if change.kind is ChangeKind.PEOPLE_MOVED:
        return (before.site_id, after.site_id) == (change.subject, change.target)
    if before.site_id != after.site_id or after.site_id != change.subject:
        return False
    return change.kind in OF_A_PLACE or (change.kind is ChangeKind.SEATS_CHANGED and before.seat != after.seat)


def how_many_concerned(changes: Sequence[Change], groups: Sequence[Group]) -> int:
    """People whom at least one difference concerns, each counted once."""
    return sum(group.count for group in groups if any(concerns(change, *_seats(group)) for change in changes))


def _seats(group: Group) -> tuple[Seat | None, Seat | None]:
    before = None if group.was_at is None else Seat(group.was_at)
    after = None if group.is_at is None else Seat(group.is_at, "another" if group.is_reseated else None)
    return before, after
