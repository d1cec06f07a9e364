"""The page on which a signed sheet is entered: for who answers for the site, with its people as they stand."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from conference.foundation.actor import Role, ScopeKind
from tests.checkin.conftest import Doors
from tests.factories import local


@pytest.fixture
def app(sqlite_app: Flask) -> Flask:
    """What a page says does not depend on the kind of database."""
    return sqlite_app


def test_the_hosts_page_lists_its_people_as_they_stand(doors: Doors, sign_in: Any, people: Any) -> None:
    doors.send(doors.item(2, at=local("07:31")))
    address = f"/door/{doors.code}/{doors.here}/{doors.morning}/paper"
    host = sign_in(Role.SITE_HOST, ScopeKind.SITE, doors.here)
    said = host.get(address).text
    assert "Có mặt 07:31" in said
    assert 'data-zone="+07:00"' in said
    assert 'value="08:00"' in said
    assert said.count('<li data-number="') == 4
    assert people["organizer"].get(address).status_code == 200
    assert sign_in(Role.SCANNER, ScopeKind.SITE, doors.here).get(address).status_code == 403
    assert sign_in(Role.SITE_HOST, ScopeKind.SITE, doors.there).get(address).status_code == 404
    assert host.get(f"/door/{doors.code}/{doors.here}/{doors.morning + 999}/paper").status_code == 404
    door = host.get(f"/door/{doors.code}/{doors.here}").text
    assert address in door
