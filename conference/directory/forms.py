"""Fields that name a unit, and the form of a unit's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from conference.directory.models import Unit, UnitKind
from conference.directory.queries import units_called
from conference.web.forms import Form
from conference.web.words import _

LONGEST_NAME = 300


def read_unit(form: Form, name: str, label: str, *, required: bool = True) -> Unit | None:
    """The one unit that a person named by its code or name."""
    words = form.text(name, label, required=required, most=LONGEST_NAME)
    if not words or name in form.errors:
        return None
    found = units_called(words)
    if len(found) == 1:
        return found[0]
    if not found:
        form.fault(name, _("Không có đơn vị “%(words)s”. Mời ghi đúng tên hoặc mã đơn vị.", words=words), label)
    else:
        codes = ", ".join(unit.code for unit in found)
        form.fault(name, _("Có nhiều đơn vị tên này. Mời ghi mã: %(codes)s.", codes=codes), label)
    return None


@dataclass(frozen=True)
class NewUnit:
    """A body that begins, below another."""

    code: str
    name: str
    short_name: str
    kind: UnitKind
    parent: Unit
    valid_from: date | None


def read_new_unit(sent: Mapping[str, str]) -> tuple[Form, NewUnit | None]:
    form = Form(sent)
    code = form.text("code", _("Mã đơn vị"), required=True, most=40)
    if code and units_called(code) and any(unit.code.lower() == code.lower() for unit in units_called(code)):
        form.fault("code", _("Mã này đã có đơn vị dùng. Mời ghi mã khác."), _("Mã đơn vị"))
    name = form.text("name", _("Tên đơn vị"), required=True, most=LONGEST_NAME)
    short_name = form.text("short_name", _("Tên ngắn"), most=80)
    kind = form.choice("kind", _("Loại"), UnitKind)
    parent = read_unit(form, "parent", _("Đơn vị cấp trên"))
    valid_from = form.day("valid_from", _("Bắt đầu từ ngày"), required=False)
    if not form.is_valid or kind is None or parent is None:
        return form, None
    return form, NewUnit(code, name, short_name, kind, parent, valid_from)


@dataclass(frozen=True)
class Ending:
    """The first day on which a unit is no more, and who takes its place."""

    valid_to: date
    successor: Unit | None


def read_ending(sent: Mapping[str, str], unit: Unit) -> tuple[Form, Ending | None]:
    form = Form(sent)
    day = form.day("valid_to", _("Kết thúc từ ngày"))
    successor = read_unit(form, "successor", _("Đơn vị tiếp nhận"), required=False)
    label = _("Đơn vị tiếp nhận")
    if successor is not None and successor.id == unit.id:
        form.fault("successor", _("Một đơn vị không tiếp nhận chính mình. Mời ghi đơn vị khác."), label)
    elif successor is not None and day is not None and successor.valid_to is not None and successor.valid_to <= day:
        form.fault("successor", _("Đơn vị này cũng đã kết thúc. Mời ghi đơn vị còn hoạt động."), label)
    if day is not None and unit.valid_from is not None and day <= unit.valid_from:
        form.fault("valid_to", _("Ngày kết thúc phải sau ngày bắt đầu của đơn vị."), _("Kết thúc từ ngày"))
    if not form.is_valid or day is None:
        return form, None
    return form, Ending(day, successor)


@dataclass(frozen=True)
class UnitNames:
    name: str
    short_name: str


def read_unit_names(sent: Mapping[str, str]) -> tuple[Form, UnitNames]:
    form = Form(sent)
    name = form.text("name", _("Tên đơn vị"), required=True, most=LONGEST_NAME)
    return form, UnitNames(name, form.text("short_name", _("Tên ngắn"), most=80))
