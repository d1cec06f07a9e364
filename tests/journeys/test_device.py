"""A phone without an account at the door, in a real browser: enrolment, PIN, sealed names, and its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocket, expect
from sqlalchemy import select, update

from conference.checkin import actions
from conference.checkin.models import Device
from conference.foundation import clock
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db
from tests.journeys.door_day import ELSEWHERE, NAMES, DoorDay
from tests.journeys.door_hand import LONGEST, accessible, on, open_door, scan, verdict

PIN = "270418"

DUMP = """async () => {
    const kept = [];
    for (const { name } of await indexedDB.databases()) {
        const db = await new Promise((resolve, refuse) => {
            const asked = indexedDB.open(name);
            asked.onsuccess = () => resolve(asked.result);
            asked.onerror = () => refuse(asked.error);
        });
        for (const store of db.objectStoreNames) {
            const rows = db.transaction(store).objectStore(store);
            const all = (what) => new Promise((resolve) => {
                const asked = rows[what]();
                asked.onsuccess = () => resolve(asked.result);
            });
            kept.push(JSON.stringify([name, store, await all("getAllKeys"), await all("getAll")]));
        }
        db.close();
    }
    kept.push(JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }));
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
            const answer = await cache.match(request);
            kept.push(request.url, request.url.includes("/static/") ? "" : await answer.text());
        }
    }
    return kept;
}"""


@pytest.fixture
def day(tmp_path: Path, sqlite_template: Path) -> Iterator[DoorDay]:
    found = DoorDay(tmp_path / "data", migrated=sqlite_template)
    yield found
    found.end()


def enrol(day: DoorDay, context: BrowserContext, pin: str = PIN) -> Page:
    """Open the address of a QR code, as a phone's camera does, and choose a PIN."""
    page = context.new_page()
    page.goto(day.enrolment())
    expect(page.locator("[data-part=site]")).to_have_text("Yên Thành, Nghệ An")
    assert page.url == f"{day.url}/door/enrol"  # the token has left the address
    page.locator("#pin").fill(pin)
    page.locator("#again").fill(pin)
    page.get_by_role("button", name="Ghi máy này").click()
    page.wait_for_url(f"{day.door_url}*")
    return page


def unlock(page: Page, pin: str = PIN) -> None:
    page.wait_for_selector("[data-module='checkin/door'][data-ready]", state="attached", timeout=LONGEST)
    page.locator("#lock-pin").fill(pin)
    page.get_by_role("button", name="Mở khóa").click()
    expect(page.locator("[data-part=lock]")).to_be_hidden()


def test_a_phone_enrols_by_its_code_keeps_no_name_in_the_clear_and_starts_without_a_line(
    day: DoorDay, device: Callable[..., BrowserContext]
) -> None:
    context = device("phone")
    page = enrol(day, context)
    expect(page.locator("#lock-title")).to_have_text("Máy đã ghi xong")
    accessible(page)
    scan(page, day.tickets[1])
    expect(page.locator(".verdict")).to_be_hidden()  # locked is locked
    page.locator("#lock-pin").fill("1111")
    page.get_by_role("button", name="Mở khóa").click()
    expect(page.locator("[data-part=lock-error]")).to_contain_text("Còn 9 lần thử")
    unlock(page)

    page.locator("[data-tab=search]").click()
    page.locator("#find").fill("nguyen thi an")
    expect(page.locator(".found li")).to_have_count(3)
    page.wait_for_selector("[data-module='checkin/door'][data-offline=true]", state="attached", timeout=LONGEST)
    context.set_offline(True)
    scan(page, day.tickets[1])
    verdict(page, "Mời vào")
    expect(page.locator("[data-part=name]")).to_have_text("Đặng Hữu Phước")
    on(page)

    kept = "".join(page.evaluate(DUMP))
    assert str(day.tickets[1]) in kept  # the scan that waits
    words = [word for name in (*NAMES, *ELSEWHERE) for word in (name, name.split(" ", 1)[1])]
    assert [word for word in (*words, "Trường THCS", "Chủ tịch CĐCS") if word in kept] == []

    page.locator("[data-tab=state]").click()
    page.get_by_role("button", name="Khóa máy ngay").click()
    expect(page.locator("[data-part=lock-queue]")).to_have_text("Còn 1 lượt quét chờ gửi")
    context.set_offline(False)
    expect(page.locator("[data-part=lock-queue]")).to_be_hidden(timeout=LONGEST)  # delivered while it is locked
    assert day.present() == [1]

    day.server.end()  # a cold start without a line
    page.reload()
    unlock(page)
    scan(page, day.tickets[2])
    verdict(page, "Mời vào")
    expect(page.locator("[data-part=name]")).to_have_text("Nguyễn Thị Ánh")
    on(page)
    page.locator("[data-tab=search]").click()
    page.locator("#find").fill("phuong thao")
    expect(page.locator(".found__name")).to_have_text("Trần Nguyễn Hoàng Phương Thảo Nguyên")


