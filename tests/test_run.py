"""`make run`: the first start loads the reference conference, later ones find everything as it was."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from urllib.request import urlopen

from tests.services.embedded import MakeRun

PEOPLE = 24_814


def test_the_first_start_loads_the_reference_conference_and_says_how_to_enter(showcase: tuple[Path, str]) -> None:
    folder, said = showcase
    assert re.search(r"http://127\.0\.0\.1:\d+/enter/\S{20,}", said)
    assert _count(folder, "SELECT count(*) FROM attendees JOIN conferences c ON c.id = conference_id "
                          "WHERE c.code = 'NQ12' AND NOT is_walk_in") == PEOPLE  # fmt: skip
    assert _count(folder, "SELECT count(*) FROM attendances") > 0


def test_a_later_start_changes_nothing_and_serves_at_once(showcase: tuple[Path, str]) -> None:
    folder, _said = showcase
    tables = ("people", "units", "sites", "attendees", "scans", "conferences", "reflections", "released_marks")
    before = [_count(folder, f"SELECT count(*) FROM {table}") for table in tables]
    run = MakeRun(folder)
    try:
        with urlopen(f"{run.url}/", timeout=30) as page:
            assert "Điểm Cầu" in page.read().decode()
    finally:
        run.end()
    assert [_count(folder, f"SELECT count(*) FROM {table}") for table in tables] == before


def test_nothing_of_it_is_left_after_it_was_ended(showcase: tuple[Path, str]) -> None:
    folder, _said = showcase
    run = MakeRun(folder)
    run.end()
    left = [path for path in Path("/proc").glob("[0-9]*/environ") if _mentions(path, f"DATA_DIR={folder}")]
    assert left == []


def _mentions(path: Path, words: str) -> bool:
    try:
        return words.encode() in path.read_bytes()
    except OSError:
        return False


def _count(folder: Path, question: str) -> int:
    [database] = folder.glob("*.sqlite3")
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return int(connection.execute(question).fetchone()[0])
    finally:
        connection.close()
