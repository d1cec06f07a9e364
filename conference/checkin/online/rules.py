"""Presence online as a pure function of the set of evidence: intervals in which somebody followed, prompts answered.

Order and repeats change nothing: intervals are united, answers are a set, and the moment of receipt is no part of
either. What a conference asks for (shares, minutes, how many prompts) arrives as data.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST_GAP = timedelta(seconds=150)
"""Signs of life no further apart than this are one stay: one of them every minute or so may get lost."""

OLDEST_SIGN = timedelta(minutes=15)
"""What a page kept while its line was away; older than that nobody can say any more."""

ANSWER_ARRIVES = timedelta(minutes=2)
"""How late an answer that was given in time may arrive."""

ONLINE_NOW = timedelta(minutes=3)
SECOND = timedelta(seconds=1)


class ReportState(StrEnum):
    """Of a platform's list: looked at, counted as evidence, or taken back."""

    PREVIEW = "preview"
    LOADED = "loaded"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a conference asks of those who follow online, and when they count as late."""

    opens_before_minutes: int = 30
    least_minutes: int = 70  # per cent of the study session
    least_answers: int = 50  # per cent of the prompts; 0 where the minutes alone decide
    prompts: int = 3
    prompt_minutes: int = 4
    late_after_minutes: int = 15


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A stretch of time in which somebody followed; a single sign of life has no length."""

    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Hours:
    """Of a study session, as those who follow see them."""

    opens_at: datetime
    starts_at: datetime
    ends_at: datetime

    def is_open(self, at: datetime) -> bool:
        return self.opens_at <= at <= self.ends_at


@dataclass(frozen=True, slots=True)
class Prompt:
    """An unannounced "đang theo dõi": which one, and when it may be answered."""

    number: int
    from_at: datetime
    until_at: datetime

    def takes(self, at: datetime) -> bool:
        return self.from_at <= at <= self.until_at


@dataclass(frozen=True, slots=True)
class Following:
    """What the evidence says of one person in one study session, and whether it is enough."""

    seconds: int
    of_seconds: int
    answered: int
    asked: int
    first_at: datetime | None
    is_enough: bool

    @property
    def minutes(self) -> int:
        return self.seconds // 60

    @property
    def of_minutes(self) -> int:
        return self.of_seconds // 60


def hours_of(starts_at: datetime, ends_at: datetime, rule: Rule) -> Hours:
    return Hours(starts_at - timedelta(minutes=rule.opens_before_minutes), starts_at, ends_at)


def stays_of(signs: Iterable[Interval]) -> list[Interval]:
    """Signs of life put together into stays: the same whatever their order, and however often each came."""
    stays: list[Interval] = []
    for one in sorted(signs):
        if stays and one.from_at - stays[-1].until_at <= LONGEST_GAP:
            stays[-1] = Interval(stays[-1].from_at, max(stays[-1].until_at, one.until_at))
        else:
            stays.append(one)
    return stays


def following_of(intervals: Iterable[Interval], answered: Iterable[int], *, hours: Hours, rule: Rule) -> Following:
    """Minutes within the study session, prompts answered, and whether both reach what the conference asks."""
    inside = sorted(one for one in intervals if one.from_at <= hours.ends_at and one.until_at >= hours.opens_at)
    seconds, reached = timedelta(), hours.starts_at
    for one in inside:
        begins, ends = max(one.from_at, reached), min(one.until_at, hours.ends_at)
        if ends > begins:
            seconds += ends - begins
            reached = ends
    whole = max(hours.ends_at - hours.starts_at, SECOND)
    answers = len({number for number in answered if 0 <= number < rule.prompts})
    first_at = max(inside[0].from_at, hours.opens_at) if inside else None
    return Following(
        seconds=seconds // SECOND,
        of_seconds=whole // SECOND,
        answered=answers,
        asked=rule.prompts,
        first_at=first_at,
        is_enough=first_at is not None
        and seconds * 100 >= whole * rule.least_minutes
        and answers * 100 >= rule.prompts * rule.least_answers,
    )


def prompts_of(secret: str, *, attendee: int, study_session: int, hours: Hours, rule: Rule) -> list[Prompt]:
    """When this person is asked: once in each equal part of the study session, at a moment nobody can foretell."""
    if not rule.prompts:
        return []
    part = (hours.ends_at - hours.starts_at) / rule.prompts
    stands = min(timedelta(minutes=rule.prompt_minutes), part)
    found = []
    for number in range(rule.prompts):
        mac = hmac.digest(_key(secret), f"{attendee} {study_session} {number}".encode(), "sha256")
        share = int.from_bytes(mac[:6], "big") / 2**48
        from_at = hours.starts_at + part * number + (part - stands) * share
        found.append(Prompt(number, from_at, from_at + stands))
    return found


def prompt_now(prompts: Sequence[Prompt], answered: Iterable[int], at: datetime) -> Prompt | None:
    """The prompt that stands open now and has no answer yet."""
    done = set(answered)
    return next((one for one in prompts if one.takes(at) and one.number not in done), None)


def is_answer(prompts: Sequence[Prompt], number: int, *, given_at: datetime, at: datetime) -> bool:
    """Whether an answer counts: given while the prompt stood, and here soon after."""
    return 0 <= number < len(prompts) and prompts[number].takes(given_at) and at - given_at <= ANSWER_ARRIVES


def _key(secret: str) -> bytes:
    return hashlib.sha256(b"prompts of those who follow online " + secret.encode()).digest()
