"""What may be asked of a seating proposal, and what it says of itself. No database, no solver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Scope(StrEnum):
    """Who may be given another seat."""

    UNSEATED = "unseated"  # who sits at a site that falls away, has no hall or too few seats
    EVERYBODY = "everybody"


class Reach(StrEnum):
    """How far people may be sent."""

    PROVINCE = "province"
    NEIGHBOURS = "neighbours"
    COUNTRY = "country"


KILOMETRES = {Reach.PROVINCE: 40, Reach.NEIGHBOURS: 150, Reach.COUNTRY: 5_000}


class ProposalState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DISCARDED = "discarded"


class Why(StrEnum):
    """Why somebody would sit elsewhere, the strongest reason first."""

    PINNED = "pinned"
    NO_SITE = "no_site"
    CLOSING = "closing"
    NO_WAVE = "no_wave"
    NOT_JOINED = "not_joined"
    NO_HALL = "no_hall"
    TOO_FEW_SEATS = "too_few_seats"
    TOGETHER = "together"
    NEARER = "nearer"
    MAKES_ROOM = "makes_room"


class Shortage(StrEnum):
    """Why somebody has no seat."""

    FULL = "full"  # nothing is left within reach
    SCATTERED = "scattered"  # seats are left, but nowhere enough for a unit that is not parted
    PIN = "pin"  # pinned to a site without room
    OUT_OF_REACH = "out_of_reach"  # no site lies within reach


MOST_WHOLE = 500
MOST_CLOSING = 50


@dataclass(frozen=True)
class Wishes:
    """What the organizer asks of a proposal."""

    scope: Scope = Scope.UNSEATED
    closing: tuple[int, ...] = ()
    reach: Reach = Reach.PROVINCE
    whole_up_to: int = 30

    def as_kept(self) -> dict[str, Any]:
        return {
            "scope": self.scope,
            "closing": list(self.closing),
            "reach": self.reach,
            "whole_up_to": self.whole_up_to,
        }

    @classmethod
    def from_kept(cls, kept: Mapping[str, Any]) -> Wishes:
        return cls(Scope(kept["scope"]), tuple(kept["closing"]), Reach(kept["reach"]), kept["whole_up_to"])


def gap(cost: int, bound: int) -> float:
    """By which part at most a cheaper way could be cheaper."""
    return (cost - bound) / cost if cost else 0.0


def overfull(seats: Mapping[int, int | None], called: Mapping[int, int], arriving: Mapping[int, int]) -> dict[int, int]:
    """Spot to how many too many would sit there, of those that would take somebody in.

    ``arriving`` counts who comes less who leaves; a spot that only grows emptier is never in the way.
    """
    over = {spot: called.get(spot, 0) + count - (seats.get(spot) or 0) for spot, count in arriving.items() if count > 0}
    return {spot: count for spot, count in over.items() if count > 0}
