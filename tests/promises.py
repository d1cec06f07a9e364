"""The table in README.md: each promise and fault, and the tests that show it.

python -m tests.promises R1 F6      names those tests, as pytest wants to hear them
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
LINE = re.compile(r"\| ([A-Z]\d{1,2}) \|")
TEST = re.compile(r"`([\w/]+\.py(?:::\w+)?)`")


def shown_by() -> dict[str, list[str]]:
    """Id -> files of tests, or tests in them, from this folder."""
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    return {found[1]: TEST.findall(line) for line in lines if (found := LINE.match(line))}


def named_by(ids: list[str]) -> list[str]:
    """Each test once. Raises ``SystemExit`` in a sentence for an id that nobody knows."""
    table = shown_by()
    if unknown := [id for id in ids if id not in table]:
        raise SystemExit(f"No promise has the id {', '.join(unknown)}. There are: {' '.join(table)}")
    return list(dict.fromkeys(f"{FOLDER.name}/{test}" for id in ids for test in table[id]))


if __name__ == "__main__":
    print(" ".join(named_by(sys.argv[1:])))
