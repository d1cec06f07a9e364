"""Bringing lists in: exactly once, edits on screen stand, nobody is withdrawn unasked, and all of it can be undone."""

from __future__ import annotations

import json
import random
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from conference.adapters.spreadsheet import read_workbook_file, write_workbook
from conference.directory.models import Person, Sex, Unit, UnitKind
from conference.foundation import clock
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.sheets import Table
from conference.foundation.text import fold, sort_key
from conference.planning.models import Conference, ConferenceState, StudySession, Topic
from conference.registry.imports.actions import apply_import
from conference.registry.imports.comparison import compare, figures_of
from conference.registry.imports.models import ImportBatch, ImportedValue, ListMapping
from conference.registry.imports.queries import known_mappings, known_sites, known_units
from conference.registry.imports.rules import BatchState, settle
from conference.registry.imports.taking_back import take_back
from conference.registry.models import Attendee, Category, Leave, attendee_categories
from conference.registry.recognition import recognise
from conference.registry.tickets import Ticket, key_ring
from conference.sites.models import ConferenceSite, Hall, Site
from tests.conftest import AT_FULL_SIZE
from tests.registry.reading import HEAD, REFERENCE, SITES, UNITS, book, row

RING = key_ring("a secret that is only for these tests, and long enough")


def bring(*books, code="HN1", batch=None):
    with transaction():
        conference_id = db.session.scalar(select(Conference.id).where(Conference.code == code))
        recognition = recognise(books, known_units=known_units(), known_sites=known_sites(conference_id))
        _, made, comparison = apply_import(
            recognition, conference_code=code, ring=RING, by=SYSTEM, at=clock.now(), batch=batch
        )
        figures = figures_of(comparison)
    return figures, made.id, comparison


def lists_of_units_and_sites():
    units = [["Mã", "Tên đơn vị", "Cấp", "Mã cấp trên"]]
    units += [[unit.code, unit.name, "", unit.parent_code or ""] for unit in UNITS]
    sites = [["Mã", "Tên điểm cầu", "Cấp", "Tỉnh, thành phố", "Mã đơn vị chủ trì", "Địa điểm", "Sức chứa"]]
    sites += [
        [s.code, s.name, "Cấp tỉnh", s.province, s.host_code, f"Hội trường {s.code}, đường 1", 50.0] for s in SITES
    ]
    return book(*units, title=[], name="dv.xlsx"), book(*sites, title=[], name="dc.xlsx")


PEOPLE = (
    row(1, "Trần Thị Ánh", "1/2/1971", "0912345678", category="Ủy viên BCH"),
    row(2, "Lê Văn Út", 1965.0, unit="Liên đoàn Lao động huyện Châu Thành", site="Châu Thành"),
    row(3, "Đặng Hữu Phước", "5/6/1980", "", category="Chuyên trách; Ủy viên BCH"),
)


@pytest.fixture
def conference(db_session):
    """Units, sites and three people of Bến Tre, brought in once."""
    figures, _, _ = bring(*lists_of_units_and_sites(), book(HEAD, *PEOPLE))
    assert (figures["new"], figures["units"], figures["sites"]) == (3, 8, 7)
    return db_session.scalars(select(Conference)).one()


def who_follows(session):
    session.expire_all()
    names = select(Person.full_name).join(Attendee, Attendee.person_id == Person.id).where(Attendee.may_follow_online)
    return sorted(session.scalars(names))


