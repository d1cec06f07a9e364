"""What a host does at the door, and what has to be true of every screen that is shown there."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.door_day import DoorDay
from tests.services.axe import violations

SERIOUS = ("serious", "critical")
LONGEST = 15_000
WITHOUT_A_LINE = ("Failed to load resource", "ERR_INTERNET_DISCONNECTED")
"""What a browser complains of when a test takes the line away."""


def open_door(day: DoorDay, context: BrowserContext, faults: list[str] | None = None) -> Page:
    page = day.sign_in(context).new_page()
    if faults is not None:
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda said: (
                faults.append(said.text)
                if said.type == "error" and not any(words in said.text for words in WITHOUT_A_LINE)
                else None
            ),
        )
    page.goto(day.door_url)
    page.wait_for_selector("[data-module='checkin/door'][data-ready]", timeout=LONGEST)
    return page


def scan(page: Page, digits: str) -> None:
    """As a scanner that types: the digits at once, then Enter."""
    page.keyboard.type(digits)
    page.keyboard.press("Enter")


def verdict(page: Page, word: str) -> None:
    expect(page.locator(".verdict [data-part=word]")).to_have_text(word, timeout=LONGEST)
    expect(page.locator(".verdict")).to_be_visible()


def on(page: Page) -> None:
    # On a busy machine the three seconds may be over: then the press does nothing.
    page.locator("[data-part=again]").dispatch_event("click")
    expect(page.locator(".verdict")).to_be_hidden()


def fits(page: Page) -> None:
    """A verdict shows everything without scrolling."""
    sizes = page.evaluate(
        """() => {
            const screen = document.querySelector(".verdict");
            const parts = [...screen.children].filter((one) => !one.hidden).map((one) => one.getBoundingClientRect());
            return {
                over: screen.scrollHeight - screen.clientHeight,
                wide: screen.scrollWidth - screen.clientWidth,
                lowest: Math.max(...parts.map((one) => one.bottom)) - innerHeight,
                overlaps: parts.some((one, place) => place && one.top < parts[place - 1].bottom - 8),
            };
        }"""
    )
    assert sizes["over"] <= 0
    assert sizes["wide"] <= 0
    assert sizes["lowest"] <= 0
    assert not sizes["overlaps"]


def accessible(page: Page) -> None:
    found = violations(page)
    worst = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in SERIOUS]
    assert worst == []
