"""Fields that name a unit, and the form of a unit's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conference.directory.models import Unit
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
class UnitNames:
    name: str
    short_name: str


def read_unit_names(sent: Mapping[str, str]) -> tuple[Form, UnitNames]:
    form = Form(sent)
    name = form.text("name", _("Tên đơn vị"), required=True, most=LONGEST_NAME)
    return form, UnitNames(name, form.text("short_name", _("Tên ngắn"), most=80))