def test_a_column_says_who_may_follow_online_and_what_the_screen_takes_back_stands(db_session, conference):
    ticks = ("x", "Không", "Có")

    def listed(*ticked):
        rows = [[*one, tick] for one, tick in zip(PEOPLE, ticked, strict=True)]
        return book([*HEAD, "Được theo dõi trực tuyến"], *rows)

    figures, _, _ = bring(listed(*ticks))
    assert (figures["changed"], who_follows(db_session)) == (2, ["Trần Thị Ánh", "Đặng Hữu Phước"])
    assert bring(listed(*ticks))[0]["changed"] == 0
    assert bring(book(HEAD, *PEOPLE))[0]["changed"] == 0  # a list without the column says nothing
    with transaction():
        named = select(Attendee).join(Person, Person.id == Attendee.person_id)
        db_session.scalars(named.where(Person.full_name == "Trần Thị Ánh")).one().may_follow_online = False
    assert bring(listed("x", "", "x"))[0]["changed"] == 0
    assert who_follows(db_session) == ["Đặng Hữu Phước"]
    newcomer = [*row(4, "Ngô Thị Bé"), "x"]
    bring(book([*HEAD, "Theo dõi trực tuyến"], *([*one, ""] for one in PEOPLE), newcomer))
    assert who_follows(db_session) == ["Ngô Thị Bé", "Đặng Hữu Phước"]


def people_of(session):
    """Everything that is kept of each attendee, in the order of their numbers."""
    rows = session.execute(
        select(
            Attendee.number,
            Person.full_name,
            Person.birth_date,
            Person.birth_year,
            Person.phone_digits,
            Attendee.position,
            Unit.code,
            Site.code,
            Attendee.ticket,
        )
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .join(Site, Site.id == Attendee.site_id)
        .order_by(Attendee.number)
    ).all()
    categories = session.execute(
        select(Attendee.number, Category.name)
        .join(attendee_categories, attendee_categories.c.attendee_id == Attendee.id)
        .join(Category, Category.id == attendee_categories.c.category_id)
        .order_by(Attendee.number, Category.name)
    ).all()
    return [tuple(each) for each in rows], [tuple(each) for each in categories]


def person(session, name):
    return session.scalars(select(Person).where(Person.full_name == name)).one()


def edit(session, **fields):
    """As someone does on a screen."""
    changed = person(session, "Trần Thị Ánh")
    for name, value in fields.items():
        setattr(changed, name, value)
    session.commit()


def with_ánh(**changes):
    return book(
        HEAD,
        row(
            1,
            **{
                "name": "Trần Thị Ánh",
                "birth": "1/2/1971",
                "phone": "0912345678",
                "category": "Ủy viên BCH",
                **changes,
            },
        ),
        *PEOPLE[1:],
    )


# ---- once, and once only


def test_an_unknown_code_makes_a_draft_with_everything_in_its_place(conference, db_session):
    assert (conference.code, conference.state) == ("HN1", ConferenceState.DRAFT)
    province, district = (db_session.scalars(select(Unit).where(Unit.code == c)).one() for c in ("LD83", "LD83-02"))
    assert (province.kind, province.level, district.kind, district.province) == (
        UnitKind.PROVINCE,
        2,
        UnitKind.DISTRICT,
        "Bến Tre",
    )
    assert district.path == f"{province.path}{district.id}/"
    assert db_session.scalar(select(func.count(ConferenceSite.id))) == 7
    assert db_session.scalar(select(Hall.capacity).where(Hall.name == "Hội trường T83")) == 50
    rows, categories = people_of(db_session)
    assert [each[1:8] for each in rows] == [
        ("Trần Thị Ánh", date(1971, 2, 1), 1971, "0912345678", "Chủ tịch", "LD83-02", "T83"),
        ("Đặng Hữu Phước", date(1980, 6, 5), 1980, None, "Chủ tịch", "LD83-02", "T83"),
        ("Lê Văn Út", None, 1965, None, "Chủ tịch", "LD83-01", "H83-01"),
    ]
    assert sorted(categories) == [(1, "Ủy viên BCH"), (2, "Chuyên trách"), (2, "Ủy viên BCH")]


def test_everyone_gets_a_ticket_that_reads_back(conference, db_session):
    for attendee in db_session.scalars(select(Attendee)):
        assert RING.read(attendee.ticket) == Ticket(conference.id, attendee.number, attendee.site_id, 1, 1)


def test_the_second_time_changes_nothing(conference, db_session):
    before = people_of(db_session)
    for _ in range(2):
        figures, _, _ = bring(*lists_of_units_and_sites(), book(HEAD, *PEOPLE))
        assert (figures["rows"], figures["people"]) == (3, 3)
        assert (figures["new"], figures["changed"], figures["kept"], figures["unchanged"]) == (0, 0, 0, 3)
    assert people_of(db_session) == before


