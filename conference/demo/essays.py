"""Reflections that people might have written: varied Vietnamese text, each from a seed, a few copied from others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from conference.demo.phrases import FILLINGS, OFFICIAL, PLAN, PROPOSALS, SELF, UNDERSTANDING

GAP = re.compile(r"\{(\w+)\}")
BANKS: tuple[tuple[Sequence[str], float], ...] = (
    (UNDERSTANDING, 0.34),
    (SELF, 0.28),
    (PLAN, 0.28),
    (PROPOSALS, 0.10),
)
"""The sentences of the four usual parts, and the share of the words that falls to each."""


def essay(seed: str, words: int) -> list[str]:
    """Four parts with about ``words`` words in all; the same seed gives the same text."""
    chance = Random(seed)
    return [_part(bank, max(25, round(words * share)), chance) for bank, share in BANKS]


def copied(source: Sequence[str], seed: str) -> list[str]:
    """The same text as somebody might hand it on: sentences swapped, some left out, a few words changed."""
    chance = Random(seed)
    return [" ".join(_reworked(re.split(r"(?<=[.;:]) ", part), chance)) for part in source]


def _part(bank: Sequence[str], words: int, chance: Random) -> str:
    sentences: list[str] = []
    count = 0
    order: list[str] = []
    while count < words:
        if not order:
            order = chance.sample(list(bank), len(bank))
        sentence = _filled(order.pop(), chance)
        sentences.append(sentence)
        count += sentence.count(" ") + 1
    if bank is UNDERSTANDING and chance.random() < 0.4:
        sentences.insert(chance.randrange(len(sentences)), chance.choice(OFFICIAL))
    return _paragraphs(sentences, chance)


def _filled(template: str, chance: Random) -> str:
    def fill(gap: re.Match[str]) -> str:
        name = gap[1]
        numbers = {"count": (3, 40), "percent": (61, 97), "day": (5, 28), "month": (1, 12)}
        if name in numbers:
            return str(chance.randint(*numbers[name]))
        return chance.choice(FILLINGS[name])

    return GAP.sub(fill, template)


def _paragraphs(sentences: list[str], chance: Random) -> str:
    paragraphs, start = [], 0
    while start < len(sentences):
        end = start + chance.randint(3, 6)
        paragraphs.append(" ".join(sentences[start:end]))
        start = end
    return "\n\n".join(paragraphs)


def _reworked(sentences: list[str], chance: Random) -> list[str]:
    kept = [sentence for sentence in sentences if chance.random() > 0.08] or sentences
    if len(kept) > 3:
        place = chance.randrange(len(kept) - 1)
        kept[place], kept[place + 1] = kept[place + 1], kept[place]
    return [sentence.replace("tôi", "bản thân tôi", 1) if chance.random() < 0.1 else sentence for sentence in kept]
