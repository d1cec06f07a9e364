"""Run as a program: reads one paper from standard input and writes its text and pictures as JSON.

Readers of documents and pictures can hang, ask for gigabytes or fall on a hostile file. Here that ends a process of
its own, within bounds of memory and time, which can write no file. Nothing in a paper is run, fetched or believed.
"""

from __future__ import annotations

import base64
import json
import posixpath
import re
import resource
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any
from xml.parsers import expat

MEMORY_BYTES = 700 << 20
CPU_SECONDS = 15
MAX_ENTRIES = 3_000
MAX_UNPACKED_BYTES = 200 << 20  # what the archive says of all its parts, pictures included
MAX_PART_BYTES = 30 << 20  # of the one part with the text, truly unpacked
MAX_RELATIONS_BYTES = 1 << 20
MAX_DEPTH = 400
MAX_LETTERS = 400_000
MAX_PDF_PAGES = 40
MAX_PIXELS = 50_000_000
MAX_JPEG_PIXELS = 210_000_000  # is unpacked at an eighth of its size when it is that large
PAGE_SIDE = 1_900  # of a photo or a scanned page, in pixels: handwriting stays readable when enlarged
JPEG_QUALITY = 72
SCANNED_BELOW = 15  # words a page on average: less than that is a picture of a text

ACTIVE_RELATIONS = ("attachedtemplate", "oleobject", "package", "frame", "subdocument", "afchunk", "control")
ACTIVE_IN_PDF = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA)\b")


class RefusedError(Exception):
    """Why a paper is not taken, as the code of the sentence that people get."""


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    read = {"docx": read_docx, "pdf": read_pdf, "photo": read_photo}[sys.argv[1]]
    try:
        answer = read(sys.stdin.buffer.read())
    except RefusedError as error:
        answer = {"refused": str(error)}
    except MemoryError:
        answer = {"refused": "document_bomb"}
    json.dump(answer, sys.stdout)


# ---- Word


def read_docx(content: bytes) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return {"text": kept_text(text_of_docx(archive)), "pages": []}
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        expat.ExpatError,
        EOFError,
        ValueError,
        NotImplementedError,
        KeyError,
        OSError,
    ) as error:
        raise RefusedError("document_damaged") from error


def text_of_docx(archive: zipfile.ZipFile) -> str:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise RefusedError("document_bomb")
    if any(entry.flag_bits & 1 for entry in entries):
        raise RefusedError("document_password")
    names = [entry.filename for entry in entries]
    lowered = [name.lower() for name in names]
    if any(".." in name.split("/") or name.startswith("/") for name in names) or len(set(lowered)) != len(names):
        raise RefusedError("document_damaged")
    types = part_of(archive, "[Content_Types].xml", MAX_RELATIONS_BYTES).lower()
    if any(name.endswith("vbaproject.bin") for name in lowered) or b"macroenabled" in types:
        raise RefusedError("document_macros")
    if any(name.startswith(("word/embeddings/", "word/activex/")) for name in lowered):
        raise RefusedError("document_active")
    main_part = ""
    for name in names:
        if name.lower().endswith(".rels"):
            for kind, target, is_outside in relations(part_of(archive, name, MAX_RELATIONS_BYTES)):
                if kind in ACTIVE_RELATIONS and (is_outside or kind == "afchunk"):
                    raise RefusedError("document_active")
                if name == "_rels/.rels" and kind == "officedocument":
                    main_part = posixpath.normpath(target.lstrip("/"))
    if not main_part.startswith("word/") or main_part not in names:
        raise RefusedError("document_wrong_type")
    said = words_of_docx(part_of(archive, main_part, MAX_PART_BYTES))
    for notes in NOTES:
        beside = posixpath.join(posixpath.dirname(main_part), notes)
        if beside in names:
            said += ["\n", *words_of_docx(part_of(archive, beside, MAX_PART_BYTES))]
    return "".join(said)


NOTES = ("footnotes.xml", "endnotes.xml")
"""What the author wrote below the pages and at the end: it is read after the text, as nothing is printed between."""