def test_without_any_unit_there_is_nothing_to_hang_a_conference_on(db_session):
    with pytest.raises(DomainError, match="import_no_units"):
        bring(book(HEAD, *PEOPLE))
    assert db_session.scalar(select(func.count(Conference.id))) == 0


def test_a_closed_conference_takes_nobody_in(conference, db_session):
    conference.state = ConferenceState.CLOSED
    db_session.commit()
    with pytest.raises(DomainError, match="conference_closed"):
        bring(book(HEAD, row(9, "Ngô Thị Bé")))


def test_a_comparison_alone_writes_nothing(conference, db_session):
    before = people_of(db_session)
    recognition = recognise([with_ánh(position="Phó Chủ tịch")], known_units=UNITS, known_sites=SITES)
    assert len(compare(recognition, conference.id).changed) == 1
    db_session.rollback()
    assert people_of(db_session) == before


def test_a_person_of_an_earlier_conference_is_the_same_person(conference, db_session):
    figures, _, _ = bring(book(HEAD, *PEOPLE[:1]), code="HN2")
    assert figures["new"] == 1
    assert db_session.scalar(select(func.count(Person.id))) == 3
    assert (
        db_session.scalar(
            select(func.count(Attendee.id)).where(Attendee.person_id == person(db_session, "Trần Thị Ánh").id)
        )
        == 2
    )


def test_people_without_birth_date_or_phone_are_found_again(conference, db_session):
    again = book(
        HEAD,
        *PEOPLE[:1],
        row(2, "Lê Văn Út", 1965.0, "0987654321", unit="LĐLĐ huyện Châu Thành", site="H83-01"),
        PEOPLE[2],
    )
    figures, _, _ = bring(again)
    assert (figures["new"], figures["changed"], figures["missing"]) == (0, 1, 0)
    assert person(db_session, "Lê Văn Út").phone_digits == "0987654321"


def test_namesakes_without_a_key_stay_two_people(conference, db_session):
    twins = book(HEAD, row(1, "Bùi Văn Tư", 1970.0), row(2, "Bùi Văn Tư", 1970.0))
    first, again = bring(twins)[0], bring(twins)[0]
    assert (first["new"], again["new"], again["unchanged"]) == (2, 0, 2)


# ---- changes and edits


def test_what_changed_in_the_list_changes_field_by_field(conference, db_session):
    figures, _, comparison = bring(with_ánh(position="Phó Chủ tịch", site="Thạnh Phú", category="Chuyên trách"))
    assert (figures["new"], figures["changed"], figures["unchanged"]) == (0, 1, 2)
    (match,) = comparison.changed
    assert {(c.field, str(c.before), str(c.after)) for c in match.settled.updates} == {
        ("position", "Chủ tịch", "Phó Chủ tịch"),
        ("site", "T83", "H83-02"),
        ("categories", "['Ủy viên BCH']", "['Chuyên trách']"),
    }
    rows, categories = people_of(db_session)
    assert rows[0][5:8] == ("Phó Chủ tịch", "LD83-02", "H83-02")
    assert (1, "Chuyên trách") in categories
    assert (1, "Ủy viên BCH") not in categories


def test_a_moved_person_keeps_number_and_ticket(conference, db_session):
    before = people_of(db_session)[0][0]
    bring(with_ánh(site="H83-02"))
    after = people_of(db_session)[0][0]
    assert (after[0], after[8]) == (before[0], before[8])


def test_what_was_edited_on_screen_stands_and_is_shown(conference, db_session):
    edit(db_session, email="anh@congdoan.example", phone="0909000111", phone_digits="0909000111")
    figures, _, comparison = bring(with_ánh(phone="0912345999"))
    assert (figures["changed"], figures["kept"], figures["new"], figures["missing"]) == (0, 1, 0, 0)
    (match,) = comparison.kept
    assert [(c.field, c.before, c.after) for c in match.settled.kept] == [("phone", "0909000111", "0912345999")]
    assert person(db_session, "Trần Thị Ánh").phone_digits == "0909000111"


