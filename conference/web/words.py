"""Words for people: Vietnamese in the source, English from the catalogues."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from flask import Flask, has_request_context, request
from flask_babel import Babel, force_locale, gettext, lazy_gettext

LANGUAGES = ("vi", "en")
COOKIE = "language"
TRANSLATIONS = Path(__file__).parent.parent / "translations"

lazy = lazy_gettext
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


def _(text: str, **values: object) -> str:
    """The words in the reader's language, their gaps filled."""
    return str(gettext(text, **values))


def language() -> str:
    """The language of this request: what the person chose, else Vietnamese. Letters speak that of their reader."""
    if (spoken := _spoken.get()) is not None:
        return spoken
    if not has_request_context():
        return LANGUAGES[0]
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


@contextmanager
def speaking(spoken: str) -> Iterator[None]:
    """Words and figures in this language meanwhile, whoever asks: for a letter to somebody else."""
    before = _spoken.set(spoken)
    try:
        with force_locale(spoken):
            yield
    finally:
        _spoken.reset(before)


def speak(app: Flask) -> None:
    """Give the application its languages: one catalogue an area."""
    domains = sorted(path.stem for path in (TRANSLATIONS / "en" / "LC_MESSAGES").glob("*.po"))
    app.config["BABEL_DEFAULT_LOCALE"] = LANGUAGES[0]
    app.config["BABEL_DOMAIN"] = ";".join(domains) or "messages"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join([str(TRANSLATIONS)] * max(1, len(domains)))
    Babel(app, locale_selector=language, timezone_selector=lambda: "Asia/Ho_Chi_Minh")
    app.jinja_env.globals["language"] = language
