"""Which files may be documents of a topic. No database, no request."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from enum import StrEnum
from pathlib import PurePosixPath

from conference.foundation.errors import DomainError

MOST_BYTES = 20 * 1024 * 1024
MOST_DOCUMENTS = 12
"""Of one topic."""

LONGEST_NAME = 120
LONGEST_ENDING = 8


class DocumentType(StrEnum):
    """By the ending of its name."""

    PDF = "pdf"
    DOCX = "docx"
    PPTX = "pptx"
    XLSX = "xlsx"
    JPG = "jpg"
    PNG = "png"


_OFFICE = "application/vnd.openxmlformats-officedocument"
MIME_TYPES = {
    DocumentType.PDF: "application/pdf",
    DocumentType.DOCX: f"{_OFFICE}.wordprocessingml.document",
    DocumentType.PPTX: f"{_OFFICE}.presentationml.presentation",
    DocumentType.XLSX: f"{_OFFICE}.spreadsheetml.sheet",
    DocumentType.JPG: "image/jpeg",
    DocumentType.PNG: "image/png",
}
_BEGINS = {
    DocumentType.PDF: b"%PDF-",
    DocumentType.JPG: b"\xff\xd8\xff",
    DocumentType.PNG: b"\x89PNG\r\n\x1a\n",
}
_PARTS = {DocumentType.DOCX: "word/", DocumentType.PPTX: "ppt/", DocumentType.XLSX: "xl/"}
_RUNS = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia")
"""What makes a PDF do something when it is opened, or carry another file."""


def plain_name(name: str) -> str:
    """The name that people see: no folder, no sign that hides or turns letters, and short enough for a phone."""
    base = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(sign for sign in base if unicodedata.category(sign)[0] not in "CZ" or sign == " ")
    shown = unicodedata.normalize("NFC", seen).strip(" .")
    stem, _, ending = shown.rpartition(".")
    if len(shown) <= LONGEST_NAME or not stem or len(ending) > LONGEST_ENDING:
        return shown[:LONGEST_NAME].strip(" .")
    return f"{stem[: LONGEST_NAME - len(ending) - 1].rstrip(' .')}.{ending}"


def type_of(name: str, content: bytes) -> DocumentType:
    """Judge a file by its name and by what is in it; nobody is handed what could run.

    Raises ``topic_document_type``, ``document_empty``, ``document_too_large``, ``topic_document_disguised`` and
    ``topic_document_active``.
    """
    ending = PurePosixPath(name).suffix.lower().removeprefix(".").replace("jpeg", "jpg")
    if ending not in set(DocumentType):
        raise DomainError("topic_document_type", file=name)
    if not content:
        raise DomainError("document_empty", file=name)
    if len(content) > MOST_BYTES:
        raise DomainError("document_too_large", file=name, megabytes=MOST_BYTES // 1024 // 1024)
    kind = DocumentType(ending)
    if kind in _PARTS:
        _judge_office(name, kind, content)
    elif not content.startswith(_BEGINS[kind]):
        raise DomainError("topic_document_disguised", file=name)
    elif kind is DocumentType.PDF and any(sign in content for sign in _RUNS):
        raise DomainError("topic_document_active", file=name)
    return kind


def _judge_office(name: str, kind: DocumentType, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [part.lower() for part in archive.namelist()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise DomainError("topic_document_disguised", file=name) from error
    if not any(part.startswith(_PARTS[kind]) for part in parts):
        raise DomainError("topic_document_disguised", file=name)
    if any("vbaproject" in part or "/embeddings/" in part or "/activex/" in part for part in parts):
        raise DomainError("topic_document_active", file=name)
