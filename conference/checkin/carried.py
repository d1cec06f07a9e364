"""The file in which a device hands over what it could not send: read strictly, before anything is delivered."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from conference.checkin.forms import MOST_ITEMS
from conference.foundation.errors import DomainError

FORMAT = "diem-cau-queue"
VERSION = 1
MOST_CARRIED = 20 * MOST_ITEMS


@dataclass(frozen=True, slots=True)
class CarriedQueue:
    """Scans of one device, as ``static/js/checkin/hand_over.js`` writes them down."""

    conference: int
    site: int
    device: int
    items: tuple[Any, ...]


def read_carried(text: bytes) -> CarriedQueue:
    """Raises ``carried_unreadable`` for what is no such file, or not the whole of one."""
    try:
        sent = json.loads(text)
        ids = sent["conference"], sent["site"], sent["device"]
        items_text = sent["items"]
        is_whole = hashlib.sha256(items_text.encode("utf-8")).hexdigest() == sent["sha256"]
        items = json.loads(items_text)
        is_ours = (sent["format"], sent["version"]) == (FORMAT, VERSION)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DomainError("carried_unreadable") from error
    is_good = is_ours and is_whole and all(type(id) is int and 0 < id < 2**31 for id in ids)
    if not is_good or not isinstance(items, list) or not 0 < len(items) <= MOST_CARRIED:
        raise DomainError("carried_unreadable")
    return CarriedQueue(ids[0], ids[1], ids[2], tuple(items))
