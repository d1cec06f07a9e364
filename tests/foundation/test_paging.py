"""The pages of a list are its rows, each once and in order, in a fixed number of queries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from conference.directory.models import Unit
from conference.foundation.db import db, transaction
from conference.foundation.paging import SIZES, Ask, Page, page_of
from conference.web.paging import addressed, ask_from_request
from tests.factories import make_unit


def page(ask: Ask) -> Page:  # type: ignore[type-arg]
    return page_of(
        select(Unit), ask, sorts={"level": (Unit.level,), "code": (Unit.code,)}, default="code", last=Unit.id
    )


def test_all_pages_together_are_the_list(db_session, count_queries) -> None:
    with transaction():
        for number in range(123):
            make_unit(code=f"U{number:03}").level = number % 3
    for sort in ("code", "level", "nonsense; DROP TABLE units"):
        for direction in ("asc", "desc"):
            rows: list[int] = []
            for number in (1, 2, 3):
                with count_queries() as statements:
                    shown = page(Ask(number, 50, sort, direction))
                assert len(statements) <= 3  # BEGIN, one count, one read
                assert (shown.total, shown.pages, shown.first) == (123, 3, number * 50 - 49)
                assert shown.last - shown.first + 1 == len(shown.items)
                rows += [row[0].id for row in shown.items]
            levels = [db_session.get_one(Unit, id).level for id in rows]
            assert len(set(rows)) == 123
            if sort == "level":
                assert levels == sorted(levels, reverse=direction == "desc")


def test_a_page_past_the_end_is_the_last_one(db_session) -> None:
    with transaction():
        make_unit()
    shown = page(Ask(number=99))
    assert (shown.number, shown.first, shown.last, len(shown.items)) == (1, 1, 1, 1)


def test_an_empty_list_has_one_empty_page(db_session) -> None:
    shown = page(Ask())
    assert (shown.total, shown.pages, shown.first, shown.last) == (0, 1, 0, 0)


@given(st.integers(0, 10_000), st.sampled_from(SIZES), st.integers(1, 10_000))
def test_first_and_last_always_lie_within_the_list(total, size, number) -> None:
    pages = max(1, -(-total // size))
    shown = Page([], total, Ask(min(number, pages), size))
    assert 0 <= shown.first <= shown.last <= total
    assert shown.last - shown.first < size
    assert (shown.first == 0) == (total == 0)


def test_addresses_keep_filters_and_go_back_to_the_first_page(sqlite_app) -> None:
    with sqlite_app.test_request_context("/jobs?page=3&size=100&q=Ánh&sort=level&direction=desc&odd=1"):
        shown = addressed(Page([], 1_000, ask_from_request("q")))
        assert shown.url() == "/jobs?q=%C3%81nh&sort=level&direction=desc&size=100"
        assert shown.url(number=4) == "/jobs?q=%C3%81nh&sort=level&direction=desc&size=100&page=4"
        assert shown.url(q="", size=50) == "/jobs?sort=level&direction=desc"


def test_nonsense_in_an_address_falls_back(sqlite_app) -> None:
    for page_, size in (("x", "7"), ("-5", "-50"), ("0", "1e9"), ("9" * 30, "")):
        with sqlite_app.test_request_context(f"/jobs?page={page_}&size={size}&direction=up&sort={'x' * 99}"):
            ask = ask_from_request()
            assert 1 <= ask.number <= 1_000_000
            assert (ask.size, ask.direction, len(ask.sort)) == (50, "asc", 40)


def test_the_session_is_not_needed_to_be_clean(db_session) -> None:
    """Rows that the running transaction has added are in its own lists."""
    with transaction():
        make_unit()
        assert page(Ask()).total == 1
    db.session.remove()