def test_a_phone_enrolled_at_a_second_door_keeps_the_first_and_sends_what_it_scanned_there(
    day: DoorDay, device: Callable[..., BrowserContext]
) -> None:
    context = device("phone")
    first = enrol(day, context)
    unlock(first)
    first.wait_for_selector("[data-module='checkin/door'][data-offline=true]", state="attached", timeout=LONGEST)
    context.set_offline(True)
    scan(first, day.tickets[1])
    verdict(first, "Mời vào")
    on(first)
    first.close()
    context.set_offline(False)

    page = context.new_page()
    page.goto(day.enrolment(day.there))
    expect(page.locator("[data-part=others]")).to_contain_text("Yên Thành, Nghệ An")
    expect(page.locator("[data-part=others]")).to_contain_text("Còn 1 lượt quét chưa gửi ở đó")
    accessible(page)
    assert day.present() == []
    page.locator("#pin").fill("9911")
    page.locator("#again").fill("9911")
    page.get_by_role("button", name="Ghi máy này").click()
    page.wait_for_url(f"{day.url}/door/{day.code}/{day.there}*")
    unlock(page, "9911")
    for _ in range(60):
        if day.present() == [1]:
            break
        page.wait_for_timeout(250)
    assert day.present() == [1]
    scan(page, day.tickets[7])
    verdict(page, "Mời vào")
    on(page)
    page.locator("[data-tab=state]").click()
    page.locator("[data-part=others-list] a").click()
    page.wait_for_url(f"{day.door_url}*")
    unlock(page)
    scan(page, day.tickets[2])
    verdict(page, "Mời vào")
    expect(page.locator("[data-part=name]")).to_have_text("Nguyễn Thị Ánh")
    on(page)
    assert (day.present(), day.present(site=day.there)) == ([1, 2], [7])


def test_ten_wrong_pins_erase_the_key_and_never_the_scans(day: DoorDay, device: Callable[..., BrowserContext]) -> None:
    context = device("phone")
    page = enrol(day, context)
    unlock(page)
    context.set_offline(True)
    scan(page, day.tickets[3])
    verdict(page, "Mời vào")
    on(page)
    told = page.evaluate(
        """async (door) => {
            const { openStore } = await import("/static/js/checkin/store.js");
            const { Vault } = await import("/static/js/checkin/vault.js");
            const vault = new Vault(await openStore(), door);
            await vault.load();
            const [now, told] = [Date.now, []];
            let later = 0;
            for (let n = 1; n <= 10; n += 1) {
                const opened = await vault.open("0000");
                told.push([opened, vault.isWiped ? null : Math.ceil(vault.waitsFor / 5_000) * 5]);
                const tooEarly = vault.waitsFor > 0 ? await vault.open("270418") : null;
                if (tooEarly !== null) told.push("opened while it had to wait");
                later += 1_000_000;
                Date.now = () => now() + later;
            }
            Date.now = now;
            told.push(await vault.open("270418"));
            return told;
        }""",
        f"{day.conference}:{day.here}",
    )
    waits = [0, 0, 5, 10, 20, 40, 80, 160, 320, None]
    assert told == [*([None, wait] for wait in waits), None]
    context.set_offline(False)
    page.reload()
    expect(page.locator("#lock-title")).to_have_text("Sai PIN 10 lần")
    accessible(page)
    for _ in range(40):
        if day.present() == [3]:
            break
        page.wait_for_timeout(250)
    assert day.present() == [3]
    again = enrol(day, context, pin="4455")  # the way back: another code, another PIN
    unlock(again, "4455")
    scan(again, day.tickets[3])
    verdict(again, "Đã điểm danh")


