"""A paper that came as a file, once it has been read: what is kept, its text, and its pages as pictures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DocumentKind(StrEnum):
    DOCX = "docx"
    PDF = "pdf"
    PHOTO = "photo"


MIME_TYPES = {
    DocumentKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    DocumentKind.PDF: "application/pdf",
    DocumentKind.PHOTO: "image/jpeg",
}
SUFFIXES = {DocumentKind.DOCX: ".docx", DocumentKind.PDF: ".pdf", DocumentKind.PHOTO: ".jpg"}


@dataclass(frozen=True)
class Document:
    """``content`` is what is kept for ever: a document as it came, a photo redrawn without anything but its picture.

    ``pages`` are JPEG pictures made by us: of photos and of scans, which have no text to read. ``text`` is empty there.
    """

    name: str  # as the sender called it, for the sender's eyes
    kind: DocumentKind
    content: bytes
    text: str = ""
    pages: tuple[bytes, ...] = ()
