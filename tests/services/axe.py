"""What axe-core finds wrong with a page by WCAG 2.2 AA."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = (Path(__file__).parents[1] / "vendor" / "axe-core-4.14.1.min.js").read_text(encoding="utf-8")
RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']"
ASKED = f"""axe.run(document, {{runOnly: {RULES}, resultTypes: ['violations']}}).then(outcome => outcome.violations)"""
"""Not of what is in order: to describe that took half of the time."""


def violations(page: Page) -> list[dict[str, Any]]:
    if not page.evaluate("'axe' in window"):  # half a megabyte, and a page is often looked at more than once
        page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(ASKED)
    return found
