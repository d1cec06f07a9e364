"""Units in their tree: who sees which, how many people they have, and what they are called."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from conference.directory.models import Unit, UnitKind
from conference.directory.queries import PeopleCount, people_counts
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.journal import JournalEntry
from tests.factories import make_person, make_unit


@pytest.fixture
def tree(db_session):
    class Tree:
        root = make_unit("Tổng Liên đoàn Lao động Việt Nam", kind=UnitKind.CENTRAL, code="TLD")
        nghe_an = make_unit("Liên đoàn Lao động tỉnh Nghệ An", parent=root, code="NA")
        yen_thanh = make_unit("Liên đoàn Lao động huyện Yên Thành", parent=nghe_an, kind=UnitKind.DISTRICT, code="NA01")
        ha_giang = make_unit("Liên đoàn Lao động tỉnh Hà Giang", parent=root, code="HG")

    for unit, names in (
        (Tree.nghe_an, ["Trần Thị Ánh"]),
        (Tree.yen_thanh, ["Đặng Hữu Phước", "Nguyễn Thị Hoà"]),
        (Tree.ha_giang, ["Vi Văn Hòa"]),
    ):
        for name in names:
            make_person(name, unit=unit, position="Chủ tịch", phone="0912345678")
    db_session.commit()
    return Tree


def test_people_are_counted_for_a_unit_and_all_below(tree, db_session):
    assert people_counts() == {
        tree.root.id: PeopleCount(0, 4),
        tree.nghe_an.id: PeopleCount(1, 3),
        tree.yen_thanh.id: PeopleCount(2, 2),
        tree.ha_giang.id: PeopleCount(1, 1),
    }


FOUND = {
    "": {"TLD", "NA", "NA01", "HG"},
    "?q=yen thanh": {"NA01"},
    "?q=na01": {"NA01"},
    "?level=2": {"NA", "HG"},
    "?kind=district": {"NA01"},
    "?q=khong co": set(),
    "?q=%25": set(),
}


def test_units_are_found(people, tree):
    units = [tree.root, tree.nghe_an, tree.yen_thanh, tree.ha_giang]

    def found(query: str) -> set[str]:
        shown = people["leader"].get(f"/units{query}").text
        return {unit.code for unit in units if f'href="/units/{unit.id}">{unit.name}' in shown}

    assert {query: found(query) for query in FOUND} == FOUND


def test_an_officer_sees_the_own_branch(sign_in, tree):
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, tree.nghe_an.id)
    shown = officer.get("/units").text
    assert "Yên Thành" in shown
    assert "Hà Giang" not in shown
    seen = [
        officer.get(f"/units/{unit.id}").status_code
        for unit in (tree.nghe_an, tree.yen_thanh, tree.root, tree.ha_giang)
    ]
    assert seen == [200, 200, 404, 404]
    assert officer.get(f"/units/{tree.ha_giang.id}/people").status_code == 404
    assert officer.get(f"/units/{tree.nghe_an.id}/edit").status_code == 403


def test_a_figure_leads_to_its_people_without_their_contacts(people, tree):
    shown = people["organizer"].get(f"/units/{tree.nghe_an.id}/people").text
    assert "3 người, kể cả các đơn vị cấp dưới" in shown
    assert "Đặng Hữu Phước" in shown
    assert "0912" not in shown
    assert "Vi Văn Hòa" not in shown
    assert "Nguyễn Thị Hoà" in people["organizer"].get(f"/units/{tree.nghe_an.id}/people?q=hòa").text


@pytest.mark.parametrize(("role", "status"), [("admin", 302), ("organizer", 302), ("leader", 403), ("grader", 403)])
def test_who_renames_a_unit(people, tree, db_session, role, status):
    data = {"name": "Liên đoàn Lao động Nghệ An", "short_name": "LĐLĐ Nghệ An", "was": tree.nghe_an.name}
    assert people[role].post(f"/units/{tree.nghe_an.id}/edit", data=data).status_code == status
    db_session.expire_all()
    unit = db_session.scalars(select(Unit).where(Unit.code == "NA")).one()
    entries = db_session.scalars(select(JournalEntry).where(JournalEntry.action == "unit.rename")).all()
    if status == 302:
        assert (unit.name, unit.name_folded) == ("Liên đoàn Lao động Nghệ An", "lien doan lao dong nghe an")
        assert [(entry.subject_id, entry.after) for entry in entries] == [(unit.id, {})]
    else:
        assert (unit.name, entries) == ("Liên đoàn Lao động tỉnh Nghệ An", [])


def test_a_rename_over_a_newer_name_is_told(people, tree, db_session):
    url = f"/units/{tree.nghe_an.id}/edit"
    data = {"name": "Tên một", "short_name": "", "was": tree.nghe_an.name}
    assert people["organizer"].post(url, data=data).status_code == 302
    answer = people["admin"].post(url, data={**data, "name": "Tên hai"})
    assert (answer.status_code, "đổi thành “Tên một”" in answer.text, "Tên hai" in answer.text) == (409, True, True)
    assert people["admin"].post(url, data={"name": "", "was": "Tên một"}).status_code == 422
    assert db_session.scalars(select(Unit.name).where(Unit.code == "NA")).one() == "Tên một"


@pytest.mark.parametrize("page", ["/units", "/units/{}", "/units/{}/people"])
def test_more_units_ask_no_more_queries(people, tree, db_session, count_queries, page):
    url = page.format(tree.nghe_an.id)

    def asked() -> int:
        with count_queries() as statements:
            assert people["leader"].get(url).status_code == 200
        return len(statements)

    asked()
    before = asked()
    for name in ("Liên đoàn Lao động huyện Tân Kỳ", "Liên đoàn Lao động huyện Anh Sơn"):
        make_person("Lê Quang Dũng", unit=make_unit(name, parent=tree.nghe_an))
    db_session.commit()
    assert asked() == before
