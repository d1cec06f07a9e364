"""Units from lists into the tree. New ones are added below their parents; paths follow when a parent changes."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import bindparam, select, update

from conference.directory.models import Unit, UnitKind
from conference.foundation.db import db
from conference.foundation.text import collation_key, fold
from conference.registry.imports.bulk import allocate_ids, insert_rows, table_of
from conference.registry.imports.rules import Settled, Value, settle
from conference.registry.lists.units import UnitEntry, UnitIndex

_KINDS = (
    (UnitKind.SECTOR, ("nganh", "tong cong ty", "cap nganh")),
    (UnitKind.PROVINCE, ("tinh",)),
    (UnitKind.DISTRICT, ("huyen", "quan", "cap tren truc tiep", "khu cong nghiep")),
    (UnitKind.COMMUNE, ("xa", "phuong")),
    (UnitKind.GRASSROOTS, ("co so",)),
    (UnitKind.CENTRAL, ("trung uong", "trung tam")),
)
_BY_DEPTH = (UnitKind.CENTRAL, UnitKind.PROVINCE, UnitKind.DISTRICT, UnitKind.GRASSROOTS)
_BODY = re.compile(r"^(?:Liên đoàn Lao động|LĐLĐ)\s+(?:tỉnh|thành phố|TP\.?)\s+", re.IGNORECASE)
_SHORT = (("Liên đoàn Lao động", "LĐLĐ"), ("Tổng Liên đoàn", "TLĐ"), ("Công đoàn", "CĐ"))


def unit_kind(entry: UnitEntry, depth: int) -> UnitKind:
    """The kind that a list's own word for the level means; without one, by the depth in the tree."""
    words = fold(entry.level_name)
    for kind, signs in _KINDS:
        if any(sign in words for sign in signs):
            return kind
    return _BY_DEPTH[depth] if 0 <= depth < len(_BY_DEPTH) else UnitKind.OTHER


def province_of(entry: UnitEntry, units: UnitIndex) -> str:
    """The province a unit belongs to: as listed, or the province whose federation stands above it."""
    for code in units.ancestors(entry.code):
        above = units.entries[code]
        if above.province:
            return above.province
        if unit_kind(above, units.depth(code)) is UnitKind.PROVINCE:
            return _BODY.sub("", above.name)
    return ""


def short_name(name: str) -> str:
    for full, short in _SHORT:
        if name.startswith(full):
            return short + name[len(full) :]
    return name


def said_of_unit(entry: UnitEntry, units: UnitIndex) -> dict[str, Value]:
    return {
        "name": entry.name,
        "kind": unit_kind(entry, units.depth(entry.code)).value if entry.level_name else "",
        "parent": entry.parent_code or "",
        "province": entry.province,
    }


def bring_units(
    entries: list[UnitEntry], units: UnitIndex, last: dict[int, dict[str, Value]]
) -> tuple[dict[str, int], dict[int, Settled], dict[int, dict[str, Value]]]:
    """Add new units and change those that weren't edited since.

    Gives the ids of all units by code, what happened to those that stood already, and what was said of each.
    """
    ids = {code: id for id, code in db.session.execute(select(Unit.id, Unit.code))}
    new = [entry for entry in entries if entry.code not in ids]
    new.sort(key=lambda entry: units.depth(entry.code))
    ids |= dict(zip((entry.code for entry in new), allocate_ids(table_of(Unit), len(new)), strict=True))
    insert_rows(table_of(Unit), [_row(entry, units, ids) for entry in new])
    said = {ids[entry.code]: said_of_unit(entry, units) for entry in entries}
    added = {entry.code for entry in new}
    standing = [entry for entry in entries if entry.code not in added]
    outcomes = _change(standing, ids, last, said)
    return ids, outcomes, said


def _row(entry: UnitEntry, units: UnitIndex, ids: dict[str, int]) -> dict[str, Any]:
    chain = [ids[code] for code in reversed(units.ancestors(entry.code))]
    return {
        "id": ids[entry.code],
        "code": entry.code,
        "name": entry.name,
        "short_name": short_name(entry.name),
        "name_folded": fold(entry.name),
        "sort_key": collation_key(entry.name),
        "kind": unit_kind(entry, units.depth(entry.code)),
        "level": len(chain),
        "parent_id": ids.get(entry.parent_code or ""),
        "path": f"/{'/'.join(map(str, chain))}/",
        "province": province_of(entry, units),
        "valid_from": None,
        "valid_to": None,
        "successor_id": None,
    }


def _change(
    standing: list[UnitEntry],
    ids: dict[str, int],
    last: dict[int, dict[str, Value]],
    said: dict[int, dict[str, Value]],
) -> dict[int, Settled]:
    if not standing:
        return {}
    codes = {id: code for code, id in ids.items()}
    rows = {unit.id: unit for unit in db.session.scalars(select(Unit))}
    outcomes: dict[int, Settled] = {}
    moved = False
    for entry in standing:
        unit = rows[ids[entry.code]]
        current: dict[str, Value] = {
            "name": unit.name,
            "kind": unit.kind.value,
            "parent": codes.get(unit.parent_id or 0, ""),
            "province": unit.province,
        }
        settled = settle(current, last.get(unit.id), said[unit.id])
        for change in settled.updates:
            _set(unit, change.field, change.after, ids)
            moved = moved or change.field == "parent"
        if settled.updates or settled.kept:
            outcomes[unit.id] = settled
    db.session.flush()
    if moved:
        _renew_paths()
    return outcomes


def _set(unit: Unit, field: str, value: Value, ids: dict[str, int]) -> None:
    if field == "name":
        unit.name = str(value)
        unit.short_name = short_name(unit.name)
        unit.name_folded, unit.sort_key = fold(unit.name), collation_key(unit.name)
    elif field == "kind":
        unit.kind = UnitKind(str(value))
    elif field == "parent":
        unit.parent_id = ids.get(str(value), unit.parent_id)
    elif field == "province":
        unit.province = str(value)


def _renew_paths() -> None:
    """After a move: the path and level of every unit, from the tree as it stands now."""
    parents = dict(db.session.execute(select(Unit.id, Unit.parent_id)).all())
    rows = []
    for id in parents:
        chain: list[int] = []
        at: int | None = id
        while at is not None and at not in chain:
            chain.append(at)
            at = parents.get(at)
        rows.append({"of": id, "path": f"/{'/'.join(map(str, reversed(chain)))}/", "level": len(chain)})
    table = table_of(Unit)
    statement = update(table).where(table.c.id == bindparam("of"))
    db.session.execute(
        statement.values(path=bindparam("path"), level=bindparam("level")),
        rows,
    )
