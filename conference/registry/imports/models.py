"""An import with its files, what it found, what it changed, and what each list said last about a thing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.directory.models import Unit
from conference.foundation.db import BigId, Bytewise, db
from conference.planning.models import Conference
from conference.registry.imports.rules import BatchState, FindingKind, Subject


class ImportBatch(db.Model):
    """One upload of one or more files for a conference, from the preview to taking it back."""

    __tablename__ = "import_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"), index=True)
    state: Mapped[BatchState]
    created_at: Mapped[datetime]
    account_id: Mapped[int | None]  # none: the command line
    job_id: Mapped[int | None]
    applied_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # taken back, discarded or failed
    error: Mapped[str | None] = mapped_column(Text)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    site_choices: Mapped[dict[str, str]] = mapped_column(JSON)  # "file|sheet|row" -> code of the site to use

    conference: Mapped[Conference] = relationship(lazy="raise")
    files: Mapped[list[ImportFile]] = relationship(lazy="raise", back_populates="batch", order_by="ImportFile.id")


class ImportFile(db.Model):
    """One file of an import, kept as it was sent."""

    __tablename__ = "import_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    stored_as: Mapped[str] = mapped_column(Text)  # a name of ours under the data folder
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(Text)
    encoding: Mapped[str | None] = mapped_column(Text)  # chosen by a person; none: as recognised
    sheets: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # what was recognised in it

    batch: Mapped[ImportBatch] = relationship(lazy="raise", back_populates="files")


class ImportFinding(db.Model):
    """A line of the preview: a person who is new, changed, repeated, missing or put at two sites."""

    __tablename__ = "import_findings"
    __table_args__ = (Index("ix_import_findings_batch_id_kind_position", "batch_id", "kind", "position"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"))
    kind: Mapped[FindingKind]
    position: Mapped[int]
    attendee_id: Mapped[int | None]
    name: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class ImportReject(db.Model):
    """A row that came back, with its original cells for the error file."""

    __tablename__ = "import_rejects"
    __table_args__ = (Index("ix_import_rejects_batch_id_position", "batch_id", "position"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"))
    position: Mapped[int]
    file: Mapped[str] = mapped_column(Text)
    sheet: Mapped[str] = mapped_column(Text)
    row: Mapped[int]
    why: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    nearest: Mapped[str] = mapped_column(Text)
    cells: Mapped[list[Any]] = mapped_column(JSON)


class ImportedValue(db.Model):
    """What a list last said about a thing: tells an edit on screen from a value that was imported."""

    __tablename__ = "imported_values"
    __table_args__ = (
        UniqueConstraint("conference_id", "subject", "subject_id"),
        Index("ix_imported_values_created_by_id", "created_by_id", "subject"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    subject: Mapped[Subject]
    subject_id: Mapped[int]
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"))  # the import that made it
    made_person: Mapped[bool] = mapped_column(default=False)  # the person was new to the directory too
    said: Mapped[dict[str, Any]] = mapped_column(JSON)
    categories_by_sender: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # of an attendee


class ImportChange(db.Model):
    """A field that an import changed, so that it can be taken back."""

    __tablename__ = "import_changes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"), index=True)
    subject: Mapped[Subject]
    subject_id: Mapped[int]
    field: Mapped[str] = mapped_column(Text)
    before: Mapped[Any] = mapped_column(JSON, nullable=True)
    after: Mapped[Any] = mapped_column(JSON, nullable=True)


class ListMapping(db.Model):
    """What a person said about the columns of an unknown shape, remembered for its sender."""

    __tablename__ = "list_mappings"
    __table_args__ = (UniqueConstraint("sender_id", "fingerprint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    fingerprint: Mapped[str] = mapped_column(Bytewise, index=True)
    kind: Mapped[str] = mapped_column(Text)
    first_row: Mapped[int]
    columns: Mapped[dict[str, Any]] = mapped_column(JSON)  # index of the column -> what it holds
    created_at: Mapped[datetime]

    sender: Mapped[Unit | None] = relationship(lazy="raise")
