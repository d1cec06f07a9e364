from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conference.reflections.receipts import Receipt, Signer, receipt_number

RECEIPT = Receipt(
    number="BN-12-045078-1-7QK4M2",
    conference="NQ12",
    version=1,
    sha256="ab" * 32,
    words=1218,
    received_at=datetime(2018, 12, 17, 13, 52, 7, tzinfo=UTC),
    is_late=False,
)


def test_a_receipt_is_ours_only_as_it_was_signed():
    signer = Signer("a secret of this installation, long enough")
    signature = signer.sign(RECEIPT)
    assert signer.has_signed(RECEIPT, signature)
    changes = [
        {"number": "BN-12-045078-2-7QK4M2"},
        {"conference": "NQ13"},
        {"version": 2},
        {"sha256": "ac" * 32},
        {"words": 1219},
        {"received_at": datetime(2018, 12, 17, 13, 52, 8, tzinfo=UTC)},
        {"is_late": True},
    ]
    assert [signer.has_signed(replace(RECEIPT, **change), signature) for change in changes] == [False] * len(changes)
    assert not Signer("another secret, just as long as the first").has_signed(RECEIPT, signature)


@pytest.mark.parametrize("signature", ["", "x", "%%%", "A" * 86])
def test_nonsense_is_no_signature(signature):
    assert not Signer("a secret of this installation, long enough").has_signed(RECEIPT, signature)


def test_a_number_names_its_paper_and_can_not_be_guessed_from_another():
    one, other = (receipt_number(conference=12, attendee=45078, version=1, chance=chance) for chance in ("a", "b"))
    assert one.startswith("BN-12-045078-1-")
    assert len(one) == len("BN-12-045078-1-7QK4M2")
    assert one != other
