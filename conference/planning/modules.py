"""The parts of the product that a conference may do without. No database, no request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar


class Module(StrEnum):
    """In the order in which they are offered. What is in none of them belongs to every conference."""

    NAMING = "naming"
    CHECKIN = "checkin"
    SEATS = "seats"
    ONLINE = "online"
    MAKE_UP = "make_up"
    REFLECTIONS = "reflections"
    GRADING = "grading"


NEEDS: Mapping[Module, Module] = {
    Module.ONLINE: Module.CHECKIN,
    Module.REFLECTIONS: Module.CHECKIN,  # who was there writes
    Module.MAKE_UP: Module.REFLECTIONS,  # and who makes up for it
    Module.GRADING: Module.REFLECTIONS,
}


def usable(chosen: Iterable[Module]) -> frozenset[Module]:
    """Of these, those whose needs are among them, too."""
    found = frozenset(chosen)
    while True:
        standing = frozenset(one for one in found if one not in NEEDS or NEEDS[one] in found)
        if standing == found:
            return found
        found = standing


def all_but(off: Collection[str]) -> frozenset[Module]:
    """What is on where these are off. A module that comes later is on until somebody switches it off."""
    return usable(module for module in Module if module not in off)


@dataclass(frozen=True)
class Held:
    """What a module of a conference holds, in words. What was counted, written or marked keeps the module on."""

    module: Module
    words: str
    keeps_on: bool = False


class Using(Protocol):
    """A conference, which says what it uses."""

    def uses(self, module: Module) -> bool: ...


Part = TypeVar("Part", bound=Callable[..., Any])


def part_of(module: Module) -> Callable[[Part], Part]:
    """Mark what a module shows on a page of another area; ``shown_by`` leaves it out where the module is off."""

    def mark(part: Part) -> Part:
        part.module = module  # type: ignore[attr-defined]
        return part

    return mark


def shown_by(conference: Using, part: object) -> bool:
    module = getattr(part, "module", None)
    return module is None or conference.uses(module)
