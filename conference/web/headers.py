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
        said = {"Content-Security-Policy": policy, **BASE}
        if request.endpoint != "static":
            said["Cache-Control"] = "no-store"
        if is_https:
            said["Strict-Transport-Security"] = f"max-age={YEAR}"
        # What the view said itself stands. Looking names up one by one would take a tenth of a check-in's time.
        present = {name.lower() for name, _ in response.headers}
        response.headers.extend([(name, value) for name, value in said.items() if name.lower() not in present])
        if request.endpoint == "static" and "v" not in request.args and not request.path.startswith("/static/vendor/"):
            # A module named by another module carries no version: it is asked for again, and answered with 304.
            response.headers["Cache-Control"] = "no-cache"
        return response

    app.after_request(add)
