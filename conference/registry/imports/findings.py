"""What a preview shows: kept when the files were compared, forgotten with the import."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from conference.foundation.db import db
from conference.foundation.sheets import Cell, cell_text
from conference.registry.imports.bring_units import short_name
from conference.registry.imports.bulk import insert_rows, table_of
from conference.registry.imports.comparison import Comparison, figures_of, place_of
from conference.registry.imports.models import ImportBatch, ImportFile, ImportFinding, ImportReject
from conference.registry.imports.rules import BatchState, FieldChange, FindingKind, Value
from conference.registry.lists.delegates import DelegateRow
from conference.registry.recognition import Recognition, SheetReport
from conference.registry.same_person import Called

AT_ONCE = 2_000


def parts_of(comparison: Comparison) -> Iterator[list[dict[str, Any]]]:
    """The lines of a preview in parts, so that no part keeps the doors waiting for the database."""
    lines = _Preview(comparison).lines()
    for start in range(0, len(lines), AT_ONCE):
        yield lines[start : start + AT_ONCE]


def keep_part(batch_id: int, lines: Sequence[dict[str, Any]]) -> None:
    insert_rows(table_of(ImportFinding), [{"batch_id": batch_id, **line} for line in lines])


def finish_preview(*, batch: ImportBatch, comparison: Comparison, sheets: Sequence[SheetReport]) -> None:
    """Say what was recognised and let people see what the parts hold. Drops them when someone ended the import."""
    if batch.state is not BatchState.READING:
        forget_findings(batch.id)
        return
    keep_rejects(batch.id, comparison.recognition)
    for file in db.session.scalars(select(ImportFile).where(ImportFile.batch_id == batch.id)):
        facts = [_sheet_facts(sheet) for sheet in sheets if sheet.file == file.name]
        for fact in facts:
            entry = comparison.recognition.unit_index.entries.get(fact["sender"] or "")
            fact["sender_name"] = short_name(entry.name) if entry else ""
        file.sheets = facts
    batch.figures = figures_of(comparison)
    batch.state = BatchState.READY
    batch.error = None


def forget_findings(batch_id: int) -> None:
    db.session.execute(delete(ImportFinding).where(ImportFinding.batch_id == batch_id))
    db.session.execute(delete(ImportReject).where(ImportReject.batch_id == batch_id))


def keep_rejects(batch_id: int, recognition: Recognition) -> None:
    insert_rows(
        table_of(ImportReject),
        [
            {
                "batch_id": batch_id,
                "position": position,
                "file": reject.file,
                "sheet": reject.sheet,
                "row": reject.row,
                "why": reject.why.value,
                "subject": reject.subject,
                "nearest": reject.nearest,
                "cells": [_plain(cell) for cell in reject.cells],
            }
            for position, reject in enumerate(recognition.rejects)
        ],
    )


def _plain(cell: Cell) -> str | int | float:
    """A cell as JSON can hold it; a whole number without the decimals that a spreadsheet adds."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell if isinstance(cell, str | int | float) else str(cell or "")


def _sheet_facts(sheet: SheetReport) -> dict[str, Any]:
    return {
        "sheet": sheet.sheet,
        "kind": sheet.kind.value if sheet.kind and not (sheet.needs_mapping or sheet.is_quotas) else None,
        "encoding": sheet.encoding.value,
        "sender": sheet.sender,
        "head_rows": [index + 1 for index in sheet.head_rows],
        "first_row": sheet.first_row,
        "heads": {str(position): head for position, head in sheet.heads.items()},
        "columns": {str(position): column.value for position, column in sheet.columns.items()},
        "by_content": sorted(column.value for column in sheet.by_content),
        "fingerprint": sheet.fingerprint,
        "needs_mapping": sheet.needs_mapping,
        "is_quotas": sheet.is_quotas,
        "samples": [[cell_text(cell) for cell in row] for row in sheet.samples],
        "rows": sheet.rows,
        "rejected": sheet.rejected,
        "unknown_units": sheet.unknown_units,
    }


class _Preview:
    """Lines of the preview. Names stand in them instead of codes: what came with the files has no row yet."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.units = comparison.recognition.unit_index.entries
        self.sites = comparison.recognition.site_index.entries
        self.rows: list[dict[str, Any]] = []

    def unit(self, code: Value) -> str:
        entry = self.units.get(str(code or ""))
        return short_name(entry.name) if entry else str(code or "")

    def site(self, code: Value) -> str:
        entry = self.sites.get(str(code or ""))
        return entry.name if entry else str(code or "")

    def add(self, kind: FindingKind, name: str, facts: dict[str, Any], attendee_id: int | None = None) -> None:
        self.rows.append(
            {"kind": kind, "position": len(self.rows), "attendee_id": attendee_id, "name": name, "facts": facts}
        )

    def lines(self) -> list[dict[str, Any]]:
        comparison = self.comparison
        for called in comparison.recognition.people:
            if called.other_sites:
                self.add(FindingKind.CONFLICT, called.first.full_name, self._conflict(called))
            if len(called.rows) > 1:
                self.add(FindingKind.REPEATED, called.first.full_name, self._repeat(called))
        for kind, matches in ((FindingKind.CHANGED, comparison.changed), (FindingKind.KEPT, comparison.kept)):
            for match in matches:
                settled = match.settled.updates if kind is FindingKind.CHANGED else match.settled.kept
                facts = {"changes": [self._change(change) for change in settled]}
                self.add(kind, match.called.first.full_name, facts, match.standing.attendee_id)
        for standing in comparison.missing:
            values = standing.current
            self.add(FindingKind.MISSING, str(values["name"]), self._person(values), standing.attendee_id)
        for called in comparison.new:
            self.add(FindingKind.NEW, called.first.full_name, self._person(comparison.said_of(called)))
        return self.rows

    def _person(self, values: Mapping[str, Value]) -> dict[str, Any]:
        return {
            "birth": values["birth"],
            "position": values["position"],
            "unit": self.unit(values["unit"]),
            "site": self.site(values["site"]),
        }

    def _repeat(self, called: Called) -> dict[str, Any]:
        return {
            "birth": self.comparison.said_of(called)["birth"],
            "rows": [{"file": row.file, "sheet": row.sheet, "row": row.row} for row in called.rows],
            "categories": called.categories,
        }

    def _change(self, change: FieldChange) -> dict[str, Any]:
        named = {"unit": self.unit, "site": self.site}.get(change.field)
        before, after = (named(change.before), named(change.after)) if named else (change.before, change.after)
        return {"field": change.field, "before": before, "after": after}

    def _conflict(self, called: Called) -> dict[str, Any]:
        def of(row: DelegateRow) -> dict[str, Any]:
            return {"site": row.site, "name": self.site(row.site), "sender": self.unit(row.sender)}

        first = called.first
        return {
            "place": place_of(called),
            "birth": self.comparison.said_of(called)["birth"],
            **of(first),
            "others": [of(row) for row in called.rows[1:] if row.site != first.site],
        }
