"""A programme as people are told it: plain values, kept as JSON in a release of the plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from conference.planning.models import DayPart, StudySession, TopicKind


@dataclass(frozen=True)
class GivenPresenter:
    id: int
    name: str
    position: str


@dataclass(frozen=True)
class GivenTopic:
    id: int
    kind: TopicKind
    title: str
    starts_at: datetime
    ends_at: datetime
    presenter: GivenPresenter | None


@dataclass(frozen=True)
class GivenWave:
    id: int
    title: str


@dataclass(frozen=True)
class GivenSession:
    """A half day with its topics in the order in which they run; without a wave it is everybody's."""

    id: int
    held_on: date
    part: DayPart
    doors_open_at: datetime
    starts_at: datetime
    ends_at: datetime
    topics: tuple[GivenTopic, ...]
    wave: GivenWave | None = None

    @property
    def wave_id(self) -> int | None:
        return self.wave.id if self.wave else None


def given(programme: Iterable[StudySession]) -> tuple[GivenSession, ...]:
    """A loaded programme as values; waves, topics and presenters must be loaded."""
    return tuple(
        GivenSession(
            row.id,
            row.held_on,
            row.part,
            row.doors_open_at,
            row.starts_at,
            row.ends_at,
            tuple(
                GivenTopic(
                    topic.id,
                    topic.kind,
                    topic.title,
                    topic.starts_at,
                    topic.ends_at,
                    GivenPresenter(topic.presenter.id, topic.presenter.name, topic.presenter.position)
                    if topic.presenter
                    else None,
                )
                for topic in row.topics
            ),
            GivenWave(row.wave.id, row.wave.title) if row.wave else None,
        )
        for row in programme
    )


def as_json(sessions: Sequence[GivenSession]) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "held_on": one.held_on.isoformat(),
            "part": one.part.value,
            "doors_open_at": one.doors_open_at.isoformat(),
            "starts_at": one.starts_at.isoformat(),
            "ends_at": one.ends_at.isoformat(),
            "wave": one.wave and {"id": one.wave.id, "title": one.wave.title},
            "topics": [
                {
                    "id": topic.id,
                    "kind": topic.kind.value,
                    "title": topic.title,
                    "starts_at": topic.starts_at.isoformat(),
                    "ends_at": topic.ends_at.isoformat(),
                    "presenter": topic.presenter
                    and {
                        "id": topic.presenter.id,
                        "name": topic.presenter.name,
                        "position": topic.presenter.position,
                    },
                }
                for topic in one.topics
            ],
        }
        for one in sessions
    ]


def from_json(kept: Iterable[dict[str, Any]]) -> tuple[GivenSession, ...]:
    return tuple(
        GivenSession(
            one["id"],
            date.fromisoformat(one["held_on"]),
            DayPart(one["part"]),
            datetime.fromisoformat(one["doors_open_at"]),
            datetime.fromisoformat(one["starts_at"]),
            datetime.fromisoformat(one["ends_at"]),
            tuple(
                GivenTopic(
                    topic["id"],
                    TopicKind(topic["kind"]),
                    topic["title"],
                    datetime.fromisoformat(topic["starts_at"]),
                    datetime.fromisoformat(topic["ends_at"]),
                    GivenPresenter(**topic["presenter"]) if topic["presenter"] else None,
                )
                for topic in one["topics"]
            ),
            GivenWave(**wave) if (wave := one.get("wave")) else None,  # releases from before waves name none
        )
        for one in kept
    )
