"""The list of who was erased, beside the database: a backup made before knows nothing of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["person", "account"]
KINDS: tuple[Kind, ...] = ("person", "account")


@dataclass(frozen=True)
class ErasedEntry:
    """Of a person or of an account of the staff: a number and a mark, neither of which says who it was."""

    kind: Kind
    id: int
    mark: str


class ErasedList:
    """A file of JSON lines that only grows."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> list[ErasedEntry]:
        """Every entry once, in the order of their coming."""
        if not self._path.exists():
            return []
        lines = self._path.read_text(encoding="utf-8").splitlines()
        plain = [json.loads(line) for line in lines if line.strip()]
        return list(
            dict.fromkeys(ErasedEntry(kind, one[kind], one["mark"]) for one in plain for kind in KINDS if kind in one)
        )

    def add(self, entries: Iterable[ErasedEntry]) -> None:
        """Write down those that are not there yet; on the disk when this returns. Repeatable."""
        known = set(self.read())
        fresh = [one for one in entries if one not in known]
        if not fresh:
            return
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.writelines(json.dumps({one.kind: one.id, "mark": one.mark}) + "\n" for one in fresh)
            file.flush()
            os.fsync(file.fileno())
