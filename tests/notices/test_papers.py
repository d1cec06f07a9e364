"""The printed summons: the office's form, one paper a person, one file a unit, and names that stay text."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import docx
import pytest
import zxingcpp
from docx.shared import Pt
from flask import Flask
from PIL import Image

from conference.directory.models import Person
from conference.foundation import jobs
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.notices import paper_jobs
from conference.notices.models import PaperForm
from conference.notices.papers import place_and_date
from conference.registry.models import Attendee
from tests.factories import local
from tests.registry.hall import Hall, build

OWN = {
    "version": "0",
    "form": "union",
    "title": "GIẤY TRIỆU TẬP",
    "superior": "Tổng Liên đoàn Lao động Việt Nam",
    "issuer": "Liên đoàn Lao động tỉnh Nghệ An",
    "number": "Số: 47/GTT-LĐLĐ",
    "place": "Nghệ An",
    "signed_on": "06/02/2019",
    "authority": "TM. Ban Thường vụ",
    "signer_position": "Chủ tịch",
    "signer": "Trần Thị Bích",
    "recipients": "- Như trên;\n- Lưu: VT.",
    "body": "Triệu tập đồng chí dự {tên hội nghị}.\nChỗ ngồi: {chỗ ngồi}.\nThời gian: {thời gian}./.",
}


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    return sqlite_app


@pytest.fixture
def hall(db_session, clock) -> Hall:
    clock.stop_at(local("08:00") - timedelta(days=5))
    return build()


def words_of(content: bytes) -> list[str]:
    """Every paragraph in the order it is read, those of tables too."""
    document = docx.Document(BytesIO(content))
    found: list[str] = []
    for block in document.iter_inner_content():
        paragraphs = (
            [block]
            if not hasattr(block, "rows")
            else [paragraph for cell in block.rows[0].cells for paragraph in cell.paragraphs]
        )
        found += [paragraph.text for paragraph in paragraphs if paragraph.text.strip()]
    return found


def test_one_paper_has_the_form_of_the_office(people, hall) -> None:
    client = people["organizer"]
    assert client.post(hall.url("/call/paper"), data=OWN).status_code == 302
    answer = client.get(hall.person("Nguyễn Thị Ánh", "/summons.docx"))
    assert words_of(answer.data) == [
        "TỔNG LIÊN ĐOÀN\nLAO ĐỘNG VIỆT NAM",
        "LIÊN ĐOÀN LAO ĐỘNG\nTỈNH NGHỆ AN",
        "Số: 47/GTT-LĐLĐ",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Nghệ An, ngày 06 tháng 02 năm 2019",
        "GIẤY TRIỆU TẬP",
        "Kính gửi: Đồng chí Nguyễn Thị Ánh",
        "Chủ tịch",
        "Liên đoàn Lao động huyện Đô Lương",
        "Triệu tập đồng chí dự Hội nghị học tập Nghị quyết Đại hội XII Công đoàn Việt Nam.",
        "Thời gian: 07:30 Thứ Năm, 06/12/2018./.",
        "Nơi nhận:",
        "- Như trên;",
        "- Lưu: VT.",
        "Thẻ vào cửa số 3",
        "TM. BAN THƯỜNG VỤ",
        "CHỦ TỊCH",
        "Trần Thị Bích",
    ]
    document = docx.Document(BytesIO(answer.data))
    (section,) = document.sections
    measures = (section.page_width, section.page_height, section.left_margin, section.right_margin, section.top_margin)
    assert [round(one.mm) for one in measures] == [210, 297, 30, 20, 20]
    assert section.different_first_page_header_footer
    heading, foot = document.tables
    assert heading.columns[1].width.mm >= 82  # the national words in 12 points, bold, are 81.4 mm and must not break
    assert all(row._tr.xpath("w:trPr/w:cantSplit") for table in (heading, foot) for row in table.rows)
    assert document.styles["Normal"].font.name == "Times New Roman"
    assert document.styles["Normal"].font.size == Pt(14)
    (picture,) = [part for part in document.part.package.iter_parts() if part.content_type == "image/png"]
    (code,) = zxingcpp.read_barcodes(Image.open(BytesIO(picture.blob)))
    assert code.text == db.session.get_one(Attendee, hall.attendees["Nguyễn Thị Ánh"]).ticket


def test_the_form_of_the_party_has_its_own_heading(people, hall) -> None:
    people["organizer"].post(hall.url("/call/paper"), data=OWN | {"form": "party"})
    words = words_of(people["organizer"].get(hall.person("Nguyễn Thị Ánh", "/summons.docx")).data)
    assert words[2:5] == ["*", "Số: 47/GTT-LĐLĐ", "ĐẢNG CỘNG SẢN VIỆT NAM"]
    assert "Độc lập - Tự do - Hạnh phúc" not in words


def test_a_unit_gets_one_file_from_the_background_and_nobody_elses(sign_in, people, hall) -> None:
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["yen_thanh"])
    assert officer.post(hall.url("/call/hand-over/papers"), data={}).status_code == 302
    job = jobs.latest(paper_jobs.KIND, hall.conference_id)
    file = hall.url(f"/call/hand-over/papers/{job.id}.docx")
    assert officer.get(file).status_code == 404
    jobs.run_all()
    answer = officer.get(file)
    named = [words for words in words_of(answer.data) if words.startswith("Kính gửi")]
    assert named == ["Kính gửi: Đồng chí Dương Văn An", "Kính gửi: Đồng chí Đặng Hữu Phước"]
    assert len(docx.Document(BytesIO(answer.data)).sections) == 2
    assert "2 giấy, làm lúc" in officer.get(hall.url("/call/hand-over")).text
    assert people["organizer"].get(file).status_code == 200
    elsewhere = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["do_luong"])
    assert elsewhere.get(file).status_code == 404
    assert elsewhere.post(hall.url("/call/hand-over/papers"), data={"site": "999"}).status_code == 409


def test_what_was_typed_is_text_and_no_control_character_breaks_the_file(people, hall) -> None:
    with transaction():
        person = db.session.query(Person).filter_by(full_name="Nguyễn Thị Ánh").one()
        person.full_name = "{{ 7*7 }} <w:br/> & \x0b {đơn vị}"
    words = words_of(people["organizer"].get(hall.person("Nguyễn Thị Ánh", "/summons.docx")).data)
    assert "Kính gửi: Đồng chí {{ 7*7 }} <w:br/> &  {đơn vị}" in words


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("body", "Mời {đường dẫn riêng}", "không dùng được trong loại thư này"),
        ("body", "", "Mời ghi nội dung"),
        ("signed_on", "31/02/2019", "như 03/11/1964"),
        ("form", "nonsense", "Mời chọn thể thức"),
        ("issuer", "", "Mời ghi cơ quan ban hành"),
    ],
)
def test_a_form_that_cannot_be_printed_is_refused_and_stays_on_the_page(people, hall, field, value, sentence) -> None:
    answer = people["organizer"].post(hall.url("/call/paper"), data=OWN | {field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Trần Thị Bích" in answer.text
    assert db.session.query(PaperForm).count() == 0


def test_two_who_change_the_form_do_not_overwrite_each_other(people, hall) -> None:
    client = people["organizer"]
    client.post(hall.url("/call/paper"), data=OWN)
    assert client.post(hall.url("/call/paper"), data=OWN | {"signer": "Lê Thị Mai"}).status_code == 409
    assert client.post(hall.url("/call/paper"), data=OWN | {"signer": "Lê Thị Mai", "version": "1"}).status_code == 302
    assert [(row.signer, row.version) for row in db.session.query(PaperForm)] == [("Lê Thị Mai", 2)]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2019, 2, 6), "Hà Nội, ngày 06 tháng 02 năm 2019"),
        (date(2018, 12, 26), "Hà Nội, ngày 26 tháng 12 năm 2018"),
        (date(2018, 3, 1), "Hà Nội, ngày 01 tháng 3 năm 2018"),
    ],
)
def test_dates_are_written_as_offices_write_them(day, words) -> None:
    assert place_and_date("Hà Nội", day) == words
