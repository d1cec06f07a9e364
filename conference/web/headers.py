"""What every answer tells the browser to allow: nothing inline, nothing foreign, nothing kept by strangers."""

from __future__ import annotations

from flask import Flask, Response, current_app, g, request

BASE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=()",
}

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'{wasm}; "
    "connect-src 'self'{sockets}; worker-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'{forms}; frame-ancestors 'none'"
)
YEAR = 31_536_000


def let_forms_lead_to(source: str) -> None:
    """Let the answers to forms of this page lead to another server; browsers ask it of every step of the way."""
    g.forms_lead_to = f" {source}"


def set_headers(app: Flask, *, is_https: bool) -> None:
    def add(response: Response) -> Response:
        view = current_app.view_functions.get(request.endpoint or "")
        scheme = "wss" if is_https else "ws"
        policy = POLICY.format(
            wasm=" 'wasm-unsafe-eval'" if getattr(view, "needs_wasm", False) else "",
            sockets=f" {scheme}://{request.host}",
            forms=g.get("forms_lead_to", ""),
        )
        response.headers.setdefault("Content-Security-Policy", policy)
        for name, value in BASE.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        elif "v" not in request.args and not request.path.startswith("/static/vendor/"):
            # A module named by another module carries no version: it is asked for again, and answered with 304.
            response.headers["Cache-Control"] = "no-cache"
        if is_https:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
        return response

    app.after_request(add)
