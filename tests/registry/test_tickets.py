"""Tickets: digits that nobody else can make."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conference.registry.tickets import TICKET_DIGITS, KeyRing, Ticket, TicketFault, from_digits, to_digits

PROVE = os.environ.get("PROVE") == "1"
RING = KeyRing("a secret of this test and of nothing else", current=2)

numbers = st.builds(
    Ticket,
    conference=st.integers(0, 2**24 - 1),
    attendee=st.integers(0, 2**32 - 1),
    site=st.integers(0, 2**24 - 1),
    issue=st.integers(0, 2**16 - 1),
    key=st.just(2),
)


@settings(max_examples=2_000 if PROVE else 200, deadline=None)
@given(numbers)
def test_a_ticket_reads_back_as_it_was_issued(ticket: Ticket) -> None:
    digits = RING.issue_many([ticket])[0]
    assert RING.read(digits) == ticket
    assert len(digits) == TICKET_DIGITS <= 202
    assert digits.isdigit()


def test_the_same_ticket_has_the_same_digits_after_a_restart() -> None:
    again = KeyRing("a secret of this test and of nothing else", current=2)
    assert again.issue(conference=1, attendee=2, site=3) == RING.issue(conference=1, attendee=2, site=3)


def test_a_later_key_keeps_older_tickets_good() -> None:
    older = KeyRing("one secret", current=1).issue(conference=1, attendee=24_814, site=364)
    newer = KeyRing("one secret", current=3)
    assert newer.read(older) == Ticket(1, 24_814, 364, 1, key=1)
    assert [key["kid"] for key in newer.published()] == ["1", "2", "3"]


def test_another_installation_accepts_nothing_of_ours() -> None:
    assert KeyRing("another secret", current=2).read(RING.issue(conference=1, attendee=1, site=1)) is (
        TicketFault.FORGED
    )


def test_a_key_number_that_does_not_exist_is_forged() -> None:
    assert KeyRing("one secret", current=1).read(
        KeyRing("one secret", current=2).issue(conference=1, attendee=1, site=1)
    ) is (TicketFault.FORGED)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "1" * 187,
        "1" * 189,
        "9" * 188,
        "٣" * 188,
        "１" * 188,
        " " + "1" * 187,
        "+" + "1" * 187,
        "-" + "1" * 187,
        "1_" * 94,
        "https://example.test/",
        "'; DROP TABLE scans; --",
        "\x00" * 188,
        "1" * 10_000,
    ],
)
def test_what_is_no_ticket_is_malformed(text: str) -> None:
    assert RING.read(text) is TicketFault.MALFORMED


def test_another_format_is_malformed() -> None:
    data = from_digits(RING.issue(conference=1, attendee=1, site=1))
    assert data is not None
    assert RING.read(to_digits(b"\x02" + data[1:])) is TicketFault.MALFORMED


@settings(max_examples=20_000 if PROVE else 500, deadline=None)
@given(st.text(max_size=4_296))
def test_any_text_at_all_gets_an_answer_from_the_closed_list(text: str) -> None:
    assert isinstance(RING.read(text), TicketFault)


def test_no_mutated_ticket_is_ever_accepted() -> None:
    chance = random.Random(7)
    tickets = RING.issue_many(Ticket(1, number, number % 364 + 1, 1) for number in range(1, 501))
    known = set(tickets)
    accepted = tried = 0
    least = 100_000 if PROVE else 4_000
    while tried < least:
        digits = list(chance.choice(tickets))
        kind = chance.randrange(5)
        if kind == 0:
            place = chance.randrange(TICKET_DIGITS)
            digits[place] = str((int(digits[place]) + chance.randint(1, 9)) % 10)
        elif kind == 1:
            first, second = chance.sample(range(TICKET_DIGITS), 2)
            digits[first], digits[second] = digits[second], digits[first]
        elif kind == 2:
            other = chance.choice(tickets)
            cut = chance.randrange(1, TICKET_DIGITS)
            digits[cut:] = other[cut:]
        elif kind == 3:  # another person's numbers under this signature
            data = from_digits("".join(digits))
            assert data is not None
            digits = list(to_digits(Ticket(1, chance.randint(1, 30_000), 5, 1, 2).body() + data[14:]))
        else:  # the signature with one bit turned
            data = from_digits("".join(digits))
            assert data is not None
            turned = bytearray(data)
            turned[chance.randrange(14, 78)] ^= 1 << chance.randrange(8)
            digits = list(to_digits(bytes(turned)))
        text = "".join(digits)
        if text in known:
            continue
        tried += 1
        accepted += isinstance(RING.read(text), Ticket)
    assert accepted == 0


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="can't hold"):
        RING.issue(conference=2**24, attendee=1, site=1)


def test_what_is_published_holds_no_private_key() -> None:
    assert {frozenset(key) for key in RING.published()} == {frozenset({"kty", "crv", "use", "kid", "x"})}
