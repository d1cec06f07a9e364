"""Whatever happens to answers, links, tabs, processes, sign-ins: no scan is lost, none is stuck, none counts twice."""

from __future__ import annotations

import json
import os
import random
import re
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright, Route, expect
from sqlalchemy import select, update

from conference.checkin.models import Device, QuarantinedScan, Scan
from conference.checkin.rules import Verdict
from conference.foundation.db import db
from tests.journeys.door_day import DoorDay
from tests.journeys.door_hand import LONGEST, on, open_door, scan, verdict
from tests.services import browser as chromium

SYNC = """
async ({ token, urls, tickets, session, rounds, scans, seed }) => {
  const { openStore } = await import("/static/js/checkin/store.js");
  const { Sync } = await import("/static/js/checkin/sync.js");
  const { newId } = await import("/static/js/lib/ids.js");
  const store = await openStore();
  const sync = new Sync({ store, door: "proof", urls, csrf: "" });
  sync.identity = { token, device: 1, label: "proof", seq: 0 };
  let chance = seed;
  const next = (below) => (chance = (chance * 1103515245 + 12345) % 2147483648) % below;
  const made = [];
  const keep = async () => {
    const ticket = tickets[next(tickets.length)];
    const item = { id: newId(), kind: "scan", ticket, study_session: session, direction: "in",
      scanned_at: new Date().toISOString(), clock_offset_ms: 0, device_seq: made.length, method: "camera",
      verdict_shown: null, decision: null };
    await store.keep("proof", item);
    made.push(item.id);
  };
  for (let round = 0; round < rounds; round += 1) {
    for (let more = scans ?? next(3); more > 0; more -= 1) await keep();
    await sync.send();
  }
  window.calm = async () => {
    for (let turn = 0; turn < 60 && (await store.count("proof")); turn += 1) await sync.send();
    return store.count("proof");
  };
  return made;
}
"""


KINDS = (
    "good", "lost_before", "lost_after", "twice", "late_again", "cut", "other_ids", "empty", "stale", "status", "page",
    "portal", "redirect", "no_items", "kept_not",
)  # fmt: skip


