"""Papers as files: what is read of good ones, and that hostile ones end in a sentence and nothing else."""

from __future__ import annotations

import errno
import resource
import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from conference.adapters.documents import read_document, shown_name
from conference.adapters.kept_files import Shelf
from conference.foundation.documents import DocumentKind
from conference.foundation.errors import DomainError
from tests import papers


@pytest.mark.parametrize("kind", papers.HOSTILE)
def test_what_must_not_be_taken_is_refused_by_name_and_soon(kind: str) -> None:
    """F24: Macros, programs, pages, templates and links to elsewhere, renamed types."""
    name, content, code = papers.hostile(kind)
    began = time.monotonic()
    with pytest.raises(DomainError) as refusal:
        read_document(name, content)
    assert (refusal.value.code, refusal.value.facts["file"]) == (code, name)
    assert time.monotonic() - began < 20  # the reader itself gets 15 s of a core, and needs far less


def test_a_word_file_gives_its_text_as_a_reader_sees_it() -> None:
    body = (
        "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>một</w:t><w:tab/><w:t>hai</w:t><w:br/>"
        "<w:t>ba</w:t></w:r></w:p>"
        "<w:p><w:del><w:r><w:delText>bỏ</w:delText><w:t>bỏ</w:t></w:r></w:del><w:ins><w:r><w:t>giữ</w:t></w:r></w:ins>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
        "<mc:AlternateContent><mc:Choice><w:p><w:r><w:t>khung</w:t></w:r></w:p></mc:Choice>"
        "<mc:Fallback><w:p><w:r><w:t>khung</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent>"
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>ô 1</w:t></w:r></w:p></w:tc>"
        "<w:tc><w:p><w:r><w:t>ô 2</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )
    content = papers.docx("Phần 1: Nhận thức & liên hệ <mới>", "", body=body, author="Đặng Hữu Phước")
    found = read_document("Bài của Phước.docx", content)
    assert (found.kind, found.content, found.pages) == (DocumentKind.DOCX, content, ())
    assert found.text == "Phần 1: Nhận thức & liên hệ <mới>\n\nmột\thai\nba\ngiữ\nkhung\nô 1\nô 2"


def test_notes_below_the_pages_and_at_the_end_are_read_after_the_text() -> None:
    def notes(kind: str, text: str) -> bytes:
        separator = f'<w:{kind} w:type="separator"><w:p><w:r><w:separator/></w:r></w:p></w:{kind}>'
        said = f"<w:{kind}><w:p><w:r><w:{kind}Ref/></w:r><w:r><w:t>{text}</w:t></w:r></w:p></w:{kind}>"
        return f'<w:{kind}s xmlns:w="{papers.W}">{separator}{said}</w:{kind}s>'.encode()

    content = papers.docx(
        "Bài viết.",
        more={
            "word/footnotes.xml": notes("footnote", "Nghị quyết số 20, tr. 5"),
            "word/endnotes.xml": notes("endnote", "Báo Lao động"),
        },
    )
    assert read_document("a.docx", content).text == "Bài viết.\n\nNghị quyết số 20, tr. 5\n\nBáo Lao động"


def test_links_and_pictures_of_a_word_file_are_no_danger() -> None:
    content = papers.docx(papers.WORDS, relations=papers.relation("hyperlink", "https://congdoan.example/"))
    assert read_document("a.docx", content).text == papers.WORDS


def test_a_pdf_gives_its_text_and_no_name_of_its_author() -> None:
    text = " ".join([papers.WORDS] * 12)
    found = read_document("bai.docx", papers.pdf(text, author="Đặng Hữu Phước"))
    assert found.kind is DocumentKind.PDF  # whatever it is called
    assert found.text.split() == text.split()
    assert "\n" not in found.text  # one paragraph, though the page breaks its lines
    assert found.pages == ()


def test_a_scanned_pdf_becomes_pictures_of_its_pages() -> None:
    found = read_document("quet.pdf", papers.scan(author="Canhdauqz"))
    assert (found.text, len(found.pages)) == ("", 2)
    assert all(Image.open(BytesIO(page)).format == "JPEG" for page in found.pages)
    assert not any(b"Canhdauqz" in page for page in found.pages)


@pytest.mark.parametrize("sent", [papers.photo(author="Canhdauqz", turned=True), papers.drawing("Canhdauqz")])
def test_a_photo_is_drawn_anew_and_says_nothing_of_who_took_it_where(sent: bytes) -> None:
    assert b"Canhdauqz" in sent
    found = read_document("IMG_0001.jpg", sent)
    assert found.pages == (found.content,)
    assert b"Canhdauqz" not in found.content
    picture = Image.open(BytesIO(found.content))
    assert dict(picture.getexif()) == {}
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}


def test_a_photo_stands_as_it_was_held_and_is_no_larger_than_reading_needs() -> None:
    found = read_document("a.jpg", papers.photo(size=(4000, 3000), turned=True))
    assert Image.open(BytesIO(found.content)).size == (1425, 1900)
    assert read_document("a.jpg", papers.photo(size=(4000, 3000), turned=True)).content == found.content


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Phước\\bài.docx", "bài.docx"),
        ("a\x00\u202eb\n.pdf", "ab.pdf"),
        ("x" * 500 + ".docx", "x" * 115 + ".docx"),
        ("/", "tệp"),
    ],
)
def test_a_name_is_shown_without_its_folders_and_steering_signs(sent: str, shown: str) -> None:
    """F24: A path in a name."""
    assert shown_name(sent) == shown


def test_a_shelf_keeps_whole_files_under_names_of_its_own(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "papers")
    first, second = shelf.keep(b"same"), shelf.keep(b"same")
    assert first != second
    assert (shelf.read(first), shelf.read("0" * 32)) == (b"same", None)
    shelf.drop(first)
    shelf.drop(first)
    assert (shelf.read(first), shelf.read(second)) == (None, b"same")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_file()} == {0o600}


def test_a_full_disk_leaves_no_half_file(tmp_path: Path) -> None:
    """F3: The write breaks off at a real limit of the system."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError, match="File too large") as full:
            Shelf(tmp_path).keep(b"x" * 200_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert full.value.errno == errno.EFBIG
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