def part_of(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as stream:
        part = stream.read(most + 1)
    if len(part) > most:
        raise RefusedError("document_bomb")
    return part


def walk(data: bytes, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None] | None = None) -> Any:
    """A parser over XML that declares nothing; tags come without their namespace."""
    depth = 0

    def declared(*_what: object) -> None:
        raise RefusedError("document_bomb")

    def opened(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise RefusedError("document_bomb")
        start(tag.rpartition(" ")[2], attributes)

    def closed(tag: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(tag.rpartition(" ")[2])

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = declared
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    return parser


def relations(data: bytes) -> list[tuple[str, str, bool]]:
    """(last word of the kind, target, whether it lies outside of the file) of each relation."""
    found = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship":
            kind = attributes.get("Type", "").rpartition("/")[2].lower()
            outside = attributes.get("TargetMode", "").lower() == "external"
            found.append((kind, attributes.get("Target", ""), outside))

    walk(data, start).Parse(data, True)
    return found


LEFT_OUT = {"Fallback", "del", "moveFrom", "instrText"}
"""Another form of what is there already, text taken out by its author, and codes of fields."""


def words_of_docx(data: bytes) -> list[str]:
    """The text of the body in its order: paragraphs and cells end a line. Headers and footers are no text."""
    said: list[str] = []
    skipped = run = text = 0

    def start(tag: str, _attributes: dict[str, str]) -> None:
        nonlocal skipped, run, text
        if skipped or tag in LEFT_OUT:
            skipped += 1
        elif tag == "r":
            run += 1
        elif tag == "t":
            text += 1
        elif run and tag == "tab":
            said.append("\t")
        elif run and tag in ("br", "cr"):
            said.append("\n")
        elif run and tag == "noBreakHyphen":
            said.append("-")

    def end(tag: str) -> None:
        nonlocal skipped, run, text
        if skipped:
            skipped -= 1
        elif tag == "r":
            run -= 1
        elif tag == "t":
            text -= 1
        elif tag == "p":
            said.append("\n")

    def letters(data: str) -> None:
        if text and not skipped:
            said.append(data)

    parser = walk(data, start, end)
    parser.CharacterDataHandler = letters
    parser.Parse(data, True)
    return said


# ---- PDF


def read_pdf(content: bytes) -> dict[str, Any]:
    import pypdfium2  # each reader loads its own library alone: a photo needs no PDF
    import pypdfium2.raw as pdfium

    if ACTIVE_IN_PDF.search(content):
        raise RefusedError("document_active")
    try:
        with pypdfium2.PdfDocument(content) as document:
            if pdfium.FPDFDoc_GetJavaScriptActionCount(document) > 0 or pdfium.FPDFDoc_GetAttachmentCount(document) > 0:
                raise RefusedError("document_active")
            if len(document) > MAX_PDF_PAGES:
                raise RefusedError("document_too_many_pages")
            texts = [paragraphs(page.get_textpage().get_text_bounded()) for page in document]
            if not texts:
                raise RefusedError("document_damaged")
            text = kept_text("\n\n".join(texts))
            if len(text.split()) >= SCANNED_BELOW * len(texts):
                return {"text": text, "pages": []}
            pages = [as_jpeg(page.render(scale=scale_of(page)).to_pil()) for page in document]
            return {"text": "", "pages": pages}
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower() or "security" in str(error).lower()
        raise RefusedError("document_password" if locked else "document_damaged") from error


def scale_of(page: Any) -> float:
    width, height = page.get_size()
    return float(min(3.0, PAGE_SIDE / max(width, height, 1)))


def paragraphs(text: str) -> str:
    """Lines of a page joined where a paragraph only ran to the edge: a reader's window is not as wide as the page."""
    lines = [line.strip() for line in text.replace("\ufffe", "").splitlines()]
    widest = max(map(len, lines), default=0)
    said = ""
    for line, following in zip(lines, [*lines, ""][1:], strict=True):
        runs_on = len(line) > 0.7 * widest and following and not re.match(r"[-–•+*]|\d+[.)]|[a-zđ][.)]\s", following)
        said += line + (" " if runs_on else "\n")
    return said.strip()


# ---- pictures


def read_photo(content: bytes) -> dict[str, Any]:
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MAX_JPEG_PIXELS  # beyond twice of it Pillow itself refuses; we do so at once
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
            pixels = picture.width * picture.height
            if pixels > (MAX_JPEG_PIXELS if picture.format == "JPEG" else MAX_PIXELS):
                raise RefusedError("photo_too_large")
            picture.draft("RGB", (PAGE_SIDE, PAGE_SIDE))
            return {"text": "", "pages": [as_jpeg(ImageOps.exif_transpose(picture))]}
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise RefusedError("document_damaged") from error


def as_jpeg(picture: Any) -> str:
    """The picture drawn anew on white paper: its dots alone, none of what a camera or an author wrote beside them."""
    from PIL import Image

    picture.thumbnail((PAGE_SIDE, PAGE_SIDE))
    paper = Image.new("RGB", picture.size, "white")
    if picture.mode in ("RGBA", "LA", "PA", "P"):
        layer = picture.convert("RGBA")
        paper.paste(layer, mask=layer)
    else:
        paper.paste(picture.convert("RGB"))
    made = BytesIO()
    paper.save(made, "JPEG", quality=JPEG_QUALITY, progressive=True)
    return base64.b64encode(made.getvalue()).decode("ascii")


def kept_text(text: str) -> str:
    """The text as it can be kept: no zero and no half letters, no more than two ends of line in a row."""
    whole = re.sub("[\x00\ud800-\udfff]", "", text)
    whole = re.sub(r"[ \t]+\n", "\n", whole)
    whole = re.sub(r"\n{3,}", "\n\n", whole).strip()
    if len(whole) > MAX_LETTERS:
        raise RefusedError("document_too_long")
    return whole


if __name__ == "__main__":
    main()
