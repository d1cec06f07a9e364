"""Turns: a request begins by letting those go on that came before it.

One gevent worker serves every connection. Without this, a client whose next request has already arrived would be
served again before the others were looked at, and with 32 busy clients the slowest answers took seconds.
"""

from __future__ import annotations

import time

from flask import Flask


def take_turns(app: Flask) -> None:
    app.before_request(_let_others_go)


def _let_others_go() -> None:
    time.sleep(0)
