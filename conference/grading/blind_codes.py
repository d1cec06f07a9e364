"""Mã phách: a random name for one paper on one grader's desk. It is drawn, never worked out from anything."""

from __future__ import annotations

from conference.foundation import chance

LETTERS = "ACDEFGHKLMNPQRTUVXY"
"""Without those that are mistaken for digits or for each other when read aloud or written by hand."""

FIGURES = 100_000
SPACE = len(LETTERS) ** 2 * FIGURES


def draw(taken: set[str]) -> str:
    """A code that nobody has yet, such as ``KD-20417``; notes it as taken."""
    while True:
        number = chance.uuid().int % SPACE
        letters, figures = divmod(number, FIGURES)
        code = f"{LETTERS[letters // len(LETTERS)]}{LETTERS[letters % len(LETTERS)]}-{figures:05}"
        if code not in taken:
            taken.add(code)
            return code
