"""Looks at every page that a journey comes through: complaints of the browser, access, width."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.services.axe import violations

WORST = ("serious", "critical")


class Witness:
    """``faults`` collects what was wrong on the way; a journey ends with none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[Any] = []

    def page(self, context: BrowserContext) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append((page.url, str(error))))
        page.on("console", lambda said: self.faults.append((page.url, said.text)) if said.type == "error" else None)
        page.on(
            "response",
            lambda answer: self.faults.append((answer.url, answer.status)) if answer.status >= 400 else None,
        )
        return page

    def look(self, page: Page, name: str) -> None:
        """Note what is wrong with the page as it stands; then its picture is kept."""
        # What lies half under a bar that stays is no small target.
        page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
        found: list[Any] = [
            (name, fault["id"], [node["html"][:160] for node in fault["nodes"]][:3])
            for fault in violations(page)
            if fault["impact"] in WORST
        ]
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if over > 1:
            found.append((name, f"scrolls {over} px sideways"))
        if found:
            size = page.viewport_size or {"width": 0}
            page.screenshot(path=self.folder / f"{name}-{size['width']}.png", full_page=True)
        self.faults += found
