"""Lists of exactly those people whom a warning is about: a filter of the list of people."""

from __future__ import annotations

from flask import Flask

from conference.foundation.text import row_number
from conference.registry.queries import Statement
from conference.releases import lacks
from conference.web.words import _

FILTER = "lack"


def join_people(app: Flask) -> None:
    app.extensions.setdefault("people_filters", {})[FILTER] = narrow
    app.extensions.setdefault("people_filter_words", {})[FILTER] = lambda value: (_("Soát kế hoạch"), _word(value))


def narrow(statement: Statement, value: str) -> Statement:
    """Who has no site here, or whom another conference of the same hours calls, too."""
    if value == lacks.NO_SITE:
        return statement.where(lacks.has_no_site())
    other = row_number(value)
    return statement if other is None else statement.where(lacks.is_called_by(other))


def _word(value: str) -> str:
    return _("chưa có điểm cầu") if value == lacks.NO_SITE else _("được triệu tập hai hội nghị cùng lúc")
