"""A visitor's small state in a signed cookie; it stays good when the server's clock goes back.

Flask's own reading refuses what was signed in its future. After a clock was set back, or at a second machine whose
clock is a moment behind, every open form would be refused.
"""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature

from conference.foundation import clock


class PatientState(SecureCookieSessionInterface):
    """Knows what is too old, and nothing that is too new: it was signed by us, whatever our clock said then."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        sent = request.cookies.get(self.get_cookie_name(app))
        if app.secret_key and not sent:  # a door brings none, and the serializer would be a part of what its scan costs
            return self.session_class()
        serializer = self.get_signing_serializer(app)
        if serializer is None or not sent:
            return super().open_session(app, request)
        try:
            state, signed_at = serializer.loads(sent, return_timestamp=True)
        except BadSignature:
            return self.session_class()
        is_old = clock.now() - signed_at > app.permanent_session_lifetime
        return self.session_class() if is_old else self.session_class(state)
