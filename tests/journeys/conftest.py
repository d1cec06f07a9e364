"""A door on its day, and what its pages complained about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.door_day import DoorDay


@pytest.fixture
def day(tmp_path: Path, sqlite_template: Path) -> Iterator[DoorDay]:
    found = DoorDay(tmp_path / "data", migrated=sqlite_template)
    yield found
    found.end()


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What a page complained about; a journey ends with none."""
    found: list[str] = []
    yield found
    assert found == []
