"""Who hears the counts, and that several web processes tell the same news."""

from __future__ import annotations

import gc
import urllib.error
import urllib.request
import weakref
from uuid import uuid4

import gevent
import pytest
from structlog.testing import capture_logs

from conference import create_app
from conference.checkin.signals import site_counted
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import db, transaction
from conference.live.hints import AGAIN_SECONDS
from conference.settings import Settings
from tests.conftest import SECRET
from tests.live.halls import end_devices, post_json


def test_a_scan_at_one_web_process_is_news_at_another(hall, serve, postgresql_url, redis_url, board_of):
    one, other = (serve(database_url=postgresql_url, redis_url=redis_url) for _ in range(2))
    board = board_of(other.url, hall["cookie_of"](Role.ORGANIZER))
    assert board.watch("NQ12") == {"version": 0}
    scan = {
        "id": str(uuid4()),
        "kind": "scan",
        "ticket": hall["ticket"],
        "study_session": hall["session"],
        "scanned_at": clock.now().isoformat(),
    }
    answer = post_json(one.url + "/api/v1/scans", {"items": [scan]}, bearer=hall["device"])
    assert answer["items"][0]["counts"] is True
    assert board.next_counts() == {
        "session": hall["session"],
        "version": 1,
        "present": 1,
        "sites": [[hall["site"], 1]],
    }


def test_a_device_hears_of_its_own_door_and_of_its_own_end(hall, serve, postgresql_url, redis_url, board_of):
    """It hears that something was counted, at another web process too, and asks for it with its token."""
    one, other = (serve(database_url=postgresql_url, redis_url=redis_url) for _ in range(2))
    here, there = (board_of(other.url, "nonsense", token) for token in (hall["device"], hall["elsewhere"]))
    assert here.stand(hall["device"]) == {"version": 0}
    assert there.stand(hall["elsewhere"]) == {"version": 0}
    scan = {
        "id": str(uuid4()),
        "kind": "scan",
        "ticket": hall["ticket"],
        "study_session": hall["session"],
        "scanned_at": clock.now().isoformat(),
    }
    post_json(one.url + "/api/v1/scans", {"items": [scan]}, bearer=hall["device"])
    assert here.next_event() == ["counted", {"version": 1}]
    # Each is told, and what it hears first is nothing of the other door.
    end_devices(one.url, hall["devices"], organizer=hall["cookie_of"](Role.ORGANIZER))
    assert here.next_event() == ["ended"]
    assert there.next_event() == ["ended"]
    assert board_of(other.url, "nonsense", hall["device"]).answer == '44{"message":"forbidden"}'


def test_who_shows_no_good_token_stands_at_no_door(hall, serve, postgresql_url, board_of):
    server = serve(database_url=postgresql_url)
    for token in ("", "x" * 43, "nonsense"):
        assert board_of(server.url, "nonsense", token).answer == '44{"message":"forbidden"}'
        board = board_of(server.url, hall["cookie_of"](Role.ORGANIZER))
        assert board.stand(token) == "41"


def test_who_may_not_watch_gets_no_socket_and_no_stranger_borrows_one(hall, serve, postgresql_url, board_of):
    server = serve(database_url=postgresql_url)
    cookies = {role: hall["cookie_of"](role) for role in (Role.SITE_HOST, Role.GRADER, Role.SCANNER)}
    for cookie in (*cookies.values(), "nonsense"):
        assert board_of(server.url, cookie).answer == '44{"message":"forbidden"}'
    asked = urllib.request.Request(
        server.url + "/socket.io/?EIO=4&transport=polling",
        headers={"Cookie": "staff=" + hall["cookie_of"](Role.ORGANIZER), "Origin": "https://elsewhere.example"},
    )
    with pytest.raises(urllib.error.HTTPError, match="400") as refused:
        urllib.request.urlopen(asked, timeout=10)
    refused.value.close()


def test_every_socket_event_says_who_may_send_it(sqlite_app):
    handlers = sqlite_app.extensions["socket_handlers"]
    assert all(handler.allowed_roles for handler in handlers.values())
    assert set(sqlite_app.extensions["socketio"].server.handlers["/"]) == set(handlers)


def test_an_application_that_is_let_go_is_gone_also_while_its_news_waits(tmp_path):
    """Signals outlive applications, and so does what waits for a loop that never runs: neither may keep one."""
    gc.freeze()  # what other tests have left is not looked through
    app = create_app(Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/x.sqlite3", secret_key=SECRET))
    with app.app_context(), transaction():
        site_counted.announce(conference_id=1, study_session_id=1, site_id=1)
    gone = weakref.ref(app)
    del app
    gc.collect()
    gc.unfreeze()
    assert gone() is None


@pytest.fixture
def hasty(monkeypatch):
    """Whoever finds no free connection to the database gives up soon."""
    monkeypatch.setattr("conference.SECONDS_TO_CONNECT", 0.1)


def test_news_that_meets_a_full_pool_waits_and_is_told_with_what_came_meanwhile(hasty, hall):
    app, cookie = hall["app"], hall["cookie_of"](Role.ORGANIZER)
    socketio, hints = app.extensions["socketio"], app.extensions["live_hints"]
    board = socketio.test_client(app, headers={"Cookie": f"staff={cookie}"})
    assert board.emit("watch", "NQ12", callback=True) == {"version": 0}
    with app.app_context():
        held = [db.engine.connect() for _ in range(15)]
    with capture_logs() as logs:
        for _ in range(3):
            hints.site_counted(conference_id=hall["conference"], study_session_id=hall["session"], site_id=hall["site"])
            gevent.sleep(AGAIN_SECONDS)
    assert [told for told in board.get_received() if told["name"] == "counts"] == []
    assert [line["reason"] for line in logs if line["event"] == "push_held_up"] == ["TimeoutError"]
    for connection in held:
        connection.close()
    while not (told := [one["args"] for one in board.get_received() if one["name"] == "counts"]):
        gevent.sleep(0.05)
    assert told == [[{"session": hall["session"], "version": 0, "present": 0, "sites": [[hall["site"], 0]]}]]
    board.disconnect()
