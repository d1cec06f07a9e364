"""What a program may ask for at once, and where the next page begins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from conference.foundation.errors import DomainError

FEWEST, USUAL, MOST = 1, 100, 500
LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Asked:
    """One page of a list: after which row, how many, and only which."""

    after: str | None = None
    limit: int = USUAL
    filters: Mapping[str, int] | None = None

    def id(self, name: str) -> int | None:
        return (self.filters or {}).get(name)

    @property
    def after_number(self) -> int:
        return 0 if self.after is None else whole_number("cursor", self.after)

    @property
    def after_pair(self) -> tuple[int, int]:
        """Of a cursor like 7.120."""
        if self.after is None:
            return 0, 0
        first, dot, second = self.after.partition(".")
        if not dot:
            raise DomainError("api_bad_parameter", name="cursor")
        return whole_number("cursor", first), whole_number("cursor", second)

    @property
    def after_uuid(self) -> UUID:
        try:
            return UUID(self.after) if self.after is not None else UUID(int=0)
        except ValueError as error:
            raise DomainError("api_bad_parameter", name="cursor") from error


def whole_number(name: str, text: str) -> int:
    """Raises ``api_bad_parameter``."""
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > LARGEST_ID:
        raise DomainError("api_bad_parameter", name=name)
    return int(text)


def read_asked(sent: Mapping[str, str], filters: Collection[str]) -> Asked:
    """Strict: a filter that is misspelt would silently give everybody. Raises ``api_bad_parameter``."""
    for name in sent:
        if name not in ("cursor", "limit", *filters):
            raise DomainError("api_bad_parameter", name=name[:40] if name.isprintable() else "?")
    limit = whole_number("limit", sent["limit"]) if "limit" in sent else USUAL
    if not FEWEST <= limit <= MOST:
        raise DomainError("api_bad_parameter", name="limit")
    numbers = {name: whole_number(name, sent[name]) for name in filters if name in sent}
    return Asked(sent.get("cursor"), limit, numbers)
