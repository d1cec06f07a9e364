"""Which files may be documents of a topic. No database, no request."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from enum import StrEnum
from itertools import chain
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
_RUNS = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|GoToE|XFA)\b")
"""What makes a PDF do something when it is opened, send something away, or carry another file."""
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"\bstream[ \t]*(?:\r\n|\n|\r)?")
_FILTERED = re.compile(rb"/ObjStm\b.*/Filter\b|/Filter\b.*/ObjStm\b", re.DOTALL)
_PREDICTED = re.compile(rb"/Predictor\s*(?!1\b)\d")
_OBJECTS = re.compile(rb"[\s\0]*[\d%]")
_LONGEST_HEADER = 4_000
_MOST_UNPACKED = 64 * 1024 * 1024


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

    Raises ``topic_document_type``, ``document_empty``, ``document_too_large``, ``topic_document_disguised``,
    ``topic_document_locked`` and ``topic_document_active``.
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
    elif kind is DocumentType.PDF:
        _judge_pdf(name, content)
    return kind


def _judge_pdf(name: str, content: bytes) -> None:
    """Look at everything that a reader would obey: also at objects that lie packed together, and behind spelling."""
    plain = _spelled_out(content)
    if re.search(rb"/Encrypt\b", plain):
        raise DomainError("topic_document_locked", file=name)
    try:
        runs = any(_RUNS.search(part) for part in chain((plain,), _packed_objects(content)))
    except (zlib.error, ValueError) as error:
        raise DomainError("topic_document_disguised", file=name) from error
    if runs:
        raise DomainError("topic_document_active", file=name)


def _spelled_out(content: bytes) -> bytes:
    """/J#61vaScript is a name like any other."""
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)


def _packed_objects(content: bytes) -> Iterator[bytes]:
    """What object streams hold, known by how they begin, whatever stands before them.

    Raises ``zlib.error`` or ``ValueError`` for one that can't be looked into.
    """
    left = _MOST_UNPACKED
    for found in _STREAM.finditer(content):
        begin = content[found.end() : found.end() + 200]
        header = content[max(0, found.start() - _LONGEST_HEADER) : found.start()]
        is_declared = _FILTERED.search(_spelled_out(header[header.rfind(b"obj") + 3 :]))
        if not is_declared and not _looks_like_objects(begin):
            continue  # pictures, fonts, pages; what is not packed was seen with the rest
        unpacking = zlib.decompressobj()
        end = content.find(b"endstream", found.end())
        unpacked = unpacking.decompress(content[found.end() : end], left + 1)
        left -= len(unpacked)
        if left < 0 or (is_declared and (not unpacking.eof or _PREDICTED.search(header))):
            raise ValueError("too much, cut off, or packed in a way that nobody uses")
        yield _spelled_out(unpacked)


def _looks_like_objects(packed: bytes) -> bool:
    try:
        return _OBJECTS.match(zlib.decompressobj().decompress(packed, 40)) is not None
    except zlib.error:
        return False


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