class Faults:
    """Stands between a page and the server; most answers that come through it are not what the server said."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.earlier: list[tuple[Any, bytes]] = []
        self.said: list[str] = []

    def __call__(self, route: Route) -> None:
        getattr(self, self.chance.choice(KINDS))(route)

    def _ask(self, route: Route) -> Any:
        answer = route.fetch()
        self.earlier.append((route.request, answer.body()))
        del self.earlier[:-5]
        return answer

    def good(self, route: Route) -> None:
        route.fulfill(response=self._ask(route))

    def lost_before(self, route: Route) -> None:
        route.abort("connectionreset")

    def lost_after(self, route: Route) -> None:
        self._ask(route)
        route.abort("connectionreset")

    def twice(self, route: Route) -> None:
        self._ask(route)
        route.fulfill(response=self._ask(route))

    def late_again(self, route: Route) -> None:
        """A request from before arrives once more after this one."""
        before = self.chance.choice(self.earlier)[0].post_data if self.earlier else None
        answer = self._ask(route)
        if before is not None:
            route.fetch(post_data=before)
        route.fulfill(response=answer)

    def cut(self, route: Route) -> None:
        body = self._ask(route).body()
        route.fulfill(status=200, content_type="application/json", body=body[: self.chance.randrange(len(body))])

    def other_ids(self, route: Route) -> None:
        body = self._ask(route).json()
        for item in body["items"]:
            item["id"] = item["id"][::-1]
        route.fulfill(status=200, json=body)

    def kept_not(self, route: Route) -> None:
        body = self._ask(route).json()
        for item in body["items"]:
            item["status"] = 503
        route.fulfill(status=200, json=body)

    def stale(self, route: Route) -> None:
        """The answer to an earlier request, for this one."""
        self._ask(route)
        body = self.chance.choice(self.earlier)[1]
        route.fulfill(status=200, content_type="application/json", body=body)

    def empty(self, route: Route) -> None:
        route.fulfill(status=200, json={"items": []})

    def no_items(self, route: Route) -> None:
        route.fulfill(status=200, json=self.chance.choice([{"status": "ok"}, [], None, "ok", {"items": {}}]))

    def status(self, route: Route) -> None:
        status = self.chance.choice([400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 507])
        body = self.chance.choice(["{}", '{"error": "busy", "message": "…"}', "<h1>Bad gateway</h1>", ""])
        kind = "application/json" if body.startswith("{") else "text/html"
        route.fulfill(status=status, content_type=kind, body=body)

    def page(self, route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body="<form action=/sign-in><input name=login></form>")

    def portal(self, route: Route) -> None:
        route.fulfill(status=200, content_type="application/json; charset=utf-8", body="<h1>Wi-Fi miễn phí</h1>")

    def redirect(self, route: Route) -> None:
        route.fulfill(status=302, headers={"Location": "/sign-in"})


def scans_at(day: DoorDay) -> list[str]:
    with day.app.app_context():
        assert db.session.scalars(select(QuarantinedScan.id)).all() == []
        return [str(id) for id in db.session.scalars(select(Scan.id))]


def test_no_scan_is_lost_stuck_or_kept_twice_whatever_happens_to_the_answers(
    day: DoorDay, device: Callable[..., BrowserContext], sized: Callable[[int, int], int]
) -> None:
    """Two tabs with one queue send at once, through faults of fifteen kinds."""
    rounds = sized(30, 500)
    context = device("desktop")
    pages: list[Page] = [context.new_page(), context.new_page()]
    faults = Faults(20_181_206)
    for place, page in enumerate(pages):
        page.goto(f"{day.url}/keys/tickets.json")
        page.route("**/api/v1/scans", faults)
        page.evaluate(
            f"(all) => {{ window.running = ({SYNC})(all).then((made) => (window.made = made)); }}",
            {
                "token": day.other_token,
                "urls": {"scans": "/api/v1/scans", "enrol": "/nowhere"},
                "tickets": [*day.tickets.values(), "1" * 188, "no ticket"],
                "session": day.session,
                "rounds": rounds,
                "seed": place + 1,
            },
        )
    for page in pages:
        page.evaluate("window.running")
        page.unroute("**/api/v1/scans")
    assert pages[0].evaluate("window.calm()") == 0
    made = [id for page in pages for id in page.evaluate("window.made")]
    assert len(made) > rounds
    assert sorted(scans_at(day)) == sorted(made)


def test_a_link_of_64_kbit_a_second_brings_everything_that_waits(
    day: DoorDay, device: Callable[..., BrowserContext], sized: Callable[[int, int], int]
) -> None:
    """And a portal answers the first of it, as they do, with a page of its own and 200."""
    context = device("phone")
    page = context.new_page()
    page.goto(f"{day.url}/keys/tickets.json")
    asked: list[int] = []

    def portal(route: Route) -> None:
        asked.append(len(asked))
        if len(asked) == 1:
            route.fulfill(status=200, content_type="text/html", body="<h1>Wi-Fi miễn phí</h1>" * 40)
        else:
            route.continue_()

    page.route("**/api/v1/scans", portal)
    slow = {"offline": False, "latency": 400, "downloadThroughput": 8_000, "uploadThroughput": 8_000}
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    rounds = sized(25, 600)
    page.evaluate(
        f"(all) => ({SYNC})(all).then((made) => (window.made = made))",
        {
            "token": day.other_token,
            "urls": {"scans": "/api/v1/scans", "enrol": "/nowhere"},
            "tickets": list(day.tickets.values()),
            "session": day.session,
            "rounds": 1,
            "scans": rounds,
            "seed": 3,
        },
    )
    assert page.evaluate("window.calm()") == 0
    made = page.evaluate("window.made")
    assert len(made) == rounds
    assert sorted(scans_at(day)) == sorted(made)


def still_waiting(count: int) -> re.Pattern[str]:
    """What the chip says while so many scans have no answer."""
    return re.compile(rf"(Đang|chờ) gửi {count}\b" if count else "Đã gửi hết")


def open_persistent(playwright: Playwright, program: str, folder: Path) -> BrowserContext:
    options = [*chromium.QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return playwright.chromium.launch_persistent_context(
        folder, executable_path=program, args=options, **chromium.EVERYWHERE, **chromium.PHONE
    )


def processes_of(folder: Path) -> list[int]:
    """The browser that was started with this folder of its own, and its children."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().split(b"\0")
        except OSError:
            continue
        if f"--user-data-dir={folder}".encode() in words:
            found.append(int(place.parent.name))
    return found


