"""The only way from a number to an import, and to a file of it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.planning.models import Conference
from conference.registry.imports.models import ImportBatch, ImportFile


def import_in(conference: Conference, batch_id: int) -> ImportBatch:
    """Raises ``not_found`` for an import of another conference."""
    batch = db.session.scalars(
        select(ImportBatch)
        .where(ImportBatch.id == batch_id, ImportBatch.conference_id == conference.id)
        .options(selectinload(ImportBatch.files))
        .execution_options(populate_existing=True)
    ).first()
    if batch is None:
        raise DomainError("not_found")
    return batch


def file_in(batch: ImportBatch, file_id: int) -> ImportFile:
    """Raises ``not_found`` for a file of another import."""
    file = next((file for file in batch.files if file.id == file_id), None)
    if file is None:
        raise DomainError("not_found")
    return file
