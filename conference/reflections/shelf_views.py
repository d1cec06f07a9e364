"""Between requests and the shelf: taking files in, whole or not at all, and giving them back."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256

from flask import Response, current_app
from werkzeug.datastructures import FileStorage

from conference.adapters.documents import MAX_FILE_BYTES, read_document
from conference.adapters.kept_files import Shelf
from conference.foundation.documents import MIME_TYPES, SUFFIXES, Document, DocumentKind
from conference.foundation.errors import DomainError
from conference.reflections.attaching import Kept
from conference.reflections.content import count_words
from conference.reflections.models import PaperFile
from conference.web.inert import inert


def shelf() -> Shelf:
    return Shelf(current_app.extensions["settings"].files_dir / "papers")


def read_sent(file: FileStorage) -> Document:
    """What was sent, read. Raises as ``read_document`` does."""
    return read_document(file.filename or "", file.stream.read(MAX_FILE_BYTES + 1))


@contextmanager
def kept(documents: Sequence[Document]) -> Iterator[list[Kept]]:
    """These documents on the disk, for a transaction that notes them; when that fails, nothing of them stays."""
    place, names = shelf(), list[str]()

    def keep(content: bytes) -> str:
        names.append(place.keep(content))
        return names[-1]

    try:
        found = []
        for document in documents:
            stored_as = keep(document.content)
            pages = (
                (stored_as,) if document.kind is DocumentKind.PHOTO else tuple(keep(page) for page in document.pages)
            )
            found.append(
                Kept(
                    name=document.name,
                    kind=document.kind,
                    stored_as=stored_as,
                    pages=pages,
                    size=len(document.content),
                    sha256=sha256(document.content).hexdigest(),
                    text=document.text,
                    words=count_words(document.text),
                )
            )
        yield found
    except BaseException:
        for name in names:
            place.drop(name)
        raise


def drop(names: set[str]) -> None:
    """What nobody needs any more. After the commit alone."""
    place = shelf()
    for name in names:
        place.drop(name)


def send(file: PaperFile, place: int, *, may_stay: bool = False) -> Response:
    """A file as it is kept, under a name that says nothing. Raises ``file_gone``."""
    name = f"bai-thu-hoach-{place}{SUFFIXES[file.kind]}"
    return inert(_whole(file.stored_as), kind=MIME_TYPES[file.kind], name=name, may_stay=may_stay)


def send_page(stored_as: str, place: int, *, may_stay: bool = False) -> Response:
    """The picture of one page. Raises ``file_gone``."""
    return inert(_whole(stored_as), kind="image/jpeg", name=f"trang-{place}.jpg", may_stay=may_stay)


def page_as_data(file: PaperFile, place: int) -> str:
    return picture_as_data(file.pages[place - 1])


def picture_as_data(stored_as: str) -> str:
    """A page inside of the page that shows it, so that opening the one notes the reading of the other."""
    picture = shelf().read(stored_as) or b""
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode('ascii')}"


def _whole(stored_as: str) -> bytes:
    content = shelf().read(stored_as)
    if content is None:
        raise DomainError("file_gone")
    return content
