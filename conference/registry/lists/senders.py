"""Which body sent a list: the one its title block names last, or else the one above every unit it lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conference.registry.lists.body_names import body_key
from conference.registry.lists.units import UnitIndex

_BODY_WORDS = ("lien doan lao dong ", "cong doan ", "co quan ", "tong lien doan ")
_HEADQUARTERS = "tong lien doan lao dong"


def sender_in_titles(titles: Sequence[str], units: UnitIndex) -> str | None:
    """The body that a title block names: each line is looked up below the one before it."""
    sender: str | None = None
    unknown = False
    for line in titles:
        found = units.find(line, sender)
        if not isinstance(found, str):
            found = _headquarters(line, units) if sender is None else None
        if found:
            sender, unknown = found, False
        elif body_key(line).startswith(_BODY_WORDS) and len(line) < 90:
            unknown = True  # a body below the last one named, but none that we know
    return None if unknown else sender


def _headquarters(line: str, units: UnitIndex) -> str | None:
    """The central body's own name stands above every letterhead; its office is the unit in the tree."""
    if not body_key(line).startswith(_HEADQUARTERS):
        return None
    return next((code for code in units.entries if units.depth(code) == 0), None)


def sender_of_units(names: Iterable[str], units: UnitIndex) -> str | None:
    """For a list without a title: the lowest body above all units whose names are beyond doubt."""
    certain = [codes[0] for name in names if len(codes := units.named(name)) == 1]
    return units.common_ancestor(certain)