def test_a_browser_that_dies_while_sending_comes_back_with_its_queue_and_sends_it_untouched(
    day: DoorDay, playwright: Playwright, chromium_program: str, tmp_path: Path, sized: Callable[[int, int], int]
) -> None:
    """It dies again and again: each time more waits, and what waited before is still there."""
    folder = tmp_path / "profile"
    deaths, waiting = sized(2, 20), 0
    for death in range(deaths):
        context = open_persistent(playwright, chromium_program, folder)
        context.route("**/api/v1/scans", lambda route: None)  # sent, and nobody answers
        page = open_door(day, context)
        for number in (1 + death % 3, 4 + death % 3):
            expect(page.locator("[data-part=chip]")).to_contain_text(still_waiting(waiting), timeout=LONGEST)
            scan(page, day.tickets[number])
            expect(page.locator(".verdict")).to_be_visible(timeout=LONGEST)
            on(page)
            waiting += 1
        assert day.present() == []
        context.on("close", lambda: None)
        for process in processes_of(folder):
            os.kill(process, signal.SIGKILL)
    again = open_persistent(playwright, chromium_program, folder)
    page = open_door(day, again)
    expect(page.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=LONGEST)
    came = sorted({number for death in range(deaths) for number in (1 + death % 3, 4 + death % 3)})
    for _ in range(40):
        if day.present() == came:
            break
        page.wait_for_timeout(100)
    assert day.present() == came
    assert len(scans_at(day)) == waiting
    again.close()


def test_a_server_that_answers_too_late_holds_up_nobody_and_counts_nobody_twice(
    day: DoorDay, device: Callable[..., BrowserContext]
) -> None:
    """It keeps what it is sent, and its answers come when the phone has long given up waiting for them."""
    page = day.sign_in(device("phone")).new_page()
    page.clock.install()
    page.goto(day.door_url)
    page.wait_for_selector("[data-module='checkin/door'][data-ready]", timeout=LONGEST)
    late: list[Route] = []

    def keep_and_be_silent(route: Route) -> None:
        route.fetch()
        late.append(route)

    page.route("**/api/v1/scans", keep_and_be_silent)
    for number in (1, 2):
        scan(page, day.tickets[number])
        verdict(page, "Mời vào")
        page.clock.run_for(5_000)  # longer than a host waits for the server, and than the verdict stays
        expect(page.locator(".verdict")).to_be_hidden()
    assert day.present() == [1]
    expect(page.locator("[data-part=chip]")).to_contain_text(still_waiting(2))
    page.unroute("**/api/v1/scans")
    page.clock.run_for(60_000)  # it gives up, and asks again
    expect(page.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=LONGEST)
    assert late
    assert day.present() == [1, 2]
    assert len(scans_at(day)) == 2


def test_scans_of_a_device_whose_rights_ended_without_a_line_are_sent_after_the_next_sign_in(
    day: DoorDay, device: Callable[..., BrowserContext]
) -> None:
    context = device("phone")
    page = open_door(day, context)
    context.set_offline(True)
    scan(page, day.tickets[1])
    verdict(page, "Mời vào")
    on(page)
    day.change(lambda: db.session.execute(update(Device).values(token_hash=Device.id)))  # nobody knows its token
    context.clear_cookies()
    context.set_offline(False)
    expect(page.locator("[data-part=chip]")).to_have_text("Máy hết quyền · chờ gửi 1", timeout=LONGEST)
    assert day.present() == []
    day.sign_in(context)
    page.reload()
    page.locator("[data-part=lock-again]").click(timeout=LONGEST)  # a device that was ended begins anew only when asked
    expect(page.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=LONGEST)
    assert day.present() == [1]


def test_an_answer_that_differs_from_what_the_phone_said_is_shown_when_it_comes(
    day: DoorDay, device: Callable[..., BrowserContext]
) -> None:
    page = open_door(day, device("phone"))
    held: list[Route] = []
    page.route("**/api/v1/scans", lambda route: held.append(route))
    scan(page, day.tickets[1])
    verdict(page, "Mời vào")
    expect(page.locator("[data-part=safe]")).to_have_text("Đang ghi")
    answer = held[0].fetch()
    body = answer.json()
    body["items"][0] |= {"verdict": "revoked", "counts": False}
    held[0].fulfill(status=200, body=json.dumps(body), content_type="application/json")
    verdict(page, "Thẻ đã thu hồi")


CLOCKS = {
    "ten minutes fast": timedelta(minutes=10),
    "in 1970": datetime(1970, 1, 2, tzinfo=UTC) - datetime.now(UTC),
    "ten minutes slow": timedelta(minutes=-10),
    "a day fast": timedelta(days=1),
    "a day slow": timedelta(days=-1),
    "in 2038": datetime(2038, 1, 20, tzinfo=UTC) - datetime.now(UTC),
}


