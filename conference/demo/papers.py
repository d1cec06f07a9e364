"""Everybody's paper, written by a process of its own: texts take as long as all the rest of the demo, and need nothing
of it but a number."""

from __future__ import annotations

import ctypes
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from multiprocessing import get_context
from random import Random
from types import TracebackType
from typing import Self

from conference.demo.essays import copied, essay
from conference.reflections.content import Commitment, Content, canonical
from conference.reflections.receipts import Receipt, receipt_number, sha256_of, signer

SHARE_SILENT = 0.035
SHARE_LATE = 0.03
SHARE_COPIED = 0.004
PAPERS_A_GROUP = 2_000
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """What papers of a conference have in common."""

    conference_id: int
    code: str
    titles: tuple[tuple[int, str], ...]  # of the task's parts, by their ids
    opens_at: datetime
    due_at: datetime
    late_until: datetime
    grace: timedelta
    until: datetime


@dataclass(frozen=True, slots=True)
class Paper:
    """What somebody will have handed in, if they were there."""

    number: int
    content: bytes
    commitments: int
    receipt: Receipt
    signature: str


class InTheMaking:
    """Papers that are being written while others go on. Leaving it ends the writing."""

    def __init__(self, facts: Facts, numbers: Sequence[int], *, secret: str) -> None:
        self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_end_with_parent)
        self._groups = [
            self._pool.submit(papers_of, facts, numbers[start : start + PAPERS_A_GROUP], secret)
            for start in range(0, len(numbers), PAPERS_A_GROUP)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def groups(self) -> Iterator[list[Paper]]:
        """Some thousands at a time; what was given out is kept no longer."""
        while self._groups:
            yield self._groups.pop(0).result()


def _end_with_parent() -> None:
    """Whoever ends the load ends this too, and Ctrl-C is the parent's to answer (Linux)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def papers_of(facts: Facts, numbers: Sequence[int], secret: str) -> list[Paper]:
    """The papers of those who write, each from the code of the conference and the number of its author alone."""
    return [paper for number in numbers if (paper := _paper(facts, number, secret)) is not None]


def _paper(facts: Facts, number: int, secret: str) -> Paper | None:
    luck = Random(f"{facts.code}:paper:{number}")
    if luck.random() < SHARE_SILENT:
        return None
    received_at = _handed_in(facts, luck)
    if received_at > facts.until:
        return None
    if luck.random() < SHARE_COPIED:
        texts = copied(luck.choice(_shared(facts.code)), f"{facts.code}:{number}")
    else:
        texts = essay(f"{facts.code}:{number}", luck.randint(330, 620))
    titles = dict(facts.titles)
    content = Content(dict(zip(titles, texts, strict=True)), _commitments(luck))
    data = canonical(content, titles)
    receipt = Receipt(
        number=receipt_number(
            conference=facts.conference_id, attendee=number, version=1, chance=f"{facts.code}{number}"
        ),
        conference=facts.code,
        version=1,
        sha256=sha256_of(data),
        words=content.words,
        received_at=received_at,
        is_late=received_at > facts.due_at + facts.grace,
    )
    return Paper(number, data, len(content.commitments), receipt, signer(secret).sign(receipt))


@lru_cache(maxsize=1)
def _shared(code: str) -> list[list[str]]:
    """Texts that go round."""
    return [essay(f"{code}:shared:{n}", 480) for n in range(25)]


def _handed_in(facts: Facts, luck: Random) -> datetime:
    """Most write on the last evenings; a few are late."""
    if luck.random() < SHARE_LATE:
        return facts.due_at + (facts.late_until - facts.due_at) * luck.uniform(0.01, 0.6)
    span = facts.due_at - facts.opens_at
    return facts.opens_at + span * (0.05 + 0.945 * luck.betavariate(4.0, 1.3))


def _commitments(luck: Random) -> tuple[Commitment, ...]:
    works = (
        ("Đối thoại với người lao động mỗi quý một lần", "Quý I", "4 biên bản đối thoại trong năm"),
        ("Rà soát thỏa ước lao động tập thể", "Trước 31/3", "Có ít nhất 3 điều khoản tốt hơn luật"),
        ("Kết nạp đoàn viên mới", "Cả năm", "Tăng 5% so với đầu năm"),
        ("Công khai thu chi tài chính công đoàn", "Hằng quý", "Niêm yết tại bảng tin"),
        ("Khảo sát đời sống đoàn viên khó khăn", "Tháng 2", ""),
    )
    return tuple(Commitment(*work) for work in luck.sample(works, luck.randint(0, 2)))