def test_someone_renamed_on_screen_is_found_under_the_old_name(conference, db_session):
    name = "Trần Thị Ngọc Ánh"
    edit(
        db_session,
        full_name=name,
        name_folded=fold(name),
        sort_key=sort_key(name),
        birth_date=date(1972, 2, 1),
        birth_year=1972,
    )
    figures, _, _ = bring(book(HEAD, *PEOPLE))
    assert (figures["new"], figures["missing"], figures["kept"]) == (0, 0, 1)
    assert person(db_session, name).birth_date == date(1972, 2, 1)


def test_an_empty_cell_erases_nothing(conference, db_session):
    figures, _, _ = bring(with_ánh(phone="", position="", category=""))
    assert (figures["changed"], figures["unchanged"]) == (0, 3)
    assert person(db_session, "Trần Thị Ánh").phone_digits == "0912345678"


def test_a_bare_year_says_nothing_against_a_full_date(conference, db_session):
    figures, _, _ = bring(with_ánh(birth=1971.0))
    assert (figures["changed"], figures["new"]) == (0, 0)


def test_missing_people_are_shown_and_never_withdrawn(conference, db_session):
    figures, _, comparison = bring(book(HEAD, *PEOPLE[:2]))
    assert figures["missing"] == 1
    assert [standing.current["name"] for standing in comparison.missing] == ["Đặng Hữu Phước"]
    assert db_session.scalar(select(func.count(Attendee.id)).where(Attendee.withdrawn_at.is_(None))) == 3


def test_people_of_other_senders_are_not_missing(conference):
    other = book(
        HEAD,
        row(1, "Ngô Thị Bé", unit="Liên đoàn Lao động tỉnh Bắc Giang", site="T24"),
        title=[["LĐLĐ TỈNH BẮC GIANG"]],
    )
    assert bring(other)[0]["missing"] == 0


@pytest.mark.parametrize(
    ("now", "last", "said", "updates", "kept"),
    [
        ("a", "a", "a", 0, 0),
        ("a", "a", "b", 1, 0),
        ("b", "a", "a", 0, 1),
        ("b", "a", "c", 0, 1),
        ("", "", "b", 1, 0),
        ("", "a", "b", 1, 0),
        ("a", "a", "", 0, 0),
        ("a", None, "b", 0, 1),
    ],
)
def test_an_edit_stands_and_an_unedited_field_follows_its_list(now, last, said, updates, kept):
    settled = settle({"f": now}, {"f": last} if last is not None else None, {"f": said})
    assert (len(settled.updates), len(settled.kept)) == (updates, kept)


def test_units_and_sites_change_with_their_lists_but_not_against_an_edit(conference, db_session):
    units, sites = lists_of_units_and_sites()
    units.sheets[0].rows[8][1] = "Liên đoàn Lao động huyện Thạnh Phú Mới"
    sites.sheets[0].rows[7][6] = 80.0
    edited = db_session.scalars(select(Site).where(Site.code == "T83")).one()
    edited.name = "Điểm cầu tỉnh Bến Tre (đổi)"
    db_session.commit()
    bring(units, sites)
    assert (
        db_session.scalar(select(Unit.name).where(Unit.code == "LD83-02")) == "Liên đoàn Lao động huyện Thạnh Phú Mới"
    )
    assert db_session.scalar(select(Hall.capacity).where(Hall.name == "Hội trường H83-02")) == 80
    assert db_session.scalar(select(Site.name).where(Site.code == "T83")) == "Điểm cầu tỉnh Bến Tre (đổi)"


def test_a_unit_that_moves_takes_its_subtree_along(conference, db_session):
    units, _ = lists_of_units_and_sites()
    units.sheets[0].rows[6][3] = "LD82"
    bring(units)
    found = {unit.code: unit for unit in db_session.scalars(select(Unit))}
    assert found["LD83-02"].path == f"{found['TLD'].path}{found['LD82'].id}/{found['LD83'].id}/{found['LD83-02'].id}/"
    assert found["LD83-02"].level == 4


