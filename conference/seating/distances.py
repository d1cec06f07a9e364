"""How far apart units and sites lie, as well as the names of their provinces tell it.

``provinces.csv`` holds where the seat of each province lies (degrees north; degrees east). Whoever knows better puts
other lines there: names are matched without tones, and provinces that are not in it count as far away.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from math import cos, hypot, radians
from pathlib import Path

from conference.foundation.text import fold

FILE = Path(__file__).parent / "provinces.csv"
KM_OF_DEGREE = 111.2
ROADS_ARE_LONGER = 1.3
WITHIN_PROVINCE = 30
"""Kilometres between two places of one province, for want of better knowledge."""

UNKNOWN = 1_500


@lru_cache(maxsize=1)
def centres() -> dict[str, tuple[float, float]]:
    with FILE.open(encoding="utf-8", newline="") as lines:
        return {fold(name): (float(north), float(east)) for name, north, east in csv.reader(lines, delimiter=";")}


@lru_cache(maxsize=8_192)
def kilometres(one: str, other: str) -> int:
    """By road, between any place of a province and any of another."""
    one, other = fold(one), fold(other)
    if one and one == other:
        return WITHIN_PROVINCE
    here, there = centres().get(one), centres().get(other)
    if here is None or there is None:
        return UNKNOWN
    middle = radians((here[0] + there[0]) / 2)
    straight = KM_OF_DEGREE * hypot(here[0] - there[0], (here[1] - there[1]) * cos(middle))
    return WITHIN_PROVINCE + round(ROADS_ARE_LONGER * straight)
