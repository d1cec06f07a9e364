"""The report beside people counted one by one, its links, its sheet, and who may see how much."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from random import Random
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import openpyxl
import pytest
from sqlalchemy import select

from conference.checkin.models import Attendance, Device, SiteClosing
from conference.checkin.online.models import OnlineRule
from conference.checkin.online.rules import Rule
from conference.checkin.queries import headcount_by_site, total_of
from conference.checkin.rules import Method, Status, attendance_status
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.grading import releasing
from conference.planning.models import Conference, DayPart, StudySession
from conference.reflections.models import ReflectionTask
from conference.registry.called import sessions_of
from conference.registry.models import Attendee, Leave, LeaveState
from conference.registry.rules import Reach
from conference.reports import queries, tables
from conference.reports.rules import OTHER_WAVE, Kind, overall, session_dimension
from conference.reports.tables import By
from conference.reports.verifying import _totals
from tests.factories import make_account, make_attendee, make_study_session, make_unit, make_wave
from tests.grading.grade_book import AT, GradeBook, make_grade_book


@pytest.fixture
def world(db_session) -> GradeBook:
    with transaction():
        return make_world()


def make_world(people: int = 24, seed: int = 3, code: str = "NQ12", has_waves: bool = False) -> GradeBook:
    """Two study sessions, four units with units below them, and everything that can happen to a person.

    With waves each session is another wave's, and some people are in neither.
    """
    chance = Random(seed)
    book = make_grade_book(code=code, authors=4, graders=6)
    conference = book.conference
    deep = [make_unit(f"Công đoàn cơ sở {place}", parent=unit) for place, unit in enumerate(book.units)]
    for place in range(people):
        unit = (book.units + deep)[place % 8]
        book.attendees.append(
            make_attendee(
                conference,
                site=book.sites[place % 4],
                unit=unit,
                full_name=f"Trần Thị Ẵng {place}",
                must_write=place % 5 > 0,
            )
        )
    sessions = [
        make_study_session(conference),
        make_study_session(conference, DayPart.AFTERNOON, doors="13:15", starts="14:00", ends="17:00"),
    ]
    if has_waves:
        waves = [make_wave(conference, f"Đợt {number}") for number in (1, 2)]
        for session, wave in zip(sessions, waves, strict=True):
            session.wave_id = wave.id
        for place, attendee in enumerate(book.attendees):
            attendee.wave_id = [waves[0].id, waves[1].id, None][place % 3]
    account = make_account()
    device = Device(
        token_hash=f"token {code}", conference_id=conference.id, site_id=book.sites[0].id, label="Cửa chính",
        enrolled_at=AT, expires_at=AT + timedelta(days=1),
    )  # fmt: skip
    db.session.add(device)
    db.session.add(
        ReflectionTask(
            conference_id=conference.id,
            min_words=1,
            max_words=3_000,
            opens_at=AT - timedelta(days=9),
            due_at=AT,
            grace_seconds=60,
            late_until=AT + timedelta(days=9),
            least_sessions=1,
            holidays=[],
            guidance="",
            version=1,
        )
    )
    db.session.add(OnlineRule(conference_id=conference.id, **asdict(Rule(late_after_minutes=3))))
    db.session.flush()
    for session in sessions:
        for place, attendee in enumerate(book.attendees):
            if place < 4 or chance.random() < 0.6:
                first = session.starts_at + timedelta(minutes=chance.choice((-20, 5, 15, 40)))
                out = chance.choice((None, None, first + timedelta(hours=1), first - timedelta(minutes=1)))
                db.session.add(
                    Attendance(
                        attendee_id=attendee.id,
                        study_session_id=session.id,
                        site_id=attendee.site_id,
                        first=UUID(int=chance.getrandbits(128)),
                        first_at=first,
                        device_id=device.id,
                        method=Method.ONLINE if place % 5 == 2 else Method.CAMERA,
                        flagged=chance.random() < 0.1,
                        duplicates=0,
                        last_seen_at=first,
                        last_out=out,
                    )
                )
            if chance.random() < 0.3:
                db.session.add(
                    Leave(
                        attendee_id=attendee.id,
                        study_session_id=chance.choice((None, session.id)),
                        reason="ốm",
                        state=chance.choice(list(LeaveState)),
                        requested_at=AT,
                    )
                )
        for site in book.sites[:2]:
            db.session.add(
                SiteClosing(study_session_id=session.id, site_id=site.id, closed_at=AT, closed_by=account.id)
            )
    book.attendees[-1].withdrawn_at = AT
    db.session.flush()
    book.share_out()
    for attendee, total in zip(book.attendees[:4], ("9.00", "7.25", "5.50", "3.00"), strict=True):
        for reading in book.readings(attendee):
            book.give(reading, total)
    releasing.release(draft=releasing.prepare(conference.id), by=SYSTEM, at=AT)
    return book


def whole(book: GradeBook) -> tables.Sheaf:
    conference = db.session.get_one(Conference, book.conference.id)
    return queries.sheaf_of(conference, Reach(is_whole=True))


def status_by_rule(attendee: Attendee, session: StudySession, late_after: int) -> Status:
    """One person in one study session, asked of the rule itself."""
    if db.session.get(Attendance, (attendee.id, session.id)) is None and not sessions_of(attendee.wave_id, [session]):
        return OTHER_WAVE
    leaves = db.session.query(Leave).filter_by(attendee_id=attendee.id, state=LeaveState.APPROVED).all()
    closing = db.session.query(SiteClosing).filter_by(study_session_id=session.id, site_id=attendee.site_id).first()
    stay = db.session.get(Attendance, (attendee.id, session.id))
    return attendance_status(
        stay,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        late_after_minutes=3 if stay is not None and stay.method is Method.ONLINE else late_after,
        has_leave=any(leave.study_session_id in (None, session.id) for leave in leaves),
        is_confirmed_absent=closing is not None,
    )


@pytest.mark.parametrize("has_waves", [False, True])
def test_statuses_in_the_database_are_those_of_the_rule(db_session, has_waves):
    with transaction():
        book = make_world(people=40, has_waves=has_waves)
    sheaf = whole(book)
    everybody = queries.Place(None, "", "")
    rows = db.session.execute(queries.people_of(sheaf, queries.figure_named(sheaf, "summoned"), everybody)).all()
    seen = set()
    for row in rows:
        attendee = db.session.get_one(Attendee, row.id)
        expected = [status_by_rule(attendee, one, sheaf.conference.late_after_minutes) for one in sheaf.study_sessions]
        assert [row._mapping[session_dimension(one.id)] for one in sheaf.study_sessions] == expected
        assert row.attended == overall([status for status in expected if status != OTHER_WAVE])
        seen |= set(expected)
    assert seen >= {Status.PRESENT, Status.LATE, Status.LEFT_EARLY, Status.EXCUSED, Status.UNEXCUSED, Status.NOT_SEEN}


def test_people_of_all_waves_add_up_to_everybody(db_session):
    """Whatever came of them: a headcount of its own for each session, one line in the report, and one person once."""
    with transaction():
        book = make_world(people=40, has_waves=True)
        book.attendees[-1].withdrawn_at = None
    total = tables.grand_total(whole(book))
    summoned = 0
    for session in whole(book).study_sessions:
        counted = total_of(headcount_by_site(session.id).values())
        called = [one for one in book.attendees if one.wave_id == session.wave_id]
        there = set(db.session.scalars(select(Attendance.attendee_id).filter_by(study_session_id=session.id)))
        away = [one for one in called if one.id not in there]
        assert counted.summoned == len(called)
        assert counted.guests == sum(one.id in there and one.wave_id != session.wave_id for one in book.attendees)
        assert counted.present == len(there)
        assert counted.excused + counted.absent == len(away)
        summoned += len(called)
    without = sum(one.wave_id is None for one in book.attendees)
    assert summoned + without == total["summoned"] == len(book.attendees)
    assert total["summoned"] == sum(total[key] for key in ("present", "excused", "unexcused", "not_seen"))
    assert _totals(book.conference)[1] == []


def test_waves_and_waves_at_sites_add_up_and_each_figure_leads_to_its_people(db_session, people):
    with transaction():
        book = make_world(people=40, has_waves=True)
    client, sheaf = people["organizer"], whole(book)
    total = tables.grand_total(sheaf)
    counted = [column.key for column in sheaf.columns if column.kind is Kind.COUNT]
    of_waves, of_both = tables.by_wave(sheaf), tables.by_site_and_wave(sheaf)
    for table in (of_waves, of_both):
        assert {key: table.total.values[key] for key in counted} == {key: total[key] for key in counted}
        for key in counted:
            assert sum(line.values[key] for line in table.lines) == total[key]
    assert [line.label for line in of_waves.lines] == [*(one.title for one in sheaf.waves), ""]
    for line in of_waves.lines:
        narrow = tables.by_site(queries.in_wave(sheaf, line.key))
        assert narrow.total.values == line.values
        assert all(any(one.counts.values()) for one in narrow.lines)
    seen = 0
    for address in ("by=wave", f"by=site&wave={sheaf.waves[0].id}", "by=province&wave=none"):
        page = client.get(f"/conferences/NQ12/report?{address}").text
        for href, shown in re.findall(r'<a href="([^"]*report/people[^"]*)" data-drawer>([\d.]+)', page)[::7]:
            assert f'drawer-content__title">{shown} người' in client.get(href.replace("&amp;", "&")).text
            seen += 1
    assert seen > 5
    names = openpyxl.load_workbook(BytesIO(client.get("/conferences/NQ12/report.xlsx").data)).sheetnames
    assert names[-2:] == ["Theo đợt", "Theo điểm cầu và đợt"]
    assert client.get("/conferences/NQ12/report?wave=999").status_code == 404


def test_every_table_adds_up_to_what_is_counted_without_grouping(world):
    sheaf = whole(world)
    total = tables.grand_total(sheaf)
    assert total["summoned"] == 27  # 4 authors and 24 others, less one withdrawn
    assert 0 < total["online"] < total["present"]
    counted = [column.key for column in sheaf.columns if column.kind is Kind.COUNT]
    for table in (
        tables.by_province(sheaf), tables.by_site(sheaf), tables.by_unit(sheaf, above=None), tables.by_every_unit(sheaf)
    ):  # fmt: skip
        assert {key: table.total.values[key] for key in counted} == {key: total[key] for key in counted}
        if any(line.level for line in table.lines):
            continue  # the whole tree repeats its parts on each level
        for key in counted:
            assert sum(line.values[key] for line in table.lines) == total[key]


def test_a_parent_unit_is_the_sum_of_itself_and_all_below(world):
    sheaf = whole(world)
    every = {line.key: line for line in tables.by_every_unit(sheaf).lines}
    inside = tables.by_unit(sheaf, above=world.units[0])
    parent = every[str(world.units[0].id)]
    assert {line.by for line in inside.lines} == {By.OWN, By.UNIT}
    for column in sheaf.columns:
        if column.kind is Kind.COUNT:
            assert inside.total.values[column.key] == parent.values[column.key]


def test_each_figure_of_the_page_leads_to_exactly_that_many_people(world, people, sized):
    organizer, sheaf = people["organizer"], whole(world)
    seen = 0
    for by in ("province", "site", "unit"):
        page = organizer.get(f"/conferences/NQ12/report?by={by}").text
        for href, shown in re.findall(r'<a href="([^"]*report/people[^"]*)" data-drawer>([\d.]+)', page)[
            :: sized(5, 1)
        ]:
            asked = parse_qs(urlsplit(href.replace("&amp;", "&")).query)
            place = queries.place_of(sheaf, asked.get("by", [""])[0], unquote(asked.get("key", [""])[0]))
            figure = queries.figure_named(sheaf, asked["figure"][0])
            rows = db.session.execute(queries.people_of(sheaf, figure, place)).all()
            assert len(rows) == len({row.id for row in rows}) == int(shown.replace(".", ""))
            seen += 1
    assert seen > 20
    drawer = organizer.get("/conferences/NQ12/report/people?figure=present").text
    assert "data-drawer-content" in drawer


def test_a_figure_is_the_same_list_among_the_people(world, people):
    sheaf = whole(world)
    place = queries.place_of(sheaf, "site", str(world.sites[1].id))
    figure = queries.figure_named(sheaf, "present")
    expected = len(db.session.execute(queries.people_of(sheaf, figure, place)).all())
    page = people["organizer"].get(f"/conferences/NQ12/people?figure=present&site={world.sites[1].id}").text
    assert f'<strong class="num">{expected}</strong>' in page


def test_the_sheet_holds_what_the_page_holds(world, people):
    answer = people["organizer"].get("/conferences/NQ12/report.xlsx")
    book = openpyxl.load_workbook(BytesIO(answer.data))
    sheaf = whole(world)
    expected = [tables.by_province(sheaf), tables.by_site(sheaf), tables.by_every_unit(sheaf)]
    assert len(book.worksheets) == 3
    for sheet, table in zip(book.worksheets, expected, strict=True):
        rows = list(sheet.iter_rows(values_only=True))
        first = len(rows[0]) - len(table.columns)
        assert len(rows) == len(table.lines) + 2
        for row, line in zip(rows[1:], [*table.lines, table.total], strict=True):
            said = [Decimal(str(cell)) for cell in row[first:]]
            assert said == [Decimal(line.values[column.key]) for column in table.columns]
        assert [row[0].strip() for row in rows[1:-1]] == [line.label for line in table.lines]


def test_names_that_look_like_formulas_stay_text_in_a_sheet(world, people):
    """F22: In a report."""
    with transaction():
        world.units[0].name = '=HYPERLINK("http://x")'
        db.session.add(world.units[0])
    answer = people["organizer"].get("/conferences/NQ12/report.xlsx")
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).worksheets[2]
    cell = next(cell for (cell, *_rest) in sheet.iter_rows() if "HYPERLINK" in str(cell.value))
    assert cell.data_type == "s"


def test_a_unit_officer_sees_the_own_subtree_and_nothing_beside_it(world, sign_in):
    own, other = world.units[0], world.units[1]
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, own.id)
    page = officer.get("/conferences/NQ12/report?by=unit").text
    assert own.name in page
    assert other.name not in page
    reach = Reach(unit_paths=frozenset({own.path}))
    mine = tables.grand_total(queries.sheaf_of(db.session.get_one(Conference, world.conference.id), reach))
    paths = [row.path for row in world.units[:1]]
    assert mine["summoned"] == sum(
        any(attendee.unit.path.startswith(path) for path in paths)
        for attendee in db.session.query(Attendee).options(db.joinedload(Attendee.unit)).filter_by(withdrawn_at=None)
    )
    assert officer.get(f"/conferences/NQ12/report?by=unit&unit={other.id}").status_code == 404
    assert officer.get(f"/conferences/NQ12/report/people?figure=summoned&by=unit&key={other.id}").status_code == 404
    listed = officer.get("/conferences/NQ12/report/people?figure=summoned").text
    assert f"{mine['summoned']} người" in listed
    sheet = openpyxl.load_workbook(BytesIO(officer.get("/conferences/NQ12/report.xlsx").data)).worksheets[2]
    assert not any(other.name in str(row[0].value) for row in sheet.iter_rows())


def test_others_are_kept_out(world, people):
    for role in ("grader", "site_host", "scanner"):
        for path in ("report", "report.xlsx", "report/people", "report/people.xlsx"):
            assert people[role].get(f"/conferences/NQ12/{path}").status_code == 403
    assert people["leader"].get("/conferences/NQ12/report").status_code == 200
    assert people["organizer"].get("/conferences/NQ12/report/people?figure=nonsense").status_code == 404
    assert people["organizer"].get("/conferences/NQ12/report/people?by=site&key=x").status_code == 404


def test_the_number_of_queries_does_not_grow_with_rows(db_session, people, count_queries):
    organizer, counts = people["organizer"], []
    for code, size in (("NHO", 3), ("LON", 40)):
        with transaction():
            make_world(people=size, code=code)
        of_size = []
        for path in ("report", "report?by=site", "report?by=unit", "report/people?figure=present"):
            with count_queries() as statements:
                assert organizer.get(f"/conferences/{code}/{path}").status_code == 200
            of_size.append(len(statements))
        counts.append(of_size)
    assert counts[0] == counts[1]


def test_a_conference_without_sessions_or_people_has_a_report_too(db_session, people):
    with transaction():
        make_grade_book(authors=0, graders=2)
    assert people["organizer"].get("/conferences/NQ12/report").status_code == 200
    assert people["organizer"].get("/conferences/NQ12/report.xlsx").status_code == 200