# ---- two lists about one person

HEADQUARTERS = [["TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM"], ["CƠ QUAN TỔNG LIÊN ĐOÀN LAO ĐỘNG VIỆT NAM"]]
OWN = book(HEAD, row(1, "Trần Thị Ánh", "1/2/1971", category="Ủy viên BCH tỉnh"))
THEIRS = book(
    HEAD,
    row(1, "Trần Thị Ánh", "1/2/1971", "0912345678", site="HN", position="Ủy viên", category="Ủy viên BCH TLĐ"),
    title=HEADQUARTERS,
    name="tw.xlsx",
)


@pytest.mark.parametrize(
    "steps", [[(OWN, THEIRS)], [(OWN,), (THEIRS,)], [(THEIRS,), (OWN,)], [(OWN,), (THEIRS,), (OWN,), (THEIRS,)]]
)
def test_the_own_list_stands_whichever_comes_first(db_session, steps):
    bring(*lists_of_units_and_sites())
    for books in steps:
        bring(*books)
    rows, categories = people_of(db_session)
    assert [each[4:8] for each in rows] == [("0912345678", "Chủ tịch", "LD83-02", "T83")]
    assert categories == [(1, "Ủy viên BCH TLĐ"), (1, "Ủy viên BCH tỉnh")]


def test_a_list_that_stands_aside_shows_its_other_site_and_changes_nothing_twice(db_session):
    bring(*lists_of_units_and_sites())
    bring(OWN)
    figures, _, comparison = bring(THEIRS)
    assert (figures["changed"], figures["kept"], figures["missing"]) == (1, 1, 0)
    assert [(c.field, c.before, c.after) for c in comparison.kept[0].settled.kept] == [("site", "T83", "HN")]
    figures, _, _ = bring(THEIRS)
    assert (figures["changed"], figures["kept"]) == (0, 1)


def test_a_decision_about_the_site_outlives_the_next_import(db_session):
    bring(*lists_of_units_and_sites())
    bring(OWN, THEIRS)
    place = "a.xlsx|Sheet1|6"
    with transaction():
        recognition = recognise((OWN, THEIRS), known_units=known_units(), known_sites=known_sites(1))
        batch = ImportBatch(
            conference_id=1, state=BatchState.APPLYING, created_at=clock.now(), figures={}, site_choices={place: "HN"}
        )
        db.session.add(batch)
        db.session.flush()
        apply_import(recognition, conference_code="HN1", ring=RING, by=SYSTEM, at=clock.now(), batch=batch)
    assert people_of(db_session)[0][0][7] == "HN"
    figures, _, _ = bring(OWN, THEIRS)
    assert (figures["changed"], figures["kept"]) == (0, 1)
    assert people_of(db_session)[0][0][7] == "HN"


# ---- taking back


def test_an_import_can_be_taken_back(conference, db_session):
    before = people_of(db_session)
    figures, batch_id, _ = bring(
        with_ánh(position="Phó Chủ tịch", category="Nữ công"), book(HEAD, row(1, "Ngô Thị Bé"), name="b.xlsx")
    )
    assert (figures["new"], figures["changed"]) == (1, 1)
    with transaction():
        assert take_back(batch=db_session.get_one(ImportBatch, batch_id), by=SYSTEM, at=clock.now()) == 1
    assert people_of(db_session) == before
    assert db_session.scalar(select(func.count(Person.id))) == 3
    figures, _, _ = bring(
        with_ánh(position="Phó Chủ tịch", category="Nữ công"), book(HEAD, row(1, "Ngô Thị Bé"), name="b.xlsx")
    )
    assert (figures["new"], figures["changed"]) == (1, 1)


