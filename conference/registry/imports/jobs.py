"""The long work of an import: reading and comparing its files, and bringing them in."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select

from conference.adapters.spreadsheet import read_workbook
from conference.foundation import clock
from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.jobs import Job, Task, job
from conference.foundation.legacy_text import Encoding
from conference.foundation.sheets import Workbook
from conference.planning.models import Conference
from conference.registry.imports import actions, findings, queries
from conference.registry.imports.comparison import compare
from conference.registry.imports.models import ImportBatch, ImportFile
from conference.registry.imports.rules import BatchState
from conference.registry.recognition import Recognition, recognise
from conference.registry.tickets import KeyRing, key_ring


@contextmanager
def without_pauses() -> Iterator[None]:
    """Many small objects that all stay: looking for garbage among them only costs time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def files_folder() -> Path:
    """Where uploaded lists stand, under names of ours."""
    folder: Path = current_app.extensions["settings"].files_dir / "imports"
    return folder


def ticket_ring() -> KeyRing:
    return key_ring(current_app.extensions["settings"].secret_key)


@job("imports.read")
def read_import(task: Task) -> dict[str, Any]:
    """Compare the files with the conference and keep the preview. Repeating it gives the same preview."""
    batch_id = int(task.payload["batch_id"])
    try:
        with without_pauses():
            batch, recognition = _recognise(task, batch_id, BatchState.READING)
            if batch is None:
                return {}
            task.progress(2, 3)
            comparison = compare(recognition, batch.conference_id, batch.site_choices)
            with transaction():
                findings.forget_findings(batch_id)
            for part in findings.parts_of(comparison):
                with transaction():
                    findings.keep_part(batch_id, part)
            with transaction():
                batch = db.session.get_one(ImportBatch, batch_id, populate_existing=True)
                findings.finish_preview(batch=batch, comparison=comparison, sheets=recognition.sheets)
    except DomainError as error:
        _failed(batch_id, error)
        raise
    return {"batch_id": batch_id}


@job("imports.apply")
def apply_import(task: Task) -> dict[str, Any]:
    """Bring in what the preview showed, in one transaction: a killed worker leaves nothing half done."""
    batch_id = int(task.payload["batch_id"])
    try:
        with without_pauses():
            batch, recognition = _recognise(task, batch_id, BatchState.APPLYING)
            if batch is None:
                return {}
            task.progress(2, 3)
            with transaction():
                batch = db.session.get_one(ImportBatch, batch_id)
                if batch.state is not BatchState.APPLYING:
                    return {}
                code = db.session.scalars(select(Conference.code).where(Conference.id == batch.conference_id)).one()
                actions.apply_import(
                    recognition,
                    conference_code=code,
                    ring=ticket_ring(),
                    by=_actor_of(task),
                    at=clock.now(),
                    batch=batch,
                )
    except DomainError as error:
        _failed(batch_id, error)
        raise
    return {"batch_id": batch_id}


def _recognise(task: Task, batch_id: int, expected: BatchState) -> tuple[ImportBatch | None, Recognition]:
    """Read the stored files of a batch that is in the expected state; None for one that a person ended."""
    batch = db.session.get(ImportBatch, batch_id)
    files = list(db.session.scalars(select(ImportFile).where(ImportFile.batch_id == batch_id).order_by(ImportFile.id)))
    conference_id = batch.conference_id if batch else None
    recognition = recognise(
        _books(files) if batch and batch.state is expected else (),
        known_units=queries.known_units(conference_id),
        known_sites=queries.known_sites(conference_id),
        mappings=queries.known_mappings(),
        known_people=lambda: queries.known_people(conference_id),
    )
    task.progress(1, 3)
    return (batch if batch and batch.state is expected else None), recognition


def _books(files: list[ImportFile]) -> Iterator[Workbook]:
    for file in files:
        content = (files_folder() / file.stored_as).read_bytes()
        yield read_workbook(file.name, content, Encoding(file.encoding) if file.encoding else None)


def _failed(batch_id: int, error: DomainError) -> None:
    db.session.rollback()
    with transaction():
        batch = db.session.get(ImportBatch, batch_id)
        if batch is not None and batch.state in (BatchState.READING, BatchState.APPLYING):
            actions.fail(batch=batch, code=error.code, at=clock.now())


def _actor_of(task: Task) -> Actor:
    row = db.session.get_one(Job, task.id)
    return Actor(ActorKind(row.actor_kind), row.actor_id)
