"""PDFs that a job makes, one a site and all of them in one archive: where they lie, and how they are made."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import current_app

from conference.foundation.jobs import Task
from conference.settings import Settings

FORBIDDEN_IN_NAMES = '\\/:*?"<>|'


@dataclass(frozen=True)
class SiteFiles:
    """The files of one kind of a conference. A reader meets the old file or the new one, never half of one."""

    folder: Path

    @classmethod
    def of(cls, kind: str, conference_id: int) -> SiteFiles:
        settings: Settings = current_app.extensions["settings"]
        return cls(settings.files_dir / kind / str(conference_id))

    def site(self, site_id: int) -> Path:
        return self.folder / f"{site_id}.pdf"

    @property
    def archive(self) -> Path:
        return self.folder / "tat-ca.zip"

    def made_at(self, site_id: int) -> datetime | None:
        path = self.site(site_id)
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.exists() else None

    def made(self, sites: Sequence[Any]) -> dict[int, datetime]:
        """When each site's file was made, for those that have one."""
        return {site.id: made for site in sites if (made := self.made_at(site.id))}

    def make(self, task: Task, sites: Sequence[Any], pdf_of: Callable[[Any], bytes], *, is_all: bool) -> int:
        """A file for each of these sites (rows with id, code, name, people), each usable at once, and the archive when
        these are all. Returns how many people they are for. Safe to run again."""
        self.folder.mkdir(parents=True, exist_ok=True)
        total, done = sum(site.people for site in sites), 0
        for index, site in enumerate(sites):
            task.progress(done, total, f"{index} trên {len(sites)} điểm cầu")
            _replace(self.site(site.id), pdf_of(site))
            done += site.people
        if is_all:
            self._pack(sites)
        task.progress(done, total, f"{len(sites)} trên {len(sites)} điểm cầu")
        return done

    def _pack(self, sites: Sequence[Any]) -> None:
        half = self.archive.with_suffix(".part")
        with zipfile.ZipFile(half, "w", zipfile.ZIP_STORED) as archive:
            for site in sites:
                name = "".join(" " if sign in FORBIDDEN_IN_NAMES else sign for sign in f"{site.code} {site.name}")
                archive.write(self.site(site.id), f"{name}.pdf")
        os.replace(half, self.archive)


def _replace(target: Path, content: bytes) -> None:
    half = target.with_suffix(".part")
    half.write_bytes(content)
    os.replace(half, target)
