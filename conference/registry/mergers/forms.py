"""Which units end, on which day, and which one takes their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from conference.directory.forms import read_unit
from conference.directory.models import Unit
from conference.directory.queries import units_called
from conference.web.forms import Form
from conference.web.words import _

MOST_UNITS = 200
LONGEST = 60_000


@dataclass(frozen=True)
class Merger:
    units: list[Unit]
    successor: Unit
    day: date


def read_merger(sent: Mapping[str, str]) -> tuple[Form, Merger | None]:
    """One unit a line, by its code or name."""
    form = Form(sent)
    day = form.day("valid_to", _("Kết thúc từ ngày"))
    successor = read_unit(form, "successor", _("Đơn vị tiếp nhận"))
    units = _read_units(form, successor, day)
    if successor is not None and successor.valid_to is not None:
        form.fault("successor", _("Đơn vị này cũng đã kết thúc. Mời ghi đơn vị còn hoạt động."), _("Đơn vị tiếp nhận"))
    if not form.is_valid or day is None or successor is None:
        return form, None
    return form, Merger(units, successor, day)


def _read_units(form: Form, successor: Unit | None, day: date | None) -> list[Unit]:
    label = _("Các đơn vị kết thúc")
    text = form.text("units", label, required=True, most=LONGEST, lines=True)
    if "units" in form.errors:
        return []
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    units: dict[int, Unit] = {}
    for words in lines[:MOST_UNITS]:
        found = units_called(words)
        fault = ""
        if len(found) != 1:
            fault = (
                _("Không có đơn vị “%(words)s”. Mời ghi đúng tên hoặc mã đơn vị.", words=words)
                if not found
                else _(
                    "Nhiều đơn vị tên “%(words)s”. Mời ghi mã: %(codes)s.",
                    words=words,
                    codes=", ".join(unit.code for unit in found),
                )
            )
        elif successor is not None and found[0].id == successor.id:
            fault = _("“%(words)s” là đơn vị tiếp nhận nên không kết thúc.", words=words)
        elif found[0].valid_to is not None:
            fault = _("“%(words)s” đã kết thúc từ trước.", words=words)
        elif day is not None and found[0].valid_from is not None and day <= found[0].valid_from:
            fault = _("Ngày kết thúc phải sau ngày bắt đầu của “%(words)s”.", words=words)
        if fault:
            form.fault("units", fault, label)
        else:
            units[found[0].id] = found[0]
    if len(lines) > MOST_UNITS:
        form.fault("units", _("Ghi nhiều nhất %(most)s đơn vị.", most=MOST_UNITS), label)
    return list(units.values())
