"""Moving the items of a half day: they push each other, keep their lengths, and breaks stay between what they part.

Everything is decided here from data; the page only shows what came out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from conference.foundation.errors import DomainError

STEP = timedelta(minutes=5)


class Step(StrEnum):
    """What a person asks for."""

    EARLIER = "earlier"
    LATER = "later"
    SHORTER = "shorter"
    LONGER = "longer"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class Slot:
    """An item and its time. ``stays`` is true of reception and breaks: others are exchanged around them."""

    id: int
    starts_at: datetime
    ends_at: datetime
    stays: bool = False

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at

    def at(self, starts_at: datetime) -> Slot:
        return replace(self, starts_at=starts_at, ends_at=starts_at + self.length)


def in_order(slots: Sequence[Slot]) -> list[Slot]:
    return sorted(slots, key=lambda slot: (slot.starts_at, slot.ends_at, slot.id))


def stepped(slots: Sequence[Slot], id: int, step: Step) -> list[Slot]:
    """The half day after one step of one item.

    Raises ``item_is_first``, ``item_is_last`` and ``item_too_short`` when there is no such step.
    """
    order = in_order(slots)
    here = next(number for number, slot in enumerate(order) if slot.id == id)
    if step is Step.UP or step is Step.DOWN:
        return _exchanged(order, here, step)
    slot = order[here]
    if step is Step.EARLIER:
        order[here] = slot.at(slot.starts_at - STEP)
        return _pushed_up(order, here)
    if step is Step.SHORTER:
        if slot.length <= STEP:
            raise DomainError("item_too_short")
        order[here] = replace(slot, ends_at=slot.ends_at - STEP)
        return order
    order[here] = slot.at(slot.starts_at + STEP) if step is Step.LATER else replace(slot, ends_at=slot.ends_at + STEP)
    return _pushed_down(order, here)


def placed(slots: Sequence[Slot], id: int, starts_at: datetime) -> list[Slot]:
    """One item put at another time: it begins there, or when what runs then has ended, and pushes what follows."""
    moved = next(slot for slot in slots if slot.id == id)
    rest = in_order([slot for slot in slots if slot.id != id])
    before = [slot for slot in rest if slot.starts_at < starts_at]
    begins = max([starts_at, *(slot.ends_at for slot in before)])
    return _pushed_down([*before, moved.at(begins), *rest[len(before) :]], len(before))


def _pushed_down(order: list[Slot], here: int) -> list[Slot]:
    """What follows makes room: as much as is needed, and free time is used up first."""
    for number in range(here + 1, len(order)):
        if order[number].starts_at >= order[number - 1].ends_at:
            break
        order[number] = order[number].at(order[number - 1].ends_at)
    return order


def _pushed_up(order: list[Slot], here: int) -> list[Slot]:
    for number in range(here - 1, -1, -1):
        if order[number].ends_at <= order[number + 1].starts_at:
            break
        order[number] = order[number].at(order[number + 1].starts_at - order[number].length)
    return order


def _exchanged(order: list[Slot], here: int, step: Step) -> list[Slot]:
    """Two items change places; breaks between them, and the free time between neighbours, stay where they are."""
    ways = range(here - 1, -1, -1) if step is Step.UP else range(here + 1, len(order))
    there = next((number for number in ways if not order[number].stays), None)
    if there is None:
        raise DomainError("item_is_first" if step is Step.UP else "item_is_last")
    first, last = sorted((here, there))
    gaps = [max(timedelta(0), order[number + 1].starts_at - order[number].ends_at) for number in range(first, last)]
    begins = order[first].starts_at
    order[first], order[last] = order[last], order[first]
    for number in range(first, last + 1):
        order[number] = order[number].at(begins)
        if number < last:
            begins = order[number].ends_at + gaps[number - first]
    return _pushed_down(order, last)
