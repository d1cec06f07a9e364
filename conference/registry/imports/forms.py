"""What a person says about the columns of a shape we did not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conference.registry.imports.words import columns_of
from conference.registry.lists.columns import Column, ListKind
from conference.registry.lists.layout import ColumnMapping
from conference.web.forms import Form
from conference.web.words import _

_NEEDED = {
    ListKind.DELEGATES: ((Column.FULL_NAME, Column.GIVEN_NAME),),
    ListKind.SITES: ((Column.NAME,), (Column.CODE,)),
    ListKind.UNITS: ((Column.NAME,), (Column.CODE,)),
    ListKind.PROGRAMME: ((Column.TITLE,), (Column.STARTS, Column.TIME)),
}


def read_mapping(form: Form, sheet: Mapping[str, Any]) -> ColumnMapping | None:
    """The mapping that was sent, or None with the faults noted in the form."""
    kind = form.choice("kind", _("Loại danh sách"), ListKind)
    skipped = form.whole("skipped", _("Số dòng tiêu đề trong mẫu"), low=0, high=5)
    if kind is None or skipped is None:
        return None
    known = dict(columns_of(kind))
    columns: dict[int, Column] = {}
    for position in range(max((len(row) for row in sheet["samples"]), default=0)):
        said = form.values.get(f"column-{position}", "")
        if not said:
            continue
        if said not in known:
            form.fault(f"column-{position}", _("Cột này không thuộc loại danh sách đã chọn."), _("Cột"))
        elif Column(said) in columns.values():
            form.fault(f"column-{position}", _("Hai cột không thể cùng là một thứ."), known[said])
        else:
            columns[position] = Column(said)
    for alternatives in _NEEDED[kind]:
        if not set(alternatives) & set(columns.values()):
            name = str(known[alternatives[0].value])
            form.fault("kind", _("Chưa chỉ cột %(name)s.", name=name), _("Loại danh sách"))
    return ColumnMapping(kind, int(sheet["first_row"]) + skipped, columns) if form.is_valid else None