def test_a_wrong_clock_is_told_to_the_host_and_scans_are_kept_at_their_true_time(
    day: DoorDay, device: Callable[..., BrowserContext], sized: Callable[[int, int], int]
) -> None:
    wrong = list(CLOCKS.items())[: sized(2, len(CLOCKS))]
    for number, (name, away) in enumerate(wrong, start=1):
        context = device("phone")
        page = day.sign_in(context).new_page()
        page.clock.install(time=datetime.now(UTC) + away)
        page.clock.resume()
        page.goto(day.door_url)
        page.wait_for_selector("[data-module='checkin/door'][data-ready]", timeout=LONGEST)
        expect(page.locator("[data-part=note]")).to_contain_text("Đồng hồ máy lệch", timeout=LONGEST)
        context.set_offline(True)
        scan(page, day.tickets[number])
        verdict(page, "Mời vào")
        on(page)
        context.set_offline(False)
        expect(page.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=LONGEST)
        with day.app.app_context():
            row = db.session.scalars(select(Scan).order_by(Scan.received_at.desc())).first()
            assert row is not None
            assert row.corrected_at is not None
            assert row.scanned_at is not None
            assert (name, row.flagged, row.verdict) == (name, False, Verdict.ACCEPTED)
            assert abs(row.corrected_at - row.received_at) < timedelta(seconds=60)
            assert abs(row.scanned_at - row.received_at) > timedelta(minutes=9)
        context.close()
    assert day.present() == list(range(1, len(wrong) + 1))


def test_a_clock_that_jumps_back_without_a_line_keeps_the_order_of_the_door(
    day: DoorDay, device: Callable[..., BrowserContext]
) -> None:
    context = device("phone")
    page = open_door(day, context)
    page.clock.install(time=datetime.now(UTC))
    page.clock.resume()
    context.set_offline(True)
    scan(page, day.tickets[1])
    verdict(page, "Mời vào")
    on(page)
    page.clock.set_system_time(datetime.now(UTC) - timedelta(hours=20))
    scan(page, day.tickets[2])
    verdict(page, "Mời vào")
    on(page)
    scan(page, day.tickets[1])
    verdict(page, "Đã điểm danh")
    on(page)
    context.set_offline(False)
    expect(page.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=LONGEST)
    with day.app.app_context():
        rows = db.session.execute(select(Scan.ticket, Scan.flagged).order_by(Scan.corrected_at)).all()
    assert [tuple(row) for row in rows] == [
        (day.tickets[1], False), (day.tickets[2], False), (day.tickets[1], False)
    ]  # fmt: skip


def test_a_queue_that_the_previous_release_left_is_sent_by_this_one(
    day: DoorDay, device: Callable[..., BrowserContext]
) -> None:
    """The database of door-1 as it stood on phones: version 1, its stores, one scan without an answer."""
    context = device("phone")
    page = day.sign_in(context).new_page()
    page.goto(f"{day.url}/keys/tickets.json")
    left = "5f0d6c0e-90bb-4f5b-9d1f-3a1f8f3c7a14"
    page.evaluate(
        """({ id, ticket, session, door }) => new Promise((done, fail) => {
            const opening = indexedDB.open("diem-cau-door", 1);
            opening.onupgradeneeded = () => {
                opening.result.createObjectStore("queue", { keyPath: "id" }).createIndex("door", "door");
                opening.result.createObjectStore("doors");
                opening.result.createObjectStore("rosters");
            };
            opening.onsuccess = () => {
                const item = { id, kind: "scan", ticket, study_session: session, direction: "in",
                    scanned_at: new Date().toISOString(), clock_offset_ms: 0, device_seq: 7, method: "camera",
                    verdict_shown: "accepted", decision: null };
                const change = opening.result.transaction("queue", "readwrite");
                change.objectStore("queue").put({ id, door, item, at: Date.now() });
                change.oncomplete = () => { opening.result.close(); done(); };
                change.onerror = fail;
            };
        })""",
        {"id": left, "ticket": day.tickets[1], "session": day.session, "door": f"{day.conference}:{day.here}"},
    )
    page.goto(day.door_url)
    expect(page.locator("[data-part=chip]")).to_contain_text("Đã gửi hết", timeout=LONGEST)
    assert scans_at(day) == [left]
    scan(page, day.tickets[1])
    verdict(page, "Đã điểm danh")
