"""Words for people: Vietnamese in the source, English from the catalogues."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from flask import Flask, has_request_context, request
from flask_babel import Babel, force_locale, get_translations, lazy_gettext
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

LANGUAGES = ("vi", "en")
COOKIE = "language"
TRANSLATIONS = Path(__file__).parent.parent / "translations"
PLACE = re.compile(r"%\((\w+)\)|\{\w+\}")
EITHER = "¦"
"""Between the words for one and for more, where a script on the page fills the places: ``fill`` chooses."""

lazy = lazy_gettext
TONGUES = {"vi": lazy("tiếng Việt"), "en": lazy("tiếng Anh")}
"""The languages as they are called within a sentence."""

_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


def _(text: str, **values: object) -> str:
    """The words in the reader's language, their gaps filled."""
    said = _said(text, values)
    return said % values if values else said


@pass_context
def _in_template(context: Context, text: str, **values: Any) -> Any:
    """The same in a template, where what fills the gaps is escaped."""
    said = _said(text, values)
    if context.eval_ctx.autoescape:
        said = Markup(said)  # noqa: S704 - a sentence of ours, as it stands in the source or the catalogue
    return said % values


def _said(text: str, values: Mapping[str, object]) -> str:
    """The words before they are filled. Vietnamese has one form; where the catalogue has two, the number decides that
    is called ``count`` or ``n``, else the first place of the sentence."""
    translations = get_translations()
    first = PLACE.search(text)
    if first is not None and language() != LANGUAGES[0]:
        counted = next((name for name in ("count", "n", first[1]) if name in values), None)
        one, more = (str(translations.ngettext(text, text, number)) for number in (1, 2))
        if one != more:
            return f"{one}{EITHER}{more}" if counted is None else one if str(values[counted]) == "1" else more
    return str(translations.ugettext(text))


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
    app.jinja_env.globals["gettext"] = _in_template
