"""Quotas: who fills whose, what is still to be named, how they are given, and whether the halls hold them."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db, transaction
from conference.registry.models import Category, attendee_categories
from conference.registry.naming.models import Quota
from conference.registry.naming.quotas import by_site, by_unit, quota_lines
from conference.registry.naming.rules import QuotaKey, filled, ids_on
from conference.registry.rules import Reach
from tests.registry.hall import Hall, build


@pytest.fixture
def hall(db_session) -> Hall:
    return build()


@st.composite
def trees(draw):
    """Paths of units, people by unit and category, and some quotas."""
    paths: dict[int, str] = {}
    for unit in range(1, draw(st.integers(1, 12)) + 1):
        above = draw(st.sampled_from([None, *paths])) if paths else None
        paths[unit] = f"{paths[above] if above else '/'}{unit}/"
    keys = st.tuples(st.sampled_from(sorted(paths)), st.sampled_from([None, 1, 2]))
    counts = draw(st.dictionaries(keys, st.integers(0, 50)))
    quotas = draw(st.sets(keys))
    return paths, counts, [QuotaKey(*key) for key in quotas]


@given(trees())
def test_each_person_fills_the_nearest_quota_and_no_other(tree):
    paths, counts, quotas = tree
    found = filled(quotas, counts, paths)
    assert set(found) == set(quotas)
    for category in (None, 1, 2):
        given_to = {key.unit_id for key in quotas if key.category_id == category}
        covered = sum(
            count for (unit, of), count in counts.items() if of == category and given_to & set(ids_on(paths[unit]))
        )
        assert sum(count for key, count in found.items() if key.category_id == category) == covered
    for key in quotas:
        below = [
            count
            for (unit, of), count in counts.items()
            if of == key.category_id
            and next((u for u in reversed(ids_on(paths[unit])) if QuotaKey(u, of) in found), None) == key.unit_id
        ]
        assert found[key] == sum(below)


def set_quotas(people, hall, rows: str):
    return people["organizer"].post(hall.url("/quotas"), data={"rows": rows})


def test_quotas_are_pasted_and_show_what_is_still_to_be_named(people, sign_in, hall):
    with transaction():
        category = Category(name="Cán bộ chuyên trách", name_folded="can bo chuyen trach")
        db.session.add(category)
        db.session.flush()
        for name in ("Dương Văn An", "Nguyễn Thị Ánh"):
            values = {"attendee_id": hall.attendees[name], "category_id": category.id}
            db.session.execute(attendee_categories.insert().values(**values))
    rows = (
        "Đơn vị\tThành phần\tSố người\n"
        "Liên đoàn Lao động tỉnh Nghệ An\tcán bộ chuyên trách\t3\n"
        "Liên đoàn Lao động huyện Yên Thành\t\t5\n"
    )
    assert set_quotas(people, hall, rows).status_code == 303
    lines = quota_lines(hall.conference_id, Reach(is_whole=True))
    assert [(line.category_name, line.places, line.called, line.missing) for line in lines] == [
        ("Cán bộ chuyên trách", 3, 2, 1),
        ("", 5, 2, 3),
    ]
    officer = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["nghe_an"])
    home = officer.get(hall.url("/unit")).text
    assert "Còn phải cử 4 người" in home
    assert "Cán bộ chuyên trách" in home
    elsewhere = sign_in(Role.UNIT_OFFICER, ScopeKind.UNIT, hall.units["ha_tinh"])
    assert "Cán bộ chuyên trách" not in elsewhere.get(hall.url("/unit")).text
    sheet = openpyxl.load_workbook(BytesIO(people["organizer"].get(hall.url("/quotas.xlsx")).data)).active
    assert [row[1:4] for row in sheet.values][1:] == [
        ("Liên đoàn Lao động tỉnh Nghệ An", "Cán bộ chuyên trách", 3),
        ("Liên đoàn Lao động huyện Yên Thành", None, 5),
    ]


def test_a_faulty_row_names_itself_and_nothing_is_lost(people, hall):
    rows = "Liên đoàn Lao động tỉnh Nghệ An;;3\nLiên đoàn Lao động huyện Không Có;;2"
    answer = set_quotas(people, hall, rows)
    assert (answer.status_code, "dòng 2: không có đơn vị" in answer.text) == (422, True)
    assert "tỉnh Nghệ An;;3" in answer.text
    assert db.session.query(Quota).count() == 0


def test_a_unit_s_quotas_are_set_by_form_and_taken_away_by_nought(people, hall):
    url = hall.url(f"/quotas/{hall.units['yen_thanh']}")
    client = people["organizer"]
    assert client.post(url, data={"places-any": "7", "new_category": "Chủ tịch", "new_places": "2"}).status_code == 303
    db.session.expire_all()
    assert sorted(quota.places for quota in db.session.query(Quota)) == [2, 7]
    assert 'value="7"' in client.get(url).text
    assert client.post(url, data={"places-any": "0"}).status_code == 303
    assert client.post(url, data={"places-any": "many"}).status_code == 422
    db.session.expire_all()
    assert db.session.query(Quota).count() == 0


def test_sums_by_site_follow_where_units_sit(people, hall):
    rows = "Liên đoàn Lao động huyện Yên Thành;;500\nLiên đoàn Lao động huyện Đô Lương;;3"
    set_quotas(people, hall, rows)
    lines = quota_lines(hall.conference_id, Reach(is_whole=True))
    sites = {site.site_id: (site.called, site.coming) for site in by_site(hall.conference_id, lines)}
    assert sites == {hall.sites["yen_thanh"]: (3, 498), hall.sites["do_luong"]: (2, 1)}
    assert sorted(unit.missing for unit in by_unit(lines)) == [1, 498]  # who sits elsewhere counts for the own unit


def test_more_quotas_ask_no_more_queries(people, hall, count_queries):
    client = people["organizer"]
    set_quotas(people, hall, "Liên đoàn Lao động tỉnh Nghệ An;;3")
    client.get(hall.url("/quotas"))
    with count_queries() as few:
        client.get(hall.url("/quotas"))
    set_quotas(people, hall, "Liên đoàn Lao động huyện Yên Thành;Chủ tịch;3\nLiên đoàn Lao động huyện Đô Lương;;3")
    with count_queries() as many:
        client.get(hall.url("/quotas"))
    assert len(many) == len(few)
