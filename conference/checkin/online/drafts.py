"""What an organizer fills in about following online, once it has been read and checked."""

from __future__ import annotations

from dataclasses import dataclass

from conference.checkin.online.rules import Rule


@dataclass(frozen=True)
class RuleFacts:
    room_url: str
    rule: Rule
