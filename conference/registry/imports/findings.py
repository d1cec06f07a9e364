"""What a preview shows: kept when the files were compared, forgotten with the import."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from conference.foundation.db import db
from conference.registry.imports.bulk import insert_rows, table_of
from conference.registry.imports.comparison import Comparison, figures_of, place_of
from conference.registry.imports.models import (
    ImportBatch,
    ImportFile,
    ImportFinding,
    ImportReject,
)
from conference.registry.imports.rules import BatchState, FindingKind
from conference.registry.recognition import Recognition, SheetReport
from conference.registry.same_person import Called


def keep_preview(*, batch: ImportBatch, comparison: Comparison, sheets: Sequence[SheetReport]) -> None:
    """Store what a comparison found, for the screen to page through. Repeating it replaces what was there."""
    forget_findings(batch.id)
    keep_rejects(batch.id, comparison.recognition)
    insert_rows(table_of(ImportFinding), [{"batch_id": batch.id, **row} for row in _findings(comparison)])
    for file in db.session.scalars(select(ImportFile).where(ImportFile.batch_id == batch.id)):
        file.sheets = [_sheet_facts(sheet) for sheet in sheets if sheet.file == file.name]
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
                "cells": [cell if isinstance(cell, str | int | float) else str(cell or "") for cell in reject.cells],
            }
            for position, reject in enumerate(recognition.rejects)
        ],
    )


def _sheet_facts(sheet: SheetReport) -> dict[str, Any]:
    return {
        "sheet": sheet.sheet,
        "kind": sheet.kind.value if sheet.kind and not sheet.needs_mapping else None,
        "encoding": sheet.encoding.value,
        "sender": sheet.sender,
        "head_rows": [index + 1 for index in sheet.head_rows],
        "first_row": sheet.first_row,
        "heads": {str(position): head for position, head in sheet.heads.items()},
        "columns": {str(position): column.value for position, column in sheet.columns.items()},
        "by_content": sorted(column.value for column in sheet.by_content),
        "fingerprint": sheet.fingerprint,
        "needs_mapping": sheet.needs_mapping,
        "samples": [[str(cell) if cell is not None else "" for cell in row] for row in sheet.samples],
        "rows": sheet.rows,
        "rejected": sheet.rejected,
        "unknown_units": sheet.unknown_units,
    }


def _findings(comparison: Comparison) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []

    def add(kind: FindingKind, name: str, facts: dict[str, Any], attendee_id: int | None = None) -> None:
        rows.append({"kind": kind, "position": len(rows), "attendee_id": attendee_id, "name": name, "facts": facts})

    recognition = comparison.recognition
    for called in recognition.people:
        if called.other_sites:
            add(FindingKind.CONFLICT, called.first.full_name, _conflict(called))
        if len(called.rows) > 1:
            places = [{"file": r.file, "sheet": r.sheet, "row": r.row, "sender": r.sender} for r in called.rows]
            add(
                FindingKind.REPEATED,
                called.first.full_name,
                {"birth": comparison.said_of(called)["birth"], "rows": places, "categories": called.categories},
            )
    for match in comparison.changed:
        changes = [{"field": c.field, "before": c.before, "after": c.after} for c in match.settled.updates]
        add(FindingKind.CHANGED, match.called.first.full_name, {"changes": changes}, match.standing.attendee_id)
    for match in comparison.kept:
        changes = [{"field": c.field, "before": c.before, "after": c.after} for c in match.settled.kept]
        add(FindingKind.KEPT, match.called.first.full_name, {"changes": changes}, match.standing.attendee_id)
    for standing in comparison.missing:
        values = standing.current
        add(
            FindingKind.MISSING,
            str(values["name"]),
            {key: values[key] for key in ("birth", "position", "unit", "site")},
            standing.attendee_id,
        )
    for called in comparison.new:
        said = comparison.said_of(called)
        add(
            FindingKind.NEW,
            called.first.full_name,
            {key: said[key] for key in ("birth", "position", "unit", "site")},
        )
    return rows


def _conflict(called: Called) -> dict[str, Any]:
    first = called.first
    return {
        "place": place_of(called),
        "birth": first.birth_date.isoformat() if first.birth_date else str(first.birth_year or ""),
        "site": first.site,
        "sender": first.sender,
        "others": [{"site": row.site, "sender": row.sender} for row in called.rows[1:] if row.site != first.site],
    }
