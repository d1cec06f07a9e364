"""Badges in the background: one PDF a site, each usable as soon as it is there, and all of them in one archive."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from conference.adapters.qr import qr_path
from conference.adapters.typst_pdf import render_pdf
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import Task, job
from conference.planning.models import Conference
from conference.registry import actions, badges
from conference.registry.rules import place_name
from conference.registry.tickets import key_ring

KIND = "badges.print"
WORDS = {"site": "Điểm cầu", "seat": "Chỗ ngồi", "number": "Số thẻ"}


@dataclass(frozen=True)
class BadgeFiles:
    """Where the printed badges of a conference lie."""

    folder: Path
    code: str

    @classmethod
    def of(cls, conference: Conference) -> BadgeFiles:
        settings = current_app.extensions["settings"]
        return cls(settings.files_dir / "badges" / str(conference.id), conference.code)

    def site(self, site_id: int) -> Path:
        return self.folder / f"{site_id}.pdf"

    @property
    def archive(self) -> Path:
        return self.folder / "tat-ca.zip"


@job(KIND)
def print_badges(task: Task) -> dict[str, Any]:
    """Badges of the sites in the payload, or of all. Safe to run again: a file is replaced whole."""
    conference = db.session.scalars(
        select(Conference)
        .where(Conference.id == task.payload["conference_id"])
        .options(joinedload(Conference.host_unit))
    ).first()
    if conference is None:
        raise DomainError("not_found")
    files = BadgeFiles.of(conference)
    files.folder.mkdir(parents=True, exist_ok=True)
    with transaction():
        actions.issue_missing_tickets(
            conference_id=conference.id, ring=key_ring(current_app.extensions["settings"].secret_key)
        )
    wanted = task.payload.get("site_ids")
    everywhere = badges.sites_with_people(conference.id)
    sites = [site for site in everywhere if site.people and (wanted is None or site.id in wanted)]
    total, done = sum(site.people for site in sites), 0
    for index, site in enumerate(sites):
        task.progress(done, total, f"{index} trên {len(sites)} điểm cầu")
        people = badges.people_at(conference.id, site.id)
        pdf = badge_pdf(badges.heading(conference), place_name(site.name), people)
        _replace(files.site(site.id), pdf)
        done += len(people)
    if wanted is None:
        _pack(files, sites)
    task.progress(done, total, f"{len(sites)} trên {len(sites)} điểm cầu")
    return {"sites": len(sites), "people": done, "page": ["registry.badges", {"code": conference.code}]}


def badge_pdf(heading: dict[str, str], place: str, people: Sequence[Any]) -> bytes:
    """The PDF of these people's badges, a page each."""
    printed, modules = [], 0
    for person in people:
        path, modules = qr_path(person.ticket)
        printed.append(
            {
                "name": person.full_name,
                "position": person.position,
                "unit": person.unit_name,
                "seat": person.seat or "",
                "number": str(person.number),
                "qr": path,
            }
        )
    return render_pdf("badge", {**heading, "site": place, "modules": modules, "people": printed, "words": WORDS})


def _replace(target: Path, content: bytes) -> None:
    """A reader meets the old file or the new one, never half of one."""
    half = target.with_suffix(".part")
    half.write_bytes(content)
    os.replace(half, target)


def _pack(files: BadgeFiles, sites: Sequence[Any]) -> None:
    half = files.archive.with_suffix(".part")
    with zipfile.ZipFile(half, "w", zipfile.ZIP_STORED) as archive:
        for site in sites:
            name = "".join(" " if sign in '\\/:*?"<>|' else sign for sign in f"{site.code} {site.name}")
            archive.write(files.site(site.id), f"{name}.pdf")
    os.replace(half, files.archive)
