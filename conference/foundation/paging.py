"""One page of a long list: what was asked for, and what came back. The list and its total come from one query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import Select, SQLColumnExpression, func, select

from conference.foundation.db import db

Item = TypeVar("Item")
SIZES = (50, 100, 200)
AnySelect: TypeAlias = Select[*tuple[Any, ...]]
"""A query that gives rows of any columns."""


@dataclass(frozen=True)
class Ask:
    """Which page, in which order, with which filters. Built from the address by ``web.paging``."""

    number: int = 1
    size: int = SIZES[0]
    sort: str = ""
    direction: str = "asc"
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Page(Generic[Item]):
    items: Sequence[Item]
    total: int
    ask: Ask
    address: Callable[..., str] = lambda **_: ""  # set by the edge

    @property
    def number(self) -> int:
        return self.ask.number

    @property
    def size(self) -> int:
        return self.ask.size

    @property
    def sort(self) -> str:
        return self.ask.sort

    @property
    def direction(self) -> str:
        return self.ask.direction

    @property
    def query(self) -> Mapping[str, str]:
        return self.ask.query

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """The number of the first row shown, from 1; 0 for an empty list."""
        return 0 if not self.total else (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        return min(self.total, self.number * self.size)

    def url(self, **changes: Any) -> str:
        """The address of this list with other filters, order or page; any change but of page goes back to page 1."""
        return self.address(**changes)


def page_of(
    statement: Select[*tuple[Any, ...]],
    ask: Ask,
    *,
    sorts: Mapping[str, Sequence[SQLColumnExpression[Any]]],
    default: str,
    last: SQLColumnExpression[Any],
    total_of: AnySelect | None = None,
) -> Page[Any]:
    """Carry out ``statement`` for one page: one count, one read, whatever the number of rows.

    ``sorts`` lists what may be sorted by; an unknown name falls back to ``default``. ``last`` makes the order total.
    ``total_of`` has as many rows as ``statement`` and is cheaper to count.
    """
    name = ask.sort if ask.sort in sorts else default
    order = [column.desc() if ask.direction == "desc" else column.asc() for column in sorts[name]]
    counted = statement if total_of is None else total_of
    total = db.session.scalar(select(func.count()).select_from(counted.order_by(None).subquery())) or 0
    number = min(ask.number, max(1, -(-total // ask.size)))
    rows = db.session.execute(statement.order_by(*order, last).limit(ask.size).offset((number - 1) * ask.size)).all()
    settled = Ask(number, ask.size, name, ask.direction, ask.query)
    return Page(rows, total, settled)
