"""Each promise and each fault leads to tests that are there."""

from __future__ import annotations

import ast
import re

import pytest

from tests.promises import FOLDER, named_by, shown_by

IDS = [
    *(f"R{number}" for number in range(1, 10)),
    *(f"S{number}" for number in range(1, 6)),
    *(f"G{number}" for number in range(1, 5)),
    *(f"A{number}" for number in range(1, 4)),
    *(f"D{number}" for number in range(1, 5)),
    "P1",
    *(f"F{number}" for number in range(1, 33)),
]

SHOWS = re.compile(r"((?:[RSGADPF]\d{1,2}, )*[RSGADPF]\d{1,2}): ")


def names_in(file: str) -> set[str]:
    found = ast.parse((FOLDER / file).read_text(encoding="utf-8")).body
    return {one.name for one in found if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")}


def test_every_promise_and_fault_is_named_once_with_tests_that_exist() -> None:
    table = shown_by()
    assert list(table) == IDS
    missing = []
    for id, tests in table.items():
        for test in tests:
            file, _, name = test.partition("::")
            if not (FOLDER / file).exists() or (name and name not in names_in(file)):
                missing.append((id, test))
    assert missing == []
    assert [id for id, tests in table.items() if not tests] == []


def test_a_test_that_says_what_it_shows_stands_in_the_table() -> None:
    """Its docstring begins with the ids: ``F1, F2: …``"""
    table, missing = shown_by(), []
    for path in sorted(FOLDER.rglob("test_*.py")):
        file = str(path.relative_to(FOLDER))
        for one in ast.parse(path.read_text(encoding="utf-8")).body:
            said = SHOWS.match(ast.get_docstring(one) or "") if isinstance(one, ast.FunctionDef) else None
            for id in said[1].split(", ") if said else ():
                if not {file, f"{file}::{one.name}"} & set(table[id]):
                    missing.append((id, f"{file}::{one.name}"))
    assert missing == []


def test_a_promise_that_nobody_made_is_named() -> None:
    assert named_by(["R1", "F1"])[0] == "tests/checkin/test_kill.py"
    assert len(named_by(["F2", "F1"])) == len(set(named_by(["F2", "F1"])))
    with pytest.raises(SystemExit, match="R77"):
        named_by(["R1", "R77"])
