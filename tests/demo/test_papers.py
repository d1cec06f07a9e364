"""The demo's papers: a process of its own writes them while the day is played."""

from __future__ import annotations

from datetime import timedelta

from conference.demo.papers import Facts, papers_of
from conference.reflections.content import from_canonical
from conference.reflections.receipts import sha256_of, signer
from tests.conftest import SECRET
from tests.factories import local

FACTS = Facts(
    conference_id=7,
    code="NQ12",
    titles=((3, "Nhận thức"), (4, "Liên hệ bản thân"), (5, "Kế hoạch, giải pháp"), (6, "Kiến nghị, đề xuất")),
    opens_at=local("17:00"),
    due_at=local("17:00") + timedelta(days=15),
    late_until=local("17:00") + timedelta(days=22),
    grace=timedelta(minutes=5),
    until=local("17:00") + timedelta(days=30),
)


def test_each_paper_has_the_receipt_of_its_own_bytes_and_is_the_same_again():
    papers = papers_of(FACTS, range(1, 61), SECRET)
    assert 50 < len(papers) < 60  # a few never write
    assert len({paper.content for paper in papers}) == len(papers)
    for paper in papers:
        content = from_canonical(paper.content)
        assert set(content.parts) == {3, 4, 5, 6}
        assert paper.receipt.sha256 == sha256_of(paper.content)
        assert paper.receipt.words == content.words >= 300
        assert paper.receipt.is_late is (paper.receipt.received_at > FACTS.due_at + FACTS.grace)
        assert signer(SECRET).has_signed(paper.receipt, paper.signature)
    again = papers_of(FACTS, range(1, 9), SECRET)
    assert again == papers[: len(again)]
