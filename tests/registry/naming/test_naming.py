"""Units name their people: by form and by paste, approved or returned, never beyond their own branch."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import select

from conference.directory.models import Person
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.planning.models import Conference, ConferenceState
from conference.registry.models import Attendee
from conference.registry.naming.models import NamingRule, Nomination
from conference.registry.naming.rules import Approver, NominationState
from tests.registry.hall import Hall, build

HEAD = "Họ và tên\tNgày sinh\tChức vụ\tThành phần\tĐơn vị\tSố điện thoại"


@pytest.fixture
def hall(db_session) -> Hall:
    return build()


def open_naming(hall: Hall, approver: Approver = Approver.ORGANIZER) -> None:
    with transaction():
        db.session.add(NamingRule(conference_id=hall.conference_id, is_open=True, approver=approver))


@pytest.fixture
def officer(sign_in, hall):
    return sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["yen_thanh"])


def delegate(hall: Hall, **more: str) -> dict[str, str]:
    values = {"full_name": "Lê Thị Hoài Thương", "phone": "0912 345 999", "site": str(hall.sites["yen_thanh"])}
    return values | more


def called(name: str) -> Attendee | None:
    db.session.expire_all()
    return db.session.scalars(
        select(Attendee).join(Person).where(Person.full_name == name, Attendee.withdrawn_at.is_(None))
    ).first()


def nominations() -> list[Nomination]:
    db.session.expire_all()
    return list(db.session.scalars(select(Nomination).order_by(Nomination.id)))


def test_naming_waits_until_the_organizer_opens_it(officer, hall):
    assert officer.get(hall.url("/unit/new")).status_code == 409
    assert officer.post(hall.url("/unit/new"), data=delegate(hall)).status_code == 409
    assert "chưa mở" in officer.get(hall.url("/unit")).text
    assert nominations() == []


def test_a_conference_that_is_called_off_asks_units_for_nobody(officer, hall):
    open_naming(hall)
    with transaction():
        db.session.get_one(Conference, hall.conference_id).state = ConferenceState.CALLED_OFF
    home = officer.get(hall.url("/unit")).text
    assert ("Hội nghị đã hủy." in home, hall.url("/unit/new") in home) == (True, False)
    answer = officer.post(hall.url("/unit/new"), data=delegate(hall))
    assert (answer.status_code, "nên việc này không cần nữa" in answer.text) == (409, True)
    assert nominations() == []


def test_who_is_named_is_called_once_the_organizer_approves(people, officer, hall):
    open_naming(hall)
    assert officer.post(hall.url("/unit/new"), data=delegate(hall)).status_code == 303
    assert called("Lê Thị Hoài Thương") is None
    assert "Chờ duyệt" in officer.get(hall.url("/unit")).text
    found = nominations()[0]
    assert (
        officer.post(hall.url("/nominations"), data={"nominations": str(found.id), "action": "approve"}).status_code
        == 403
    )
    answer = people["organizer"].post(
        hall.url("/nominations"), data={"nominations": str(found.id), "action": "approve"}
    )
    assert answer.status_code == 303
    attendee = called("Lê Thị Hoài Thương")
    assert attendee is not None
    assert (attendee.unit_id, attendee.is_walk_in, attendee.ticket is not None) == (
        hall.units["yen_thanh"],
        False,
        True,
    )
    assert nominations()[0].attendee_id == attendee.id


def test_a_returned_one_is_mended_and_proposed_again(people, officer, hall):
    open_naming(hall)
    officer.post(hall.url("/unit/new"), data=delegate(hall))
    url, found = hall.url("/nominations"), nominations()[0]
    bare = {"nominations": str(found.id), "action": "return"}
    assert people["organizer"].post(url, data=bare).status_code == 422
    assert people["organizer"].post(url, data={**bare, "answer": "Chưa ghi chức vụ"}).status_code == 303
    home = officer.get(hall.url("/unit")).text
    assert "Chưa ghi chức vụ" in home
    assert "1 đề nghị được trả lại" in home
    mended = delegate(hall, position="Phó Chủ tịch")
    assert officer.post(hall.url(f"/nominations/{found.id}"), data=mended).status_code == 303
    again = nominations()[0]
    assert (again.state, again.answer, again.position) == (NominationState.PROPOSED, "", "Phó Chủ tịch")
    assert officer.post(hall.url(f"/nominations/{found.id}/take-back")).status_code == 303
    assert officer.post(hall.url(f"/nominations/{found.id}/take-back")).status_code == 409


def test_without_approval_naming_is_calling(officer, hall):
    open_naming(hall, Approver.NOBODY)
    officer.post(hall.url("/unit/new"), data=delegate(hall))
    assert called("Lê Thị Hoài Thương") is not None
    answer = officer.post(hall.url("/unit/new"), data=delegate(hall))
    assert (answer.status_code, "đã có trong danh sách" in answer.text) == (409, True)


WHO_DECIDES = {"above": 303, "itself": 403, "elsewhere": 404}


def test_the_unit_above_approves_where_the_conference_says_so(sign_in, officer, hall):
    open_naming(hall, Approver.UPPER_UNIT)
    officer.post(hall.url("/unit/new"), data=delegate(hall))
    data = {"nominations": str(nominations()[0].id), "action": "approve"}
    clients = {
        "elsewhere": sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["ha_tinh"]),
        "itself": officer,
        "above": sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["nghe_an"]),
    }
    answers = {who: client.post(hall.url("/nominations"), data=data).status_code for who, client in clients.items()}
    assert answers == WHO_DECIDES
    assert called("Lê Thị Hoài Thương") is not None


def test_an_officer_names_for_nobody_else_and_to_no_strange_site(officer, hall):
    open_naming(hall)
    url = hall.url("/unit/new")
    assert officer.post(url, data=delegate(hall, unit=str(hall.units["ha_tinh"]))).status_code == 404
    assert officer.post(url, data=delegate(hall, site=str(hall.sites["elsewhere"]))).status_code == 422
    assert officer.get(hall.url(f"/unit?unit={hall.units['nghe_an']}")).status_code == 404
    assert officer.get(hall.person("Nguyễn Thị Ánh", "/off-list")).status_code == 404
    assert nominations() == []


def test_one_person_is_not_proposed_twice(officer, hall):
    open_naming(hall)
    url = hall.url("/unit/new")
    officer.post(url, data=delegate(hall))
    assert officer.post(url, data=delegate(hall, full_name="lê thị hoài thương")).status_code == 409
    assert officer.post(url, data=delegate(hall, full_name="Dương Văn An", phone="0912345001")).status_code == 409
    assert len(nominations()) == 1


def test_pasted_rows_are_shown_first_then_the_good_ones_named_and_the_others_kept(officer, hall):
    open_naming(hall)
    rows = "\n".join(
        (
            HEAD,
            "Lê Thị Hoài Thương\t03/11/1964\tChủ tịch\tCán bộ chuyên trách; Chủ tịch CĐCS\t\t",
            "Trần Đức Ý\t\tỦy viên\t\tLĐLĐ huyện Không Có\t0912345888",
            "Dương Văn An\t01/04/1970\t\t\t\t",
            "\t05/06/1970\tPhó Chủ tịch\t\t\t",
            "LÊ THỊ HOÀI THƯƠNG\t03/11/1964\t\t\t\t",
            "Ngô Bình\t1971\tChuyên viên\t\t\t12345",
        )
    )
    shown = officer.post(hall.url("/unit/paste"), data={"rows": rows})
    assert shown.status_code == 200
    assert "1 người sẽ được cử" in shown.text
    for reason in (
        "Đơn vị “LĐLĐ huyện Không Có” không thuộc phạm vi",
        "Đã có trong danh sách triệu tập",
        "Chưa có họ tên",
        "Trùng với một dòng ở trên",
        "Số điện thoại “12345” không đủ 10 chữ số",
    ):
        assert reason in shown.text
    assert nominations() == []
    done = officer.post(hall.url("/unit/paste"), data={"rows": rows, "step": "apply"})
    assert done.status_code == 200
    found = nominations()
    assert [one.full_name for one in found] == ["Lê Thị Hoài Thương"]
    kept = done.text[done.text.index("<textarea") :]
    assert "Trần Đức Ý" in kept
    assert "Ngô Bình" in kept
    assert "Dương Văn An\t" not in kept
    page = officer.get(hall.url(f"/nominations/{found[0].id}")).text
    assert "Cán bộ chuyên trách" in page


def test_a_sheet_is_read_like_a_paste_and_its_formulas_stay_text(officer, hall):
    open_naming(hall)
    book = openpyxl.Workbook()
    for row in (
        ["DANH SÁCH CỬ ĐẠI BIỂU"],
        ["Họ và tên", "Ngày sinh", "Chức vụ"],
        ["Lê Thị Hoài Thương", "03/11/1964", "'=1+1"],
    ):
        book.active.append(row)
    book.active.cell(3, 3).value = "=1+1"
    book.active.cell(3, 3).data_type = "s"
    content = BytesIO()
    book.save(content)
    for step in ("", "apply"):
        content.seek(0)
        sent = {"file": (BytesIO(content.getvalue()), "a.xlsx"), "step": step}
        assert officer.post(hall.url("/unit/paste"), data=sent).status_code in (200, 303)
    assert [(one.full_name, one.position) for one in nominations()] == [("Lê Thị Hoài Thương", "=1+1")]


@pytest.mark.parametrize("sent", ["", "abc", "x" * 700_000, "1\t2\t3\n4\t5\t6"])
def test_what_is_no_list_comes_back_with_a_sentence(officer, hall, sent):
    open_naming(hall)
    answer = officer.post(hall.url("/unit/paste"), data={"rows": sent})
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)


def test_bulk_approval_holds_nobody_up(people, officer, hall):
    open_naming(hall)
    rows = "\n".join([HEAD, *(f"Lê Thị Hoài {name}\t03/11/1964" for name in ("An", "Bình", "Chi"))])
    officer.post(hall.url("/unit/paste"), data={"rows": rows, "step": "apply"})
    found = nominations()
    taken = delegate(hall, full_name="Lê Thị Hoài Bình", birth="03/11/1964", unit=str(hall.units["do_luong"]))
    people["organizer"].post(hall.url("/people/new"), data={**taken, "unit_words": "Đô Lương", "role": "official"})
    data = {"nominations": [str(one.id) for one in found], "action": "approve"}
    answer = people["organizer"].post(hall.url("/nominations"), data=data, follow_redirects=True)
    assert "Đã duyệt 2 đề nghị" in answer.text
    assert "Lê Thị Hoài Bình" in answer.text
    states = [one.state for one in nominations()]
    assert states == [NominationState.APPROVED, NominationState.PROPOSED, NominationState.APPROVED]


def test_the_directory_s_person_is_called_and_not_a_second_one(officer, hall):
    open_naming(hall, Approver.NOBODY)
    with transaction():
        attendee = db.session.get_one(Attendee, hall.attendees["Dương Văn An"])
        other = db.session.get_one(Conference, hall.conference_id)
        person_id = attendee.person_id
        db.session.delete(attendee)
        assert other.code == hall.code
    data = delegate(hall, full_name="Dương Văn An", phone="0912 345 001")
    assert officer.post(hall.url("/unit/new"), data=data).status_code == 303
    found = called("Dương Văn An")
    assert found is not None
    assert found.person_id == person_id


def test_more_nominations_ask_no_more_queries(officer, hall, count_queries):
    open_naming(hall)
    officer.post(hall.url("/unit/new"), data=delegate(hall))
    officer.get(hall.url("/unit"))
    with count_queries() as few:
        officer.get(hall.url("/unit"))
    for name in ("An", "Bình"):
        officer.post(hall.url("/unit/new"), data=delegate(hall, full_name=f"Lê Thị Hoài {name}"))
    with count_queries() as many:
        officer.get(hall.url("/unit"))
    assert len(many) == len(few)
