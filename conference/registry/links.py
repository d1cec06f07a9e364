"""The personal link of an attendee: one for the whole chain, no password, revocable. It is not the ticket.

The token is the attendee's id and link issue with a 128-bit HMAC over them, so it can be handed out again and
nothing secret is stored; raising the issue ends every link given before.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

MAC_BYTES = 16


def link_token(secret: str, attendee_id: int, issue: int) -> str:
    """The token for ``/p/<token>``: URL-safe, 35 characters or so."""
    body = f"{attendee_id:x}.{issue:x}"
    return f"{body}.{_mac(secret, body)}"


def read_link_token(secret: str, token: str) -> tuple[int, int] | None:
    """(attendee id, issue) when the token is ours, else None. Whether the issue is current is the caller's question."""
    body, _, mac = token.rpartition(".")
    if not hmac.compare_digest(_mac(secret, body).encode(), mac.encode()):
        return None
    attendee_id, issue = body.split(".")
    return int(attendee_id, 16), int(issue, 16)


def _mac(secret: str, body: str) -> str:
    key = hashlib.sha256(b"personal link " + secret.encode()).digest()
    return base64.urlsafe_b64encode(hmac.digest(key, body.encode(), "sha256")[:MAC_BYTES]).decode().rstrip("=")
