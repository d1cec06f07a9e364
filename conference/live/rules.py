"""What a board shows of a site, where its mark stands in its province's cell, and when the target may be reached."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CELL_WIDTH, CELL_HEIGHT = 112.0, 70.0
MARK_SCALE = 1.22
LEAST_RADIUS = 4.5
MOST_OF_CELL = 0.46
GAP = 3.0
SILENT_AFTER = timedelta(minutes=5)
"""A device that has not spoken for this long while its door is open is taken to have lost its line."""

RATE_OVER = timedelta(minutes=5)
FARTHEST_FORECAST = timedelta(hours=2)


class SiteState(StrEnum):
    """The states of a site on the day, by the names of their shapes."""

    NOT_OPEN = "not_open"
    READY = "ready"
    LIVE = "live"
    REACHED = "reached"
    LINE_LOST = "line_lost"
    OVER = "over"


TROUBLE = frozenset({SiteState.NOT_OPEN, SiteState.LINE_LOST})


@dataclass(frozen=True)
class SiteCount:
    """One site of a study session in figures. ``silent_since``: the last word of a device that should still speak."""

    site_id: int
    code: str
    name: str
    province: str
    summoned: int
    present: int
    late: int
    excused: int
    silent_since: datetime | None
    is_closed: bool

    @property
    def share(self) -> float:
        return min(1.0, self.present / self.summoned) if self.summoned else 0.0


def site_state(
    site: SiteCount, *, at: datetime, doors_open_at: datetime, ends_at: datetime, target: float
) -> SiteState:
    """How a site stands at a moment. ``target`` is a share from 0 to 1."""
    if site.is_closed or at >= ends_at:
        return SiteState.OVER
    if at < doors_open_at and not site.present:
        return SiteState.READY
    if site.silent_since is not None and at - site.silent_since > SILENT_AFTER:
        return SiteState.LINE_LOST
    if not site.present:
        return SiteState.NOT_OPEN
    return SiteState.REACHED if site.present >= target * site.summoned else SiteState.LIVE


@dataclass(frozen=True)
class Mark:
    """A circle in a province's cell, in the cell's own units."""

    site: SiteCount
    state: SiteState
    x: float
    y: float
    r: float

    @property
    def level(self) -> str:
        return level_path(self.x, self.y, self.r, self.site.share)


def level_path(x: float, y: float, r: float, share: float) -> str:
    """The part of a circle filled from below to ``share`` of its height, as an SVG path; empty at 0."""
    share = max(0.0, min(1.0, share))
    if share == 0:
        return ""
    if share == 1:
        return f"M{x - r:.2f} {y:.2f}a{r:.2f} {r:.2f} 0 1 0 {2 * r:.2f} 0a{r:.2f} {r:.2f} 0 1 0 {-2 * r:.2f} 0z"
    top = y + r - 2 * r * share
    half = math.sqrt(max(0.0, r * r - (top - y) ** 2))
    large = 1 if share > 0.5 else 0
    return f"M{x - half:.2f} {top:.2f}A{r:.2f} {r:.2f} 0 {large} 0 {x + half:.2f} {top:.2f}z"


def place_marks(sites: Sequence[tuple[SiteCount, SiteState]]) -> list[Mark]:
    """Set the marks of one province in rows from the left, largest first; a crowded cell shrinks as a whole."""
    most = MOST_OF_CELL * min(CELL_WIDTH, CELL_HEIGHT)
    ordered = sorted(sites, key=lambda pair: (-pair[0].summoned, pair[0].code))
    usual = [min(most, max(LEAST_RADIUS, MARK_SCALE * math.sqrt(site.summoned))) for site, _state in ordered]
    scale = 1.0
    while True:
        places = _rows([r * scale for r in usual], gap=GAP * scale)
        if max((y + r for _x, y, r in places), default=0.0) <= CELL_HEIGHT:
            return [Mark(site, state, *place) for (site, state), place in zip(ordered, places, strict=True)]
        scale *= 0.92


def _rows(radii: Sequence[float], *, gap: float) -> list[tuple[float, float, float]]:
    """(x, y, r) of circles of these radii, in rows."""
    places: list[tuple[float, float, float]] = []
    x, top, tallest = 0.0, 1.0, 0.0
    for r in radii:
        if places and x + 2 * r + 1 > CELL_WIDTH:
            x, top, tallest = 0.0, top + tallest + gap, 0.0
        places.append((x + r + 1, top + r, r))
        x += 2 * r + gap
        tallest = max(tallest, 2 * r)
    return places


def forecast(
    arrivals: Sequence[tuple[datetime, int]], *, present: int, summoned: int, target: float, at: datetime
) -> datetime | None:
    """When the target share is reached if people go on arriving as in the last five minutes.

    None when that is over, never, or too far off to say.
    ``arrivals`` are (minute, people) in order of time.
    """
    missing = math.ceil(target * summoned) - present
    recent = sum(people for minute, people in arrivals if at - RATE_OVER <= minute <= at)
    if missing <= 0 or recent <= 0:
        return None
    needed = timedelta(seconds=RATE_OVER.total_seconds() * missing / recent)
    return at + needed if needed <= FARTHEST_FORECAST else None


def cumulative(arrivals: Sequence[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    """(minute, people arrived up to it), in order of time."""
    total, curve = 0, []
    for minute, people in arrivals:
        total += people
        curve.append((minute, total))
    return curve
