"""Addresses of calendars to subscribe to. Who has the address may read it; it opens nothing else.

Like the personal link, the token is what it names with a 128-bit HMAC over it: nothing secret is stored. An
attendee's address carries the issue of their personal link and ends with it; the others carry an issue of their own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

MAC_BYTES = 16


class FeedKind(StrEnum):
    """Whose calendar it is; one letter in the address."""

    ATTENDEE = "a"
    SITE = "s"
    PRESENTER = "p"
    CONFERENCE = "c"


@dataclass(frozen=True)
class Feed:
    kind: FeedKind
    id: int  # of the attendee, of the site's part in a conference, of the presenter, of the conference
    issue: int = 1


def feed_token(secret: str, feed: Feed) -> str:
    body = f"{feed.kind}{feed.id:x}.{feed.issue:x}"
    return f"{body}.{_mac(secret, body)}"


def read_feed_token(secret: str, token: str) -> Feed | None:
    """What the token names when it is ours, else None."""
    body, _, mac = token.rpartition(".")
    if not hmac.compare_digest(_mac(secret, body).encode(), mac.encode()):
        return None
    id, issue = body[1:].split(".")
    return Feed(FeedKind(body[0]), int(id, 16), int(issue, 16))


def _mac(secret: str, body: str) -> str:
    key = hashlib.sha256(b"calendar feed " + secret.encode()).digest()
    return base64.urlsafe_b64encode(hmac.digest(key, body.encode(), "sha256")[:MAC_BYTES]).decode().rstrip("=")
