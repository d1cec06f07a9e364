"""What must not go on. The words for people are found in ``web.errors`` by the code."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """A refusal with a closed code and the facts that its sentence needs."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.code} {self.facts}" if self.facts else self.code
