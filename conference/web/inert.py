"""Files that came from outside, given back so that no browser runs or guesses anything."""

from __future__ import annotations

from flask import Response

POLICY = "default-src 'none'; sandbox"


def inert(content: bytes, *, kind: str, name: str, may_stay: bool = False) -> Response:
    """An attachment of exactly this kind. ``may_stay``: its owner's browser need not ask for it again for an hour."""
    answer = Response(content, content_type=kind)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if may_stay:
        answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer
