"""The codes of printed rows: short, the same for Python and the browser, and not mistyped unnoticed."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright._impl._driver import compute_driver_executable

from conference.registry.row_codes import ROW_DIGITS, RowCode, read_row_code

codes = st.builds(RowCode, st.integers(0, 10**8 - 1), st.integers(0, 10**10 - 1))
SCRIPT = Path(__file__).parents[2] / "static" / "js" / "lib" / "row_code.js"
NODE = compute_driver_executable()[0]


@settings(max_examples=300, deadline=None)
@given(codes)
def test_a_row_code_reads_back_and_is_always_as_long(code: RowCode) -> None:
    assert read_row_code(code.digits()) == code
    assert len(code.digits()) == ROW_DIGITS


@settings(max_examples=300, deadline=None)
@given(codes, st.integers(0, ROW_DIGITS - 1), st.integers(1, 9))
def test_no_single_wrong_digit_gets_through(code: RowCode, place: int, by: int) -> None:
    digits = code.digits()
    wrong = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]
    assert read_row_code(wrong) is None


@settings(max_examples=300, deadline=None)
@given(codes, st.integers(0, ROW_DIGITS - 2))
def test_no_two_swapped_neighbours_get_through(code: RowCode, place: int) -> None:
    digits = code.digits()
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    assert (read_row_code(swapped) is None) is (swapped != digits)


@pytest.mark.parametrize("text", ["", "7", "9" * 188, " " + RowCode(1, 7).digits()[1:], "٢" * ROW_DIGITS])
def test_what_is_no_row_is_none(text: str) -> None:
    assert read_row_code(text) is None


@pytest.mark.parametrize("code", [RowCode(10**8, 1), RowCode(1, 10**10), RowCode(-1, 1)])
def test_a_number_that_does_not_fit_is_refused(code: RowCode) -> None:
    with pytest.raises(ValueError, match="can't hold"):
        code.digits()


def test_the_browser_reads_what_the_server_reads(tmp_path: Path) -> None:
    chance = random.Random(6)
    good = [RowCode(chance.randrange(10**8), chance.randrange(10**10)).digits() for _ in range(200)]
    texts = [*good, *("".join(chance.sample(code, len(code))) for code in good), "", "abc", "9" * 188]
    (tmp_path / "row_code.mjs").write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "ask.mjs").write_text(
        'import { readRowCode } from "./row_code.mjs";'
        f"console.log(JSON.stringify({json.dumps(texts)}.map(readRowCode)));",
        encoding="utf-8",
    )
    said = subprocess.run([NODE, "ask.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert json.loads(said) == [row and row._asdict() for row in map(read_row_code, texts)]
