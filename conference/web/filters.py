"""How figures, days and hours are written on the screen: the Vietnamese way, in the conference's zone."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from flask import Flask
from markupsafe import Markup

from conference.web.words import _, language

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NO_BREAK = "\N{NO-BREAK SPACE}"
KILO = 1024


def number(value: int) -> str:
    """24814 -> 24.814 (24,814 in English)."""
    text = f"{value:,}"
    return text if language() == "en" else text.replace(",", ".")


def decimal(value: Decimal | float, places: int = 2) -> str:
    """73.59 -> 73,59; half up, never the banker's way."""
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{exact:,f}"
    return text if language() == "en" else text.translate(str.maketrans(",.", ".,"))


def percent(value: Decimal | float, places: int = 2) -> str:
    return f"{decimal(value, places)}%"


def size(value: int) -> str:
    """712 byte, 3,4 kB, 12 MB: as file managers count, by 1024."""
    if value < KILO:
        return _("%(count)s byte", count=value)
    unit, whole = ("MB", KILO * KILO) if value >= KILO * KILO else ("kB", KILO)
    amount = Decimal(value) / whole
    return f"{decimal(amount, 0 if amount >= 10 else 1)}{NO_BREAK}{unit}"


def day(value: date | datetime) -> str:
    """06/12/2018."""
    return _local(value).strftime("%d/%m/%Y")


def clock(value: datetime) -> str:
    """07:42."""
    return _local(value).strftime("%H:%M")


def moment(value: datetime) -> str:
    """07:42 06/12/2018."""
    return _local(value).strftime(f"%H:%M{NO_BREAK}%d/%m/%Y")


def weekday(value: date | datetime) -> str:
    names: tuple[str, ...] = (
        _("Thứ Hai"),
        _("Thứ Ba"),
        _("Thứ Tư"),
        _("Thứ Năm"),
        _("Thứ Sáu"),
        _("Thứ Bảy"),
        _("Chủ nhật"),
    )
    return names[_local(value).weekday()]


def phone(value: str | None) -> str:
    """0912345678 -> 0912 345 678."""
    if value and len(value) == 10 and value.isdigit():
        return f"{value[:4]}{NO_BREAK}{value[4:7]}{NO_BREAK}{value[7:]}"
    return value or ""


def lines(value: str) -> Markup:
    """Text as typed, its line ends kept; everything else escaped."""
    return Markup("<br>").join(value.splitlines())


def _local(value: date | datetime) -> date | datetime:
    return value.astimezone(ZONE) if isinstance(value, datetime) else value


def add_filters(app: Flask) -> None:
    for filter_ in (number, decimal, percent, size, day, clock, moment, weekday, phone, lines):
        app.jinja_env.filters[filter_.__name__] = filter_
