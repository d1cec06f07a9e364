"""How two plans differ, and whom each difference concerns. Decided without a database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
    SESSION_WAVE = "session_wave"  # it is another wave's, or everybody's, or no longer everybody's
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
    WAVE_CHANGED = "wave_changed"
    SEATS_CHANGED = "seats_changed"
    PEOPLE_ADDED = "people_added"
    PEOPLE_WITHDRAWN = "people_withdrawn"


OF_EVERYBODY = frozenset(
    {
        ChangeKind.TITLE,
        ChangeKind.SESSION_ADDED,
        ChangeKind.SESSION_REMOVED,
        ChangeKind.SESSION_MOVED,
        ChangeKind.SESSION_WAVE,
        ChangeKind.TOPIC_ADDED,
        ChangeKind.TOPIC_REMOVED,
        ChangeKind.TOPIC_MOVED,
        ChangeKind.TOPIC_RENAMED,
        ChangeKind.PRESENTER_REPLACED,
    }
)
"""They concern whoever was called before and is called now, as far as the study session was or is theirs."""

OF_A_PLACE = frozenset({ChangeKind.PLACE_CHANGED, ChangeKind.HALL_CHANGED, ChangeKind.HOST_CHANGED})
"""They concern whoever sat there before and sits there now; who comes from elsewhere has moved."""


EVERY_WAVE: frozenset[int | None] = frozenset({None})


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
    wave_id: int | None = None


@dataclass(frozen=True)
class Group:
    """So many people who sat at one site (None: were not called) and sit at another, or the same."""

    was_at: int | None
    is_at: int | None
    is_reseated: bool  # at the same site on another seat
    count: int
    was_in: int | None = None  # which wave
    is_in: int | None = None


@dataclass(frozen=True)
class Change:
    """One difference. ``subject`` is the session, topic, site or wave; ``target`` the site or wave people move to."""

    kind: ChangeKind
    subject: int = 0
    target: int = 0
    before: Any = None
    after: Any = None
    count: int = 0  # of the people whom it concerns
    waves: frozenset[int | None] = EVERY_WAVE  # whose programme it is about

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
    staying: Counter[tuple[int | None, int | None]] = Counter()
    at_site: Counter[int] = Counter()
    for group in groups:
        if group.was_at is not None and group.is_at is not None:
            staying[group.was_in, group.is_in] += group.count
        if group.was_at is not None and group.was_at == group.is_at:
            at_site[group.was_at] += group.count

    def count(one: Change) -> int:
        if one.kind in OF_EVERYBODY:
            return sum(people for waves, people in staying.items() if is_about(one, *waves))
        return at_site[one.subject] if one.kind in OF_A_PLACE else 0

    titles = {half.wave.id: half.wave.title for plan in (before, after) for half in plan.study_sessions if half.wave}
    return [replace(one, count=count(one)) for one in found] + _of_people(groups, titles)


def is_about(change: Change, was_in: int | None, is_in: int | None) -> bool:
    """Whether a difference of the programme is about somebody of these waves."""
    return None in change.waves or bool(change.waves & {was_in, is_in})


def _of_title(before: Plan, after: Plan) -> list[Change]:
    return [Change(ChangeKind.TITLE, 0, 0, before.title, after.title)] if before.title != after.title else []


def _of_sessions(before: Sequence[GivenSession], after: Sequence[GivenSession]) -> list[Change]:
    """Topics of a session that came or went are part of that difference and not named again."""
    old, new = {one.id: one for one in before}, {one.id: one for one in after}
    found = [
        Change(ChangeKind.SESSION_REMOVED, one.id, 0, one, None, waves=_waves(one))
        for one in before
        if one.id not in new
    ]
    for one in after:
        former = old.get(one.id)
        if former is None:
            found.append(Change(ChangeKind.SESSION_ADDED, one.id, 0, None, one, waves=_waves(one)))
            continue
        if former.wave_id != one.wave_id:
            found.append(Change(ChangeKind.SESSION_WAVE, one.id, 0, former, one, waves=_waves(former, one)))
        if _hours(former) != _hours(one):
            found.append(Change(ChangeKind.SESSION_MOVED, one.id, 0, former, one, waves=_waves(former, one)))
    return found + _of_topics(_topics(before), _topics(after), old, new)


def _waves(*halves: GivenSession) -> frozenset[int | None]:
    return frozenset(one.wave_id for one in halves)


def _hours(one: GivenSession) -> tuple[object, ...]:
    return one.held_on, one.part, one.doors_open_at, one.starts_at, one.ends_at


Placed = Mapping[int, tuple[int, GivenTopic]]


def _topics(sessions: Iterable[GivenSession]) -> Placed:
    return {topic.id: (one.id, topic) for one in sessions for topic in one.topics}


def _of_topics(
    before: Placed, after: Placed, old: Mapping[int, GivenSession], new: Mapping[int, GivenSession]
) -> list[Change]:
    standing = old.keys() & new.keys()
    found = [
        Change(ChangeKind.TOPIC_REMOVED, id, 0, topic, None, waves=_waves(old[session]))
        for id, (session, topic) in before.items()
        if id not in after and session in standing
    ]
    for id, (session, topic) in after.items():
        if id not in before:
            if session in standing:
                found.append(Change(ChangeKind.TOPIC_ADDED, id, 0, None, topic, waves=_waves(new[session])))
            continue
        former_session, former = before[id]
        waves = _waves(old[former_session], new[session])
        if (former_session, former.starts_at, former.ends_at) != (session, topic.starts_at, topic.ends_at):
            found.append(Change(ChangeKind.TOPIC_MOVED, id, 0, former, topic, waves=waves))
        if former.title != topic.title:
            found.append(Change(ChangeKind.TOPIC_RENAMED, id, 0, former, topic, waves=waves))
        if former.presenter != topic.presenter:
            found.append(Change(ChangeKind.PRESENTER_REPLACED, id, 0, former, topic, waves=waves))
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


def _of_people(groups: Sequence[Group], titles: Mapping[int, str]) -> list[Change]:
    counts: dict[tuple[ChangeKind, int, int], int] = {}
    for group in groups:
        for kind in _kinds_of(group):
            subject = target = 0
            if kind is ChangeKind.PEOPLE_MOVED:
                subject, target = group.was_at or 0, group.is_at or 0
            elif kind is ChangeKind.WAVE_CHANGED:
                subject, target = group.was_in or 0, group.is_in or 0
            elif kind is ChangeKind.SEATS_CHANGED:
                subject = group.is_at or 0
            counts[kind, subject, target] = counts.get((kind, subject, target), 0) + group.count
    order = list(ChangeKind)
    ordered = sorted(counts.items(), key=lambda entry: (order.index(entry[0][0]), -entry[1], entry[0][1:]))
    return [
        Change(kind, subject, target, titles.get(subject), titles.get(target), count)
        if kind is ChangeKind.WAVE_CHANGED
        else Change(kind, subject, target, count=count)
        for (kind, subject, target), count in ordered
    ]


def _kinds_of(group: Group) -> list[ChangeKind]:
    """Another site and another wave are two differences; on another seat sits only who comes to the same place."""
    if group.was_at is None:
        return [] if group.is_at is None else [ChangeKind.PEOPLE_ADDED]
    if group.is_at is None:
        return [ChangeKind.PEOPLE_WITHDRAWN]
    found = [ChangeKind.PEOPLE_MOVED] if group.was_at != group.is_at else []
    if group.was_in != group.is_in:
        found.append(ChangeKind.WAVE_CHANGED)
    return found or ([ChangeKind.SEATS_CHANGED] if group.is_reseated else [])


def concerns(change: Change, before: Seat | None, after: Seat | None) -> bool:
    """Whether somebody who sat here and sits there is told something else because of this difference."""
    if change.kind is ChangeKind.PEOPLE_ADDED:
        return before is None and after is not None
    if change.kind is ChangeKind.PEOPLE_WITHDRAWN:
        return before is not None and after is None
    if before is None or after is None:
        return False
    if change.kind in OF_EVERYBODY:
        return is_about(change, before.wave_id, after.wave_id)
    if change.kind is ChangeKind.PEOPLE_MOVED:
        return (before.site_id, after.site_id) == (change.subject, change.target)
    if change.kind is ChangeKind.WAVE_CHANGED:
        return (before.wave_id or 0, after.wave_id or 0) == (change.subject, change.target)
    if before.site_id != after.site_id or after.site_id != change.subject:
        return False
    is_reseated = before.seat != after.seat and before.wave_id == after.wave_id
    return change.kind in OF_A_PLACE or (change.kind is ChangeKind.SEATS_CHANGED and is_reseated)


def how_many_concerned(changes: Sequence[Change], groups: Sequence[Group]) -> int:
    """People whom at least one difference concerns, each counted once."""
    return sum(group.count for group in groups if any(concerns(change, *_seats(group)) for change in changes))


def _seats(group: Group) -> tuple[Seat | None, Seat | None]:
    before = None if group.was_at is None else Seat(group.was_at, None, group.was_in)
    after = None if group.is_at is None else Seat(group.is_at, "another" if group.is_reseated else None, group.is_in)
    return before, after