def test_a_revoked_phone_forgets_the_names_at_once_and_delivers_what_it_holds(
    day: DoorDay, device: Callable[..., BrowserContext]
) -> None:
    """A2: its socket tells it within seconds, and at its next contact it finds every door closed but one."""
    context = device("phone")
    page = enrol(day, context)
    unlock(page)
    context.set_offline(True)
    scan(page, day.tickets[2])
    verdict(page, "Mời vào")
    on(page)

    def revoke() -> None:
        found = db.session.scalars(select(Device).order_by(Device.id.desc())).first()
        actions.revoke_device(device=found, by=SYSTEM, at=clock.now())

    day.change(revoke)
    context.set_offline(False)
    expect(page.locator("#lock-title")).to_have_text("Máy này đã hết quyền điểm danh", timeout=LONGEST)
    expect(page.locator("[data-part=lock-queue]")).to_be_hidden(timeout=LONGEST)
    assert day.present() == [2]
    assert page.evaluate("async () => (await indexedDB.databases()).length") == 1
    assert '"sealed"' not in "".join(page.evaluate(DUMP))  # not even sealed


def test_devices_of_one_door_are_told_at_once_what_the_other_counted(
    day: DoorDay, device: Callable[..., BrowserContext]
) -> None:
    """By their socket, and not only when they ask every few seconds."""
    phone, heard = device("phone"), []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: heard.append(frame) if '"counted"' in str(frame) else None)

    phone.on("page", lambda page: page.on("websocket", listen))
    first, second = open_door(day, device("phone")), enrol(day, phone)
    unlock(second)
    for number in (1, 2, 3):
        scan(first, day.tickets[number])
        verdict(first, "Mời vào")
        expect(second.locator(".door-top [data-part=present]")).to_have_text(str(number), timeout=8_000)
        on(first)
    for _ in range(40):
        if len(heard) >= 2:  # the first may be counted before the socket stands
            break
        second.wait_for_timeout(100)
    assert len(heard) >= 2
    phone.set_offline(True)
    scan(second, day.tickets[3])
    verdict(second, "Đã điểm danh")


def test_a_host_with_an_account_may_set_a_pin_and_the_page_locks_itself_when_idle(
    day: DoorDay, device: Callable[..., BrowserContext]
) -> None:
    context = device("phone")
    page = open_door(day, context)
    page.locator("[data-tab=state]").click()
    page.get_by_role("button", name="Đặt PIN khóa máy").click()
    page.locator("#lock-new").fill("123")
    page.get_by_role("button", name="Đặt PIN", exact=True).click()
    expect(page.locator("[data-part=lock-error]")).to_contain_text("4 đến 8 chữ số")
    page.locator("#lock-new").fill(PIN)
    page.locator("#lock-repeat").fill(PIN)
    page.get_by_role("button", name="Đặt PIN", exact=True).click()
    expect(page.locator("[data-part=lock]")).to_be_hidden()
    page.evaluate("Date.now = ((now) => () => now() + 11 * 60_000)(Date.now)")
    expect(page.locator("#lock-title")).to_have_text("Máy đang khóa", timeout=8_000)
    page.reload()
    unlock(page)

    def end_devices() -> None:
        db.session.execute(update(Device).values(revoked_at=Device.enrolled_at))

    day.change(end_devices)
    expect(page.locator("#lock-title")).to_have_text("Máy này đã hết quyền điểm danh", timeout=LONGEST)
    page.get_by_role("button", name="Ghi lại máy này").click()
    expect(page.locator("[data-part=lock]")).to_be_hidden()
    scan(page, day.tickets[6])
    verdict(page, "Mời vào")
