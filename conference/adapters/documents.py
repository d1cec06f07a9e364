"""Papers that come as files: what they are by their content, and their text and pages, read in a process of its own."""

from __future__ import annotations

import base64
import json
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path, PurePosixPath
from unicodedata import category, normalize

from conference.foundation.documents import Document, DocumentKind
from conference.foundation.errors import DomainError

MAX_FILE_BYTES = 20 << 20
AT_ONCE = 2
"""Readers that run together: each may take a core and some hundred megabytes."""
WAIT_SECONDS = 20
READER_SECONDS = 45
LONGEST_NAME = 120

_READER = Path(__file__).with_name("document_reader.py")
_turns = threading.BoundedSemaphore(AT_ONCE)
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEIC = re.compile(rb"....ftyp(?:hei|hev|mif|msf|avi)", re.DOTALL)
_OUT_OF_TIME = (-signal.SIGXCPU, -signal.SIGKILL)


def kind_of(name: str, content: bytes) -> DocumentKind:
    """What a file is by its first bytes, whatever it is called. Raises a DomainError that says what is taken."""
    if not content.strip():
        raise DomainError("document_empty", file=name)
    if len(content) > MAX_FILE_BYTES:
        raise DomainError("document_too_large", file=name, megabytes=MAX_FILE_BYTES >> 20)
    if content.startswith(b"PK\x03\x04"):
        return DocumentKind.DOCX
    if b"%PDF-" in content[:1024]:
        return DocumentKind.PDF
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or content[8:12] == b"WEBP":
        return DocumentKind.PHOTO
    if _HEIC.match(content):
        raise DomainError("photo_heic", file=name)
    if content.startswith(_OLE_MAGIC):
        locked = "EncryptedPackage".encode("utf-16-le") in content
        raise DomainError("document_password" if locked else "document_old_word", file=name)
    raise DomainError("document_wrong_type", file=name)


def read_document(sent_name: str, content: bytes) -> Document:
    """One paper, read within bounds of memory and time. Never inside a transaction: it may take seconds.

    Raises DomainError: document_empty, _too_large, _wrong_type, _old_word, _macros, _active, _password, _bomb,
    _too_many_pages, _too_long, _damaged, photo_heic, photo_too_large; ``busy`` when too many are being read.
    """
    name = shown_name(sent_name)
    kind = kind_of(name, content)
    if not _turns.acquire(timeout=WAIT_SECONDS):
        raise DomainError("busy")
    try:
        answer = subprocess.run(  # noqa: S603 (our own program; the file is its input, not its name)
            [sys.executable, "-I", str(_READER), kind.value],
            input=content,
            capture_output=True,
            timeout=READER_SECONDS,
            check=True,
        )
        found = json.loads(answer.stdout)
    except subprocess.TimeoutExpired as error:
        raise DomainError("document_bomb", file=name) from error
    except subprocess.CalledProcessError as error:
        code = "document_bomb" if error.returncode in _OUT_OF_TIME else "document_damaged"
        raise DomainError(code, file=name) from error
    finally:
        _turns.release()
    if "refused" in found:
        raise DomainError(found["refused"], file=name)
    pages = tuple(base64.b64decode(page) for page in found["pages"])
    return Document(name, kind, pages[0] if kind is DocumentKind.PHOTO else content, found["text"], pages)


def shown_name(sent: str) -> str:
    """A file's name as it may be shown again: without folders, and without signs that steer a terminal or a line."""
    last = PurePosixPath(normalize("NFC", sent).replace("\\", "/")).name
    plain = "".join(sign for sign in last if category(sign)[0] != "C").strip()
    return plain[-LONGEST_NAME:] or "tệp"
