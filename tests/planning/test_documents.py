"""Documents of topics: who sends, who fetches, what is refused, and that nothing is left of what was removed."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.planning.documents.models import TopicDocument
from conference.planning.documents.rules import LONGEST_NAME, DocumentType, plain_name, type_of
from conference.registry.links import link_token
from conference.web.filters import NO_BREAK, size
from tests.conftest import SECRET
from tests.factories import (
    join,
    make_attendee,
    make_conference,
    make_person,
    make_site,
    make_study_session,
    make_topic,
    make_unit,
)

PDF = b"%PDF-1.7\n1 0 obj << >> endobj\n"


def office(*parts: str) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for part in ("[Content_Types].xml", *parts):
            archive.writestr(part, "x")
    return made.getvalue()


def packed(objects: bytes, after: bytes = b"") -> bytes:
    """A PDF whose objects lie in a packed stream; something may stand between its dictionary and itself."""
    head = b"5 0 obj << /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >> " + after
    return PDF + head + b"\nstream\r\n" + zlib.compress(objects) + b"\nendstream endobj\n"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("đề cương.pdf.exe", PDF, "topic_document_type"),
        ("bài giảng.docm", office("word/document.xml"), "topic_document_type"),
        ("trang.html", b"<script>", "topic_document_type"),
        ("đề cương.pdf", b"MZ\x90", "topic_document_disguised"),
        ("đề cương.docx", PDF, "topic_document_disguised"),
        ("đề cương.docx", office("xl/workbook.xml"), "topic_document_disguised"),
        ("đề cương.pptx", office("ppt/presentation.xml", "ppt/vbaProject.bin"), "topic_document_active"),
        ("đề cương.docx", office("word/document.xml", "word/embeddings/a.bin"), "topic_document_active"),
        ("đề cương.pdf", PDF + b"/OpenAction << /S /JavaScript >>", "topic_document_active"),
        ("đề cương.pdf", PDF + b"<< /S /Java#53cript >>", "topic_document_active"),
        ("đề cương.pdf", packed(b"7 0 << /S /JavaScript /JS (app.alert) >>"), "topic_document_active"),
        ("đề cương.pdf", packed(b"7 0 << /S /Launch >>", after=b"%endobj"), "topic_document_active"),
        ("đề cương.pdf", packed(b"7 0 << >>")[:-30] + b"\nendstream", "topic_document_disguised"),
        ("đề cương.pdf", PDF + b"trailer << /Encrypt 5 0 R >>", "topic_document_locked"),
        ("đề cương.pdf", b"", "document_empty"),
    ],
)
def test_what_could_run_or_is_disguised_is_refused(name: str, content: bytes, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        type_of(name, content)
    assert refused.value.code == code


def test_a_bomb_of_packed_objects_is_refused() -> None:
    with pytest.raises(DomainError) as refused:
        type_of("đề cương.pdf", packed(b" " * (65 << 20)))
    assert refused.value.code == "topic_document_disguised"


def test_what_is_what_it_says_is_taken() -> None:
    assert type_of("Đề cương.PDF", PDF) is DocumentType.PDF
    assert type_of("Đề cương.pdf", packed(b"7 0 << /Type /Page >>")) is DocumentType.PDF
    assert type_of("bài giảng.pptx", office("ppt/presentation.xml")) is DocumentType.PPTX
    assert type_of("ảnh.jpeg", b"\xff\xd8\xff\xe0") is DocumentType.JPG


@given(st.text(max_size=300))
def test_a_name_has_no_folder_nothing_hidden_and_an_end(name: str) -> None:
    shown = plain_name(name + ".pdf")
    assert len(shown) <= LONGEST_NAME
    assert not set(shown) & set("/\\\u202e\u200b\n\0")
    assert plain_name(shown) == shown
    assert shown.endswith("pdf")


def build() -> tuple[int, str]:
    """The topic, and the personal link of somebody who comes to it."""
    with transaction():
        unit = make_unit("Liên đoàn Lao động tỉnh Nghệ An")
        conference = make_conference(host_unit=unit)
        topic = make_topic(make_study_session(conference))
        site = make_site("Điểm cầu huyện Yên Thành", host_unit=unit, seats=50)
        join(conference, site)
        attendee = make_attendee(conference, person=make_person("Lê Thị Hoa", unit=unit), site=site)
        link = f"/p/{link_token(SECRET, attendee.id, attendee.link_issue)}"
    return topic.id, link


def test_a_document_is_sent_in_fetched_by_who_comes_and_gone_when_removed(
    app: Any, people: Any, db_session: Any
) -> None:
    topic, link = build()
    client, own, stranger = people["organizer"], app.test_client(), app.test_client()
    own.get(link)
    files = [(BytesIO(PDF), "../../Đề cương.pdf"), (BytesIO(b"MZ"), "bài.exe"), (BytesIO(PDF), "Đề cương.pdf")]
    page = client.post(
        f"/conferences/NQ12/topics/{topic}/documents",
        data={"files": files},
        content_type="multipart/form-data",
        follow_redirects=True,
    ).text
    assert "không thuộc loại nhận được" in page
    assert "đã có tệp tên Đề cương.pdf" in page
    one = db_session.query(TopicDocument).one()
    kept = list(Path(app.extensions["settings"].files_dir / "documents").glob("??/*"))
    assert (one.name, [path.name for path in kept]) == ("Đề cương.pdf", [one.stored_as])
    mine = f"/my/documents/{one.id}"
    assert mine in own.get("/my/").text
    fetched = own.get(mine)
    assert (fetched.data, fetched.mimetype) == (PDF, "application/pdf")
    assert fetched.headers["Content-Disposition"].startswith("attachment")
    assert stranger.get(mine).status_code == 401
    assert stranger.get(f"/conferences/NQ12/documents/{one.id}").status_code == 302  # to the page of signing in
    assert f"/conferences/NQ12/documents/{one.id}" in client.get("/conferences/NQ12/plan").text
    client.post(f"/conferences/NQ12/documents/{one.id}/remove")
    assert own.get(mine).status_code == 404
    assert not kept[0].exists()


def test_a_copied_conference_hands_out_the_same_file_and_it_goes_with_the_last_of_them(
    app: Any, people: Any, db_session: Any
) -> None:
    topic, _link = build()
    client = people["organizer"]
    client.post(
        f"/conferences/NQ12/topics/{topic}/documents",
        data={"files": [(BytesIO(PDF), "Đề cương.pdf")]},
        content_type="multipart/form-data",
    )
    form = {"code": "NQ13", "title": "Năm sau", "starts_on": "05/12/2019"}
    assert "1 tệp" in client.post("/conferences/NQ12/copy", data=form).text
    assert client.post("/conferences/NQ12/copy", data=form | {"step": "copy"}).status_code == 302
    first, second = db_session.query(TopicDocument).order_by(TopicDocument.id).all()
    assert (first.name, first.stored_as) == (second.name, second.stored_as)
    here, there = (f"/conferences/{code}/documents/{one.id}" for code, one in (("NQ12", first), ("NQ13", second)))
    client.post(f"/conferences/NQ12/topics/{topic}/remove", data={"version": "1"})
    assert client.get(here).status_code == 404
    assert client.get(there).data == PDF
    client.post(f"{there}/remove")
    assert list(Path(app.extensions["settings"].files_dir / "documents").glob("??/*")) == []


def test_sizes_are_written_as_people_read_them(app: Any) -> None:
    def said() -> list[str]:
        return [size(one).replace(NO_BREAK, " ") for one in (1, 10, 3_500, 20_000, 20 << 20)]

    with app.test_request_context():
        assert said() == ["1 byte", "10 byte", "3,4 kB", "20 kB", "20 MB"]
    with app.test_request_context(headers={"Cookie": "language=en"}):
        assert said() == ["1 byte", "10 bytes", "3.4 kB", "20 kB", "20 MB"]
