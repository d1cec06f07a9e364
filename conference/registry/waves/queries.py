"""Reading waves: how many people come in each, how their units are spread, and what is missing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select

from conference.directory.models import Unit
from conference.foundation.db import db
from conference.foundation.paging import Ask, Page, page_of
from conference.foundation.text import fold
from conference.planning.models import StudySession, Wave
from conference.planning.queries import study_sessions_of, waves_of
from conference.registry.called import is_summoned
from conference.registry.models import Attendee
from conference.sites.models import ConferenceSite, Hall

NONE, SPLIT = "none", "split"
"""Filters of the list of units: with people in no wave yet, and with people in several."""


@dataclass(frozen=True)
class WaveLine:
    """A wave in figures. ``missing`` are the seats that its people lack, summed over the sites."""

    wave: Wave
    study_sessions: Sequence[StudySession]
    people: int
    missing: int


@dataclass(frozen=True)
class Waves:
    """All waves of a conference, and who is in none. Everybody who is summoned is in one line or ``without``."""

    lines: Sequence[WaveLine]
    without: int
    split: int  # units whose people don't all come in the same
    is_shared: bool  # there are study sessions for everybody

    @property
    def lost(self) -> int:
        """People who would come to no study session at all."""
        return self.without if self.lines and not self.is_shared else 0


def waves_in(conference_id: int) -> Waves:
    """A fixed number of queries, whatever the number of people and sites."""
    waves = waves_of(conference_id)
    if not waves:
        return Waves((), _summoned(conference_id), 0, is_shared=True)
    halves = study_sessions_of([conference_id])[conference_id]
    people = dict(
        db.session.execute(
            select(Attendee.wave_id, func.count())
            .where(Attendee.conference_id == conference_id, is_summoned())
            .group_by(Attendee.wave_id)
        ).all()
    )
    missing = _missing(conference_id)
    lines = [
        WaveLine(
            wave,
            [one for one in halves if one.wave_id == wave.id],
            people.get(wave.id, 0),
            missing.get(wave.id, 0),
        )
        for wave in waves
    ]
    several = (
        select(Attendee.unit_id)
        .where(Attendee.conference_id == conference_id, is_summoned())
        .group_by(Attendee.unit_id)
    )
    split = several.having(_is_split()).subquery()
    return Waves(
        lines,
        people.get(None, 0),
        db.session.scalar(select(func.count()).select_from(split)) or 0,
        is_shared=any(one.wave_id is None for one in halves),
    )


def _summoned(conference_id: int) -> int:
    called = select(func.count()).select_from(Attendee)
    return db.session.scalar(called.where(Attendee.conference_id == conference_id, is_summoned())) or 0


def _missing(conference_id: int) -> dict[int, int]:
    """Wave -> how many of its people are beyond the seats of their sites."""
    called = (
        select(Attendee.wave_id, Attendee.site_id, func.count().label("people"))
        .where(Attendee.conference_id == conference_id, Attendee.withdrawn_at.is_(None), Attendee.wave_id.is_not(None))
        .group_by(Attendee.wave_id, Attendee.site_id)
        .subquery()
    )
    seats = func.coalesce(Hall.capacity, 0)
    rows = db.session.execute(
        select(called.c.wave_id, func.sum(called.c.people - seats))
        .outerjoin(
            ConferenceSite,
            (ConferenceSite.site_id == called.c.site_id) & (ConferenceSite.conference_id == conference_id),
        )
        .outerjoin(Hall, Hall.id == ConferenceSite.hall_id)
        .where(called.c.people > seats)
        .group_by(called.c.wave_id)
    )
    return {wave_id: int(people) for wave_id, people in rows}


def units_page(conference_id: int, waves: Sequence[Wave], ask: Ask) -> Page[Any]:
    """(id, name, people, without, one count for each wave) of units with people. Filters: q, and wave: a wave,
    ``none`` or ``split``."""
    counts = {wave.id: _counted(Attendee.wave_id == wave.id) for wave in waves}
    without = _counted(Attendee.wave_id.is_(None))
    statement = (
        select(
            Unit.id,
            Unit.name,
            func.count().label("people"),
            without.label("without"),
            *(count.label(f"wave_{id}") for id, count in counts.items()),
        )
        .join(Attendee, Attendee.unit_id == Unit.id)
        .where(Attendee.conference_id == conference_id, is_summoned())
        .group_by(Unit.id, Unit.name, Unit.sort_key)
    )
    if words := fold(ask.query.get("q", "")):
        statement = statement.where(Unit.name_folded.contains(words, autoescape=True))
    asked = ask.query.get("wave", "")
    if asked == NONE:
        statement = statement.having(without > 0)
    elif asked == SPLIT:
        statement = statement.having(_is_split())
    elif asked.isdecimal() and int(asked) in counts:
        statement = statement.having(counts[int(asked)] > 0)
    return page_of(statement, ask, sorts={"name": (Unit.sort_key,)}, default="name", last=Unit.id)


def _is_split() -> ColumnElement[bool]:
    """Of a unit: some of its people come in another wave than others, or in none yet."""
    spread = func.count(func.distinct(Attendee.wave_id))
    return or_(spread > 1, (spread > 0) & (_counted(Attendee.wave_id.is_(None)) > 0))


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def people_of_units(conference_id: int, unit_ids: Collection[int]) -> Sequence[Attendee]:
    """Who is called for these units themselves, not for those below them."""
    return db.session.scalars(
        select(Attendee)
        .where(
            Attendee.conference_id == conference_id,
            Attendee.unit_id.in_(list(unit_ids)),
            Attendee.withdrawn_at.is_(None),
        )
        .order_by(Attendee.id)
    ).all()
