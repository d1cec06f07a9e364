"""Lists in and out on the command line: the same for people and programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import select

from conference.adapters.spreadsheet import read_workbook, write_workbook
from conference.foundation import clock
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.sheets import Workbook
from conference.planning.models import Conference
from conference.registry import queries as people
from conference.registry.imports import queries
from conference.registry.imports.actions import apply_import
from conference.registry.imports.comparison import Comparison, compare, figures_of
from conference.registry.imports.files import files_in
from conference.registry.imports.jobs import ticket_ring, without_pauses
from conference.registry.imports.words import reason_of_reject
from conference.registry.recognition import Recognition, recognise
from conference.registry.rules import Reach
from conference.web.errors import sentence_of


def read_folder(folder: Path, conference_id: int | None) -> tuple[Recognition, list[dict[str, str]]]:
    """What the lists in a folder say, and the files that were refused, each with the reason."""
    refused: list[dict[str, str]] = []

    def books() -> Iterator[Workbook]:
        seen: dict[bytes, Path] = {}
        for path in files_in(folder):
            try:
                content = path.read_bytes()
                other = seen.setdefault(sha256(content).digest(), path)
                if other != path:
                    raise DomainError("sheet_twice", file=path.name, other=other.name)
                yield read_workbook(path.name, content)
            except DomainError as error:
                refused.append({"file": path.name, "reason": sentence_of(error)})

    recognition = recognise(
        books(),
        known_units=queries.known_units(),
        known_sites=queries.known_sites(conference_id),
        mappings=queries.known_mappings(),
    )
    return recognition, refused


def import_folder(folder: Path, code: str) -> tuple[Comparison, list[dict[str, str]]]:
    """Read a folder and bring in what it says. Only the latter holds the database, in one transaction."""
    with without_pauses():
        recognition, refused = read_folder(folder, _conference_id(code))
        with transaction():
            _, _, comparison = apply_import(
                recognition, conference_code=code, ring=ticket_ring(), by=SYSTEM, at=clock.now()
            )
    return comparison, refused


def _conference_id(code: str) -> int | None:
    return db.session.scalar(select(Conference.id).where(Conference.code == code))


@click.command("import-lists")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--conference", "code", required=True, help="Code of the conference; a new one makes a draft.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@with_appcontext
def import_lists(folder: Path, code: str, dry_run: bool, as_json: bool) -> None:
    """Bring in units, sites, programme and delegates from the lists in FOLDER. Repeating it changes nothing."""
    try:
        if dry_run:
            with without_pauses():
                recognition, refused = read_folder(folder, _conference_id(code))
                comparison = compare(recognition, _conference_id(code))
            db.session.rollback()
        else:
            comparison, refused = import_folder(folder, code)
    except DomainError as error:
        raise click.ClickException(sentence_of(error)) from error
    answer = answer_of(comparison, refused)
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2) if as_json else _in_words(answer))


def answer_of(comparison: Comparison, refused: list[dict[str, str]]) -> dict[str, Any]:
    """The figures and what came back, as the command's contract names them."""
    recognition = comparison.recognition
    return {
        **figures_of(comparison),
        "rejects": [
            {"file": r.file, "sheet": r.sheet, "row": r.row, "reason": reason_of_reject(r)} for r in recognition.rejects
        ],
        "refused": refused,
        "needs_mapping": [
            {"file": sheet.file, "sheet": sheet.sheet} for sheet in recognition.sheets if sheet.needs_mapping
        ],
        "quotas": [{"file": sheet.file, "sheet": sheet.sheet} for sheet in recognition.sheets if sheet.is_quotas],
    }


def _in_words(answer: dict[str, Any]) -> str:
    lines = [
        f"{answer['rows']} dòng dùng được, {answer['people']} người, {answer['repeated']} dòng lặp,"
        f" {answer['conflicts']} người khác điểm cầu, {answer['rejected']} dòng trả lại",
        f"mới {answer['new']}, thay đổi {answer['changed']}, không đổi {answer['unchanged']},"
        f" giữ bản sửa trên màn hình {answer['kept']}, không còn trong danh sách {answer['missing']}",
    ]
    lines += [f"  {r['file']} · {r['sheet']} · dòng {r['row']}: {r['reason']}" for r in answer["rejects"]]
    lines += [f"  {r['file']}: {r['reason']}" for r in answer["refused"]]
    lines += [f"  {r['file']} · {r['sheet']}: cần chỉ cột trên màn hình nhập" for r in answer["needs_mapping"]]
    lines += [f"  {r['file']} · {r['sheet']}: bảng chỉ tiêu, gửi ở sổ Ban Tổ chức" for r in answer["quotas"]]
    return "\n".join(lines)


@click.command("export-attendees")
@click.argument("code")
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path), required=True)
@with_appcontext
def export_attendees(code: str, out: Path) -> None:
    """Write the people of conference CODE to an .xlsx, one row a person."""
    conference_id = _conference_id(code)
    if conference_id is None:
        raise click.ClickException(f"Không có hội nghị mang mã {code}.")
    reach = Reach(is_whole=True, sees_contacts=True)
    everybody = people.people(conference_id, reach)
    tables = [people.people_table(everybody, conference_id, reach), people.exported_table(everybody, code)]
    write_workbook(out, tables)


def register(app: Flask) -> None:
    app.cli.add_command(import_lists)
    app.cli.add_command(export_attendees)
