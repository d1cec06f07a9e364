"""The door page on a phone: what its first opening costs the line, and how soon a code has its verdict without one."""

from __future__ import annotations

import shutil
from statistics import median
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page, sync_playwright

from tests.benchmarks.report import Report
from tests.journeys.door_day import DoorDay
from tests.journeys.door_hand import LONGEST
from tests.services import browser as chromium
from tests.services.kept import new_folder

SCANS = 40
SLOWER = 4  # times: a cheap phone beside the machine that measures
ENGINE = ("zxing", "decoder.js", "qrcode-generator", "/door/sw.js")
READ = """
async (digits) => {
  const screen = document.querySelector(".verdict");
  const began = performance.now();
  const press = (key, code) => document.dispatchEvent(new KeyboardEvent("keydown", { key, code }));
  for (const digit of digits) press(digit, `Digit${digit}`);
  press("Enter", "Enter");
  while (screen.hidden) await new Promise((resolve) => requestAnimationFrame(resolve));
  const took = performance.now() - began;
  document.querySelector("[data-part=again]").click();
  return took;
}
"""


def run(report: Report) -> None:
    program = chromium.find_chromium()
    if program is None:
        raise RuntimeError(chromium.MISSING)
    folder = new_folder("door")
    day = DoorDay(folder)
    try:
        with sync_playwright() as playwright:
            browser = chromium.launch(playwright, program)
            context = day.sign_in(browser.new_context(**chromium.EVERYWHERE, **chromium.PHONE))
            page = context.new_page()
            loaded = _open(page, context, day) / 1000
            report.figure("first load of the door page", loaded, "kB", at_most=300)
            took = _verdicts(page, context, day)
            report.figure(
                "verdict without a line, median", median(took), "ms", at_most=300, note=f"CPU {SLOWER}x slower"
            )
            report.figure("verdict without a line, worst", max(took), "ms", note=f"of {SCANS}")
            browser.close()
    finally:
        day.end()
        shutil.rmtree(folder, ignore_errors=True)


def _open(page: Page, context: BrowserContext, day: DoorDay) -> int:
    """Bytes over the line until a host can scan; the camera's engine comes after it."""
    line: CDPSession = context.new_cdp_session(page)
    line.send("Network.enable")
    addresses: dict[str, str] = {}
    sizes: dict[str, int] = {}
    line.on("Network.requestWillBeSent", lambda told: addresses.update({told["requestId"]: told["request"]["url"]}))
    line.on("Network.loadingFinished", lambda told: sizes.update({told["requestId"]: int(told["encodedDataLength"])}))
    page.goto(day.door_url)
    page.wait_for_selector("[data-module='checkin/door'][data-ready]", timeout=LONGEST)
    first = sum(size for id, size in sizes.items() if not any(part in addresses.get(id, "") for part in ENGINE))
    page.wait_for_selector("[data-offline=true]", state="attached", timeout=LONGEST)
    return first


def _verdicts(page: Page, context: BrowserContext, day: DoorDay) -> list[Any]:
    """Milliseconds from the last key of a scanner to the verdict on the screen, on a slow processor."""
    context.set_offline(True)
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    tickets = list(day.tickets.values())
    return [page.evaluate(READ, tickets[place % 6]) for place in range(SCANS)]
