"""Files that came from outside, kept under names of ours, where nothing runs them and no address leads to them."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{32}")


class Shelf:
    """A folder of files that never change. A name is drawn for each, and says nothing about what it holds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes) -> str:
        """The name of a new file, which is whole and on the disk when this returns; on a full disk nothing is left."""
        name = secrets.token_hex(16)
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return name

    def read(self, name: str) -> bytes | None:
        """What was kept; None when it is gone."""
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None

    def drop(self, name: str) -> None:
        """Repeatable."""
        self._path(name).unlink(missing_ok=True)

    def names_until(self, moment: datetime) -> list[str]:
        """What was kept up to a moment and is there still."""
        latest = moment.timestamp()
        found = []
        for path in self._folder.glob("??/*"):
            with suppress(FileNotFoundError):  # dropped since it was listed
                if _NAME.fullmatch(path.name) and path.stat().st_mtime <= latest:
                    found.append(path.name)
        return found

    def _path(self, name: str) -> Path:
        assert _NAME.fullmatch(name), "a name of ours"
        return self._folder / name[:2] / name
