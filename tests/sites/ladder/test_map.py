"""The map: every province has a tile of its own in both divisions, and its counts are those of the list."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from conference.registry.called import called_by_site
from conference.sites import queries as sites
from conference.sites.models import ConferenceSite, Site, SiteLevel
from conference.sites.provinces import SINCE_2025, UNTIL_2025, division_of, province_key
from tests.factories import join, make_conference, make_site, make_unit

on_sqlite_alone = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def test_each_province_has_a_tile_of_its_own_in_both_divisions():
    for division, count in ((UNTIL_2025, 63), (SINCE_2025, 34)):
        assert len(division) == count
        assert len({(tile.column, tile.row) for tile in division}) == count
        assert len({tile.name for tile in division}) == len({tile.short for tile in division}) == count


def test_the_division_is_that_in_which_all_named_provinces_exist():
    assert division_of({"Nghệ An", "Huế"}) == SINCE_2025
    assert division_of({"Nghệ An", "tỉnh Hà Nam"}) == UNTIL_2025
    assert division_of(set()) == SINCE_2025
    assert province_key("TP. Hồ Chí Minh") == province_key("Thành phố Hồ Chí Minh") == province_key("hồ chí minh")
    assert province_key("Hoà Bình") == province_key("Hòa Bình")


@pytest.fixture
def country(db_session):
    root = make_unit()
    conference = make_conference("NQ12", host_unit=root)
    places = [("Yên Thành", "Nghệ An", 60), ("Quế Phong", "Nghệ An", None), ("Mèo Vạc", "Hà Giang", None)]
    places += [("Kim Bôi", "Hoà Bình", 50), ("Lạc Thủy", "Hòa Bình", None), ("Viêng Chăn", "Lào", 40)]
    for name, province, seats in places:
        join(conference, make_site(name, host_unit=root, province=province, seats=seats))
    db_session.commit()
    return SimpleNamespace(conference=conference, root=root)


@on_sqlite_alone
def test_a_tile_counts_its_sites_and_leads_to_those_that_are_behind(people, country):
    page = people["organizer"].get("/conferences/NQ12/sites/map?rung=hall").text
    tiles = [part.partition("</a>")[0] for part in page.split('<a class="map__link"')[1:]]
    told = {
        re.findall(r'map__name">([^<]+)', tile)[0]: re.findall(r"<span>(\d+/\d+)</span>", tile)[0] for tile in tiles
    }
    assert told == {"Nghệ An": "1/2", "Hà Giang": "0/1", "Hòa Bình": "1/2"}
    assert 'href="/conferences/NQ12/ready?province=Ngh%E1%BB%87+An&amp;rung=hall&amp;stand=open"' in page
    assert "Ngoài bản đồ:" in page
    listed = people["organizer"].get("/conferences/NQ12/ready?province=Nghệ An&rung=hall&stand=open").text
    assert listed.count('class="cell-title"><a href="/conferences/NQ12/sites/') == 1
    assert "Hoàng Sa" in page
    assert "Trường Sa" in page


@on_sqlite_alone
def test_thousands_of_sites_ask_no_more_and_weigh_no_more(people, country, db_session, count_queries, sized):
    """The map and the lists of a conference of 31,000 sites: as many queries and bytes as with a few."""
    client = people["organizer"]
    pages = ("sites/map?rung=hall", "sites?q=khong+co", "ready?rung=hall&stand=done&province=Lào")

    def asked() -> list[tuple[int, int]]:
        found = []
        for page in pages:
            with count_queries() as statements:
                answer = client.get(f"/conferences/NQ12/{page}")
            assert answer.status_code == 200
            found.append((len(statements), len(answer.data)))
        return found

    asked()
    before = asked()
    many = sized(1_500, 31_000)
    names = [tile.name for tile in UNTIL_2025 if tile.name in {"Nghệ An", "Hà Giang"}]
    first = 1_000
    db_session.bulk_insert_mappings(
        Site,
        [
            {
                "id": first + number,
                "code": f"X{number}",
                "name": f"Xã {number}",
                "name_folded": f"xa {number}",
                "sort_key": f"{number:06}",
                "level": SiteLevel.COMMUNE,
                "province": names[number % len(names)],
                "host_unit_id": country.root.id,
            }
            for number in range(many)
        ],
    )
    db_session.bulk_insert_mappings(
        ConferenceSite,
        [
            {"conference_id": country.conference.id, "site_id": first + number, "position": first + number}
            for number in range(many)
        ],
    )
    db_session.commit()
    called = called_by_site(country.conference.id)
    assert sites.count_sites(country.conference.id, sites.every_site(), called).sites == many + 6
    after = asked()
    assert [queries for queries, _bytes in after] == [queries for queries, _bytes in before]
    assert all(now[1] < 1.05 * then[1] + 400 for now, then in zip(after, before, strict=True))
