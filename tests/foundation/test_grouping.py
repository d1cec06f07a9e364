"""Group commit: many callers share one piece of work, and nobody suffers from another's."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest

from conference.foundation.errors import DomainError
from conference.foundation.grouping import Grouping


class Kept:
    """Carries out groups of numbers: twice each; refuses some, and remembers how they came."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []

    def carry_out(self, numbers: Sequence[int]) -> list[int]:
        self.groups.append(list(numbers))
        time.sleep(0.002)
        if 13 in numbers:
            raise ValueError("thirteen")
        if 99 in numbers:
            raise DomainError("busy")
        return [2 * number for number in numbers]


def submit_all(grouping: Grouping[int, int], numbers: list[int]) -> dict[int, int | BaseException]:
    found: dict[int, int | BaseException] = {}

    def submit(number: int) -> None:
        try:
            found[number] = grouping.submit(number)
        except Exception as error:
            found[number] = error

    threads = [threading.Thread(target=submit, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return found


def test_everybody_gets_the_result_of_their_own_work() -> None:
    kept = Kept()
    grouping = Grouping(kept.carry_out, gather=lambda: time.sleep(0))
    numbers = list(range(100, 300))
    assert submit_all(grouping, numbers) == {number: 2 * number for number in numbers}
    assert sorted(number for group in kept.groups for number in group) == numbers
    assert len(kept.groups) < len(numbers), "callers that came together were carried out together"


def test_work_that_fails_fails_alone() -> None:
    kept = Kept()
    grouping = Grouping(kept.carry_out, gather=lambda: time.sleep(0.01))
    found = submit_all(grouping, [*range(1, 31)])
    assert isinstance(found.pop(13), ValueError)
    assert found == {number: 2 * number for number in range(1, 31) if number != 13}


def test_a_busy_database_is_told_to_all_and_asked_once() -> None:
    kept = Kept()
    grouping = Grouping(kept.carry_out, gather=lambda: time.sleep(0.02))
    found = submit_all(grouping, [97, 98, 99])
    refused = [number for number, answer in found.items() if isinstance(answer, DomainError)]
    together = next(group for group in kept.groups if 99 in group)
    assert sorted(refused) == sorted(together)
    assert kept.groups.count(together) == 1


def test_no_group_is_larger_than_allowed() -> None:
    kept = Kept()
    grouping = Grouping(kept.carry_out, gather=lambda: time.sleep(0.01), most=4)
    submit_all(grouping, list(range(200, 240)))
    assert max(map(len, kept.groups)) <= 4


def test_a_leader_that_is_ended_leaves_nobody_waiting() -> None:
    class Ended(BaseException):
        pass

    def end(numbers: Sequence[int]) -> list[int]:
        raise Ended

    grouping: Grouping[int, int] = Grouping(end, gather=lambda: None)
    with pytest.raises(Ended):
        grouping.submit(1)
    with pytest.raises(Ended):
        grouping.submit(2)