def test_taking_back_leaves_what_was_edited_since(conference, db_session):
    _, batch_id, _ = bring(with_ánh(position="Phó Chủ tịch"))
    attendee = db_session.scalars(select(Attendee).where(Attendee.number == 1)).one()
    attendee.position = "Trưởng ban"
    db_session.commit()
    with transaction():
        take_back(batch=db_session.get_one(ImportBatch, batch_id), by=SYSTEM, at=clock.now())
    assert db_session.scalar(select(Attendee.position).where(Attendee.number == 1)) == "Trưởng ban"


def test_an_import_whose_people_are_referred_to_stays(conference, db_session):
    batch = db_session.scalars(select(ImportBatch)).one()
    before = people_of(db_session)
    attendee = db_session.scalars(select(Attendee).limit(1)).one()
    db_session.add(Leave(attendee_id=attendee.id, reason="ốm", requested_at=clock.now()))
    db_session.commit()
    with pytest.raises(DomainError, match="import_in_use"), transaction():
        take_back(batch=batch, by=SYSTEM, at=clock.now())
    db_session.rollback()
    assert people_of(db_session) == before
    assert db_session.scalars(select(ImportBatch.state)).one() is BatchState.APPLIED


def test_only_the_latest_import_is_taken_back_first(conference, db_session):
    first = db_session.scalars(select(ImportBatch)).one()
    bring(book(HEAD, row(1, "Ngô Thị Bé")))
    with pytest.raises(DomainError, match="import_not_last"), transaction():
        take_back(batch=first, by=SYSTEM, at=clock.now())


# ---- the reference conference, whole


@pytest.fixture
def command(app, db_session):
    runner = app.test_cli_runner()

    def run(*args: str):
        db_session.rollback()
        answer = runner.invoke(args=list(args))
        db_session.rollback()
        assert answer.exit_code == 0, answer.output
        return answer.output

    return run


FIGURES = ("rows", "people", "repeated", "conflicts", "rejected", "new", "changed", "unchanged")


def figures_from(output: str):
    answer = json.loads(output)
    return tuple(answer[name] for name in FIGURES), answer


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"] if AT_FULL_SIZE else ["postgresql"], indirect=True)
def test_the_command_brings_in_the_reference_conference_once(command, db_session, tmp_path):
    """On SQLite a first `make run` brings it in, and at full size the command too."""
    folder, code = str(REFERENCE), "NQ12"
    dry, answer = figures_from(command("import-lists", folder, "--conference", code, "--dry-run", "--json"))
    assert dry == (25_031, 24_814, 217, 12, 21, 24_814, 0, 0)
    assert db_session.scalar(select(func.count(Conference.id))) == 0
    assert {frozenset(reject) for reject in answer["rejects"]} == {frozenset({"file", "sheet", "row", "reason"})}
    assert figures_from(command("import-lists", folder, "--conference", code, "--json"))[0] == dry
    again = figures_from(command("import-lists", folder, "--conference", code, "--json"))[0]
    assert again == (25_031, 24_814, 217, 12, 21, 0, 0, 24_814)
    assert db_session.scalar(select(func.count(Attendee.id))) == 24_814
    assert db_session.scalar(select(func.count(func.distinct(Attendee.ticket)))) == 24_814
    assert db_session.scalar(select(func.count(Category.id))) == 7
    sizes = dict(
        db_session.execute(
            select(Site.code, func.count()).join(Attendee, Attendee.site_id == Site.id).group_by(Site.code)
        ).all()
    )
    assert (len(sizes), min(sizes.values()), max(sizes.values()), sizes["HN"]) == (364, 15, 1_700, 1_700)
    assert [(s.starts_at.hour + 7, s.doors_open_at.minute) for s in db_session.scalars(select(StudySession))] == [
        (8, 15),
        (14, 15),
    ]
    assert db_session.scalar(select(func.count(Topic.id))) == 9
    out = tmp_path / "out" / "nq12.xlsx"
    out.parent.mkdir()
    command("export-attendees", code, "--out", str(out))
    back = figures_from(command("import-lists", str(out.parent), "--conference", code, "--dry-run", "--json"))[0]
    assert back == (24_814, 24_814, 0, 0, 0, 0, 0, 24_814)


