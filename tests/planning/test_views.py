"""Planning on the screen: who sees what, making a conference, changing it, publishing it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from conference.directory.models import UnitKind
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.journal import JournalEntry
from conference.planning.models import Conference, ConferenceState, Presenter, StudySession, Topic, TopicKind
from tests.factories import (
    join,
    local,
    make_conference,
    make_presenter,
    make_site,
    make_study_session,
    make_topic,
    make_unit,
)

FACTS = {
    "title": "Hội nghị học tập Nghị quyết Đại hội XII",
    "code": "nq12",
    "kind": "study",
    "mode": "online",
    "host_unit": "tong lien doan lao dong viet nam",
    "starts_on": "06/12/2018",
    "ends_on": "",
    "plan_number": "47/KH-TLĐ",
    "plan_on": "1-11-2018",
    "resolution_title": "Nghị quyết Đại hội XII Công đoàn Việt Nam",
    "resolution_number": "01/NQ",
    "resolution_on": "26.9.2018",
    "opens_before_minutes": "45",
    "late_after_minutes": "15",
    "target_rate": "95,5",
}


@pytest.fixture
def headquarters(db_session):
    unit = make_unit("Tổng Liên đoàn Lao động Việt Nam", kind=UnitKind.CENTRAL, code="TLD")
    db_session.commit()
    return unit


def one(db_session) -> Conference:
    return db_session.scalars(select(Conference)).one()


def test_an_organizer_makes_a_draft(people, headquarters, db_session):
    answer = people["organizer"].post("/conferences/new", data=FACTS)
    assert (answer.status_code, answer.location) == (302, "/conferences/NQ12/plan")
    conference = one(db_session)
    assert (conference.state, conference.version, conference.host_unit_id) == (
        ConferenceState.DRAFT,
        1,
        headquarters.id,
    )
    assert (conference.starts_on, conference.ends_on) == (date(2018, 12, 6), date(2018, 12, 6))
    assert (conference.plan_on, str(conference.target_rate)) == (date(2018, 11, 1), "95.50")
    entry = db_session.scalars(select(JournalEntry).where(JournalEntry.action == "conference.create")).one()
    assert (entry.subject_id, entry.after["starts_on"]) == (conference.id, "2018-12-06")
    assert "Nghị quyết" not in str(entry.after)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("title", "", "Mời ghi tên hội nghị"),
        ("code", "hội nghị", "chữ hoa không dấu"),
        ("kind", "party", "Mời chọn loại hội nghị"),
        ("host_unit", "Đơn vị lạ", "Không có đơn vị"),
        ("starts_on", "31/02/2018", "Ghi ngày bắt đầu như 03/11/1964"),
        ("ends_on", "05/12/2018", "Ngày kết thúc phải từ ngày bắt đầu"),
        ("target_rate", "195", "chỉ tiêu tham dự"),
        ("opens_before_minutes", "-1", "bằng số từ 0 đến 240"),
    ],
)
def test_wrong_facts_get_a_sentence_and_keep_the_rest(people, headquarters, db_session, field, value, words):
    answer = people["organizer"].post("/conferences/new", data={**FACTS, field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert "47/KH-TLĐ" in answer.text
    assert db_session.scalars(select(Conference)).all() == []


def test_a_code_is_given_once(people, headquarters, db_session):
    make_conference("NQ12", host_unit=headquarters)
    db_session.commit()
    answer = people["organizer"].post("/conferences/new", data=FACTS)
    assert answer.status_code == 409
    assert "Mã NQ12 đã có hội nghị dùng" in answer.text


@pytest.mark.parametrize(
    ("role", "draft", "published"),
    [
        ("admin", 200, 200),
        ("organizer", 200, 200),
        ("leader", 200, 200),
        ("unit_officer", 404, 200),
        ("site_host", 404, 200),
        ("nobody", 302, 302),
    ],
)
def test_drafts_are_for_those_who_manage(people, headquarters, db_session, role, draft, published):
    make_conference("NHAP", host_unit=headquarters, state=ConferenceState.DRAFT)
    make_conference("NQ12", host_unit=headquarters)
    db_session.commit()
    assert people[role].get("/conferences/NHAP/plan").status_code == draft
    assert people[role].get("/conferences/NQ12/plan").status_code == published
    if role != "nobody":
        shown = people[role].get("/conferences/").text
        assert ("NHAP" in shown, "NQ12" in shown) == (draft == 200, True)


@pytest.mark.parametrize(("role", "status"), [("organizer", 200), ("leader", 403), ("unit_officer", 403)])
def test_a_leader_reads_only(people, headquarters, db_session, role, status):
    make_conference("NQ12", host_unit=headquarters)
    db_session.commit()
    assert people[role].get("/conferences/NQ12/edit").status_code == status
    assert ("Sửa kế hoạch" in people[role].get("/conferences/NQ12/plan").text) == (status == 200)


def test_an_organizer_of_one_conference_neither_sees_drafts_of_others_nor_makes_new_ones(
    sign_in, headquarters, db_session
):
    mine = make_conference("CUATOI", host_unit=headquarters, state=ConferenceState.DRAFT)
    make_conference("NGUOIKHAC", host_unit=headquarters, state=ConferenceState.DRAFT)
    db_session.commit()
    organizer = sign_in(Role.ORGANIZER, ScopeKind.CONFERENCE, mine.id)
    assert organizer.get("/conferences/CUATOI/plan").status_code == 200
    assert organizer.get("/conferences/NGUOIKHAC/plan").status_code == 404
    assert organizer.get("/conferences/NGUOIKHAC/edit").status_code == 404
    assert organizer.post("/conferences/new", data=FACTS).status_code == 403
    assert "NGUOIKHAC" not in organizer.get("/conferences/").text


def test_the_second_of_two_editors_is_told_and_keeps_what_was_typed(people, headquarters, db_session):
    make_conference("NQ12", host_unit=headquarters)
    db_session.commit()
    first = people["organizer"].post("/conferences/NQ12/edit", data={**FACTS, "title": "Tên mới", "version": "1"})
    assert first.status_code == 302
    second = people["admin"].post("/conferences/NQ12/edit", data={**FACTS, "title": "Tên khác", "version": "1"})
    assert second.status_code == 409
    assert "vừa được người khác sửa" in second.text
    assert "Tên khác" in second.text
    assert one(db_session).title == "Tên mới"
    again = people["admin"].post("/conferences/NQ12/edit", data={**FACTS, "title": "Tên khác", "version": "2"})
    assert again.status_code == 302
    assert (one(db_session).title, one(db_session).version) == ("Tên khác", 3)


def test_doors_follow_the_rule_and_the_start(people, headquarters, db_session):
    conference = make_conference("NQ12", host_unit=headquarters, state=ConferenceState.DRAFT)
    db_session.commit()
    data = {"part": "morning", "held_on": "06/12/2018", "starts_at": "8h00", "ends_at": "11:30", "version": "1"}
    assert people["organizer"].post("/conferences/NQ12/study-sessions/new", data=data).status_code == 302
    row = db_session.scalars(select(StudySession)).one()
    assert (row.doors_open_at, row.starts_at, row.ends_at) == (local("07:15"), local("08:00"), local("11:30"))
    facts = {**FACTS, "opens_before_minutes": "60", "version": "2"}
    assert people["organizer"].post("/conferences/NQ12/edit", data=facts).status_code == 302
    assert db_session.scalars(select(StudySession)).one().doors_open_at == local("07:00")
    again = people["organizer"].post("/conferences/NQ12/study-sessions/new", data={**data, "version": "3"})
    assert again.status_code == 409
    assert "đã có buổi đó" in again.text
    assert conference.id == row.conference_id


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("held_on", "07/12/2018", "phải nằm trong hội nghị"),
        ("part", "night", "Mời chọn buổi"),
        ("ends_at", "07:00", "phải sau giờ bắt đầu"),
        ("starts_at", "25:00", "như 07:30"),
    ],
)
def test_wrong_hours_get_a_sentence(people, headquarters, db_session, field, value, words):
    make_conference("NQ12", host_unit=headquarters, state=ConferenceState.DRAFT)
    db_session.commit()
    data = {"part": "morning", "held_on": "06/12/2018", "starts_at": "08:00", "ends_at": "11:30", "version": "1"}
    answer = people["organizer"].post("/conferences/NQ12/study-sessions/new", data={**data, field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert db_session.scalars(select(StudySession)).all() == []


@pytest.fixture
def morning(headquarters, db_session):
    conference = make_conference("NQ12", host_unit=headquarters, state=ConferenceState.DRAFT)
    row = make_study_session(conference)
    db_session.commit()
    return row


def topic_data(morning, **fields) -> dict[str, str]:
    return {
        "study_session": str(morning.id),
        "kind": "topic",
        "title": "Tư duy mới",
        "starts_at": "08:00",
        "ends_at": "09:00",
        "presenter": "Nguyễn Thị Ánh",
        "presenter_position": "Phó Chủ tịch",
        "version": "1",
        **fields,
    }


def test_topics_come_move_and_go(people, morning, db_session):
    client = people["organizer"]
    assert client.post("/conferences/NQ12/topics/new", data=topic_data(morning)).status_code == 302
    topic = db_session.scalars(select(Topic)).one()
    assert (topic.title, topic.kind, topic.starts_at, topic.position) == (
        "Tư duy mới",
        TopicKind.TOPIC,
        local("08:00"),
        1,
    )
    changed = topic_data(morning, presenter="nguyen thi anh", starts_at="08:30", version="2")
    assert client.post(f"/conferences/NQ12/topics/{topic.id}", data=changed).status_code == 302
    assert db_session.scalars(select(Topic)).one().starts_at == local("08:30")
    assert [row.name for row in db_session.scalars(select(Presenter))] == ["Nguyễn Thị Ánh"]
    assert client.post(f"/conferences/NQ12/topics/{topic.id}/remove", data={"version": "2"}).status_code == 409
    assert client.post(f"/conferences/NQ12/topics/{topic.id}/remove", data={"version": "3"}).status_code == 302
    assert db_session.scalars(select(Topic)).all() == []


def test_a_topic_is_only_reached_through_its_own_conference(people, morning, headquarters, db_session):
    make_conference("KHAC", host_unit=headquarters)
    topic = make_topic(morning)
    db_session.commit()
    assert people["organizer"].get(f"/conferences/NQ12/topics/{topic.id}").status_code == 200
    assert people["organizer"].get(f"/conferences/KHAC/topics/{topic.id}").status_code == 404
    assert people["organizer"].get(f"/conferences/KHAC/study-sessions/{morning.id}").status_code == 404


def test_faults_are_shown_where_they_happen_and_stop_the_publication(people, morning, headquarters, db_session):
    presenter = make_presenter()
    other = make_conference("HTQN", host_unit=headquarters, title="Hội thảo Quảng Ninh")
    make_topic(make_study_session(other), starts="08:30", ends="10:45", presenter=presenter)
    make_topic(morning, "Chuyên đề 3", starts="08:00", ends="09:00", presenter=presenter)
    db_session.commit()
    shown = people["organizer"].get("/conferences/NQ12/plan").text
    assert "Báo cáo viên đang ở hội nghị khác đến 10:45" in shown
    assert "Nguyễn Thị Ánh dự “Hội thảo Quảng Ninh” đến 10:45" in shown
    answer = people["organizer"].post("/conferences/NQ12/publish", data={"version": "1"})
    assert answer.status_code == 409
    assert "Chưa công bố được" in answer.text
    assert db_session.scalars(select(Conference).where(Conference.code == "NQ12")).one().state is ConferenceState.DRAFT


def test_publishing_needs_the_version_that_was_read(people, headquarters, db_session, a_plan_in_order):
    client = people["organizer"]
    assert client.post("/conferences/NQ12/publish", data={"version": "7"}).status_code == 409
    assert client.post("/conferences/NQ12/publish", data={"version": "1"}).status_code == 302
    conference = one(db_session)
    assert (conference.state, conference.version) == (ConferenceState.PUBLISHED, 2)
    assert conference.published_at is not None
    assert client.post("/conferences/NQ12/publish", data={"version": "2"}).status_code == 409
    entry = db_session.scalars(select(JournalEntry).where(JournalEntry.action == "conference.publish")).one()
    assert entry.after == {"state": "published", "version": 2}


@pytest.fixture
def a_plan_in_order(headquarters, morning, db_session):
    make_topic(morning, starts="08:00", ends="09:00", presenter=make_presenter())
    join(db_session.get(Conference, morning.conference_id), make_site(host_unit=headquarters))
    db_session.commit()


def test_a_study_session_is_taken_out_with_its_topics_also_of_a_published_plan(people, morning, db_session):
    conference = db_session.get(Conference, morning.conference_id)
    conference.state = ConferenceState.PUBLISHED
    make_topic(morning)
    db_session.commit()
    url = f"/conferences/NQ12/study-sessions/{morning.id}"
    assert "Bỏ buổi này cùng các mục của nó?" in people["organizer"].get(url).text
    assert people["organizer"].post(f"{url}/remove", data={"version": "7"}).status_code == 409
    assert people["organizer"].post(f"{url}/remove", data={"version": "1"}).status_code == 302
    assert db_session.scalars(select(StudySession)).all() == []


def test_the_month_begins_on_monday_and_shows_conferences(people, headquarters, db_session):
    make_conference("NQ12", host_unit=headquarters)
    db_session.commit()
    shown = people["leader"].get("/conferences/?view=month&month=2018-12").text
    assert shown.index("Thứ Hai") < shown.index("Chủ nhật")
    assert "/conferences/NQ12/plan" in shown
    assert people["leader"].get("/conferences/?view=month&month=2018-13").status_code == 200


@pytest.mark.parametrize("url", ["/conferences/", "/conferences/?view=month&month=2018-12"])
def test_more_conferences_ask_no_more_queries(people, headquarters, db_session, count_queries, url):
    def asked() -> int:
        with count_queries() as statements:
            assert people["leader"].get(url).status_code == 200
        return len(statements)

    make_study_session(make_conference("A1", host_unit=headquarters))
    db_session.commit()
    people["leader"].get(url)
    with_one = asked()
    for code in ("A2", "A3"):
        make_study_session(make_conference(code, host_unit=headquarters))
    db_session.commit()
    assert asked() == with_one


def test_more_topics_ask_no_more_queries(people, morning, headquarters, db_session, count_queries):
    def asked() -> int:
        with count_queries() as statements:
            assert people["organizer"].get("/conferences/NQ12/plan").status_code == 200
        return len(statements)

    make_topic(morning, presenter=make_presenter())
    db_session.commit()
    people["organizer"].get("/conferences/NQ12/plan")
    with_one = asked()
    for name, starts, ends in (("Trần Văn Bình", "09:15", "10:00"), ("Lê Quang Dũng", "10:00", "11:00")):
        make_topic(morning, starts=starts, ends=ends, presenter=make_presenter(name))
    db_session.commit()
    assert asked() == with_one
