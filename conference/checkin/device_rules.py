"""Enrolment links and the state of devices, decided without a database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Protocol

MAC_BYTES = 16
LINK_TOKEN = re.compile(r"([0-9a-f]{1,8})\.([A-Za-z0-9_-]{22})")
DEVICE_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,64}")
"""What a phone may choose as its own token: 192 random bits or more as text."""

CLOCK_WARNING_MS = 120_000
SILENT_AFTER = timedelta(minutes=5)
ROSTER_IS_OLD_AFTER = timedelta(hours=12)


LEAST_LIFE = timedelta(days=1)


def end_of_life(last_day: date, *, lives_after: timedelta, at: datetime) -> datetime:
    """When a link or a device of a conference ends: so long after its last day, and no sooner than in a day."""
    return max(datetime.combine(last_day, time.min, at.tzinfo) + lives_after, at + LEAST_LIFE)


class LinkState(StrEnum):
    OPEN = "open"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"


class DeviceState(StrEnum):
    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Look(StrEnum):
    """Why somebody should look at a device that is in use."""

    CLOCK = "clock"
    QUEUE = "queue"
    ROSTER = "roster"
    PREFLIGHT = "preflight"


class LinkFacts(Protocol):
    used_at: datetime | None
    revoked_at: datetime | None
    expires_at: datetime


class DeviceFacts(Protocol):
    revoked_at: datetime | None
    expires_at: datetime
    clock_offset_ms: int | None
    queue_length: int | None
    last_seen_at: datetime | None
    roster_at: datetime | None
    preflight: dict[str, Any] | None


def link_token(secret: str, link_id: int) -> str:
    """What the QR code of an enrolment carries: the link's id and a 128-bit proof that it is ours."""
    return f"{link_id:x}.{_mac(secret, link_id)}"


def read_link_token(secret: str, text: str) -> int | None:
    """The id of the link behind a token, also within the whole address as somebody pasted it; None for no token."""
    found = LINK_TOKEN.fullmatch(text.strip().rpartition("#")[2])
    if found is None:
        return None
    link_id = int(found[1], 16)
    is_ours = hmac.compare_digest(_mac(secret, link_id), found[2])
    return link_id if is_ours and link_id < 2**31 else None


def _mac(secret: str, link_id: int) -> str:
    key = hashlib.sha256(b"enrolment link " + secret.encode()).digest()
    return base64.urlsafe_b64encode(hmac.digest(key, b"%x" % link_id, "sha256")[:MAC_BYTES]).decode().rstrip("=")


def link_state(link: LinkFacts, at: datetime) -> LinkState:
    """Used stays used, whatever happened to the link later."""
    if link.used_at is not None:
        return LinkState.USED
    if link.revoked_at is not None:
        return LinkState.REVOKED
    return LinkState.EXPIRED if link.expires_at <= at else LinkState.OPEN


def device_state(device: DeviceFacts, at: datetime) -> DeviceState:
    if device.revoked_at is not None:
        return DeviceState.REVOKED
    return DeviceState.EXPIRED if device.expires_at <= at else DeviceState.ACTIVE


def looks(device: DeviceFacts, at: datetime) -> list[Look]:
    """What a person should look at, the gravest first: scans that do not come, a wrong clock, an old roster,
    something lacking before the doors opened.

    A device that has ended can still hold scans; its clock and roster are nobody's trouble any more.
    """
    found = []
    is_silent = device.last_seen_at is None or at - device.last_seen_at > SILENT_AFTER
    if device.queue_length and is_silent:
        found.append(Look.QUEUE)
    if device_state(device, at) is not DeviceState.ACTIVE:
        return found
    if device.clock_offset_ms is not None and abs(device.clock_offset_ms) > CLOCK_WARNING_MS:
        found.append(Look.CLOCK)
    if device.roster_at is not None and at - device.roster_at > ROSTER_IS_OLD_AFTER:
        found.append(Look.ROSTER)
    if device.preflight is not None and not device.preflight["is_ready"]:
        found.append(Look.PREFLIGHT)
    return found