def test_parts_of_a_folder_may_come_one_after_another(command, db_session, tmp_path):
    for at, names in enumerate(
        (("don-vi.xlsx",), ("diem-cau.xlsx", "chuong-trinh.xlsx"), ("dai-bieu/cong-doan-y-te-viet-nam.xlsx",))
    ):
        folder = tmp_path / str(at)
        folder.mkdir()
        for name in names:
            (folder / Path(name).name).write_bytes((REFERENCE / name).read_bytes())
        command("import-lists", str(folder), "--conference", "X")
    assert db_session.scalar(select(func.count(Attendee.id))) == 55
    assert db_session.scalar(select(Conference.state)) is ConferenceState.DRAFT


def test_a_hostile_file_holds_up_nobody(command, tmp_path, db_session):
    for name in ("don-vi.xlsx", "diem-cau.xlsx", "dai-bieu/cong-doan-y-te-viet-nam.xlsx"):
        (tmp_path / Path(name).name).write_bytes((REFERENCE / name).read_bytes())
    (tmp_path / "macro.xlsm").write_bytes((REFERENCE / "don-vi.xlsx").read_bytes())
    (tmp_path / "pdf.xlsx").write_bytes(b"%PDF-1.7")
    answer = json.loads(command("import-lists", str(tmp_path), "--conference", "X", "--json"))
    assert (answer["people"], [refused["file"] for refused in answer["refused"]]) == (55, ["macro.xlsm", "pdf.xlsx"])


# ---- D1: what goes out comes back byte for byte

FAMILIES = "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Giàng Lò"
MIDDLES = "Văn Thị Hữu Đức Ngọc Quốc Mỹ Thùy Thuý Xuân Ðình Kim Hoài Bá Sỹ"
GIVEN = "Ánh Ẵn Ấn Hoà Hòa Thuỷ Thủy Quý Ước Yến Ý Út Đạt Nghĩa Khỏe Khoẻ Tuyết Phước Ơn Lợi"


def test_names_and_codes_come_back_byte_for_byte(command, db_session, tmp_path, sized):
    """D1: Through import, search and export."""
    count = sized(1_500, 24_814)
    chance = random.Random(12)
    bring(*lists_of_units_and_sites(), code="D1")
    head = ["Mã đại biểu", *HEAD[1:]]
    rows = []
    for at in range(count):
        parts = (FAMILIES, MIDDLES, MIDDLES, GIVEN)
        name = " ".join(chance.choice(part.split()) for part in parts)
        rows.append(
            [
                f"=MÃ-{at:05}",
                *row(
                    at,
                    name.replace("Ð", "Đ"),
                    date(1950 + at % 50, 1 + at // 50 % 12, 1 + at // 600 % 28),
                    f"09{at:08}",
                )[1:],
            ]
        )
    first = tmp_path / "first"
    first.mkdir()
    write_workbook(first / "a.xlsx", [Table("DS", head, rows)])
    figures, _ = figures_from(command("import-lists", str(first), "--conference", "D1", "--json"))
    assert figures[:2] == (count, count)
    out = tmp_path / "out.xlsx"
    command("export-attendees", "D1", "--out", str(out))
    exported = read_workbook_file(out).sheets[0].rows[1:]
    assert {(each[0], each[1]) for each in exported} == {(each[0], each[1]) for each in rows}
    for typed in ("Hoà", "hoa", "Hoa\u0300"):
        found = select(func.count(Person.id)).where(Person.name_folded.like(f"%{fold(typed)}"))
        assert db_session.scalar(found) == sum(each[1].endswith(("Hoà", "Hòa")) for each in rows)


def test_sexes_and_mappings_are_kept_as_they_were_said(conference, db_session):
    assert person(db_session, "Trần Thị Ánh").sex is Sex.MALE
    assert known_mappings() == {}
    assert db_session.scalar(select(func.count(ListMapping.id))) == 0
    assert db_session.scalar(select(func.count(ImportedValue.id))) == 3 + 8 + 7
