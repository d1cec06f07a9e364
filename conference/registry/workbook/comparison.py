"""What an edited workbook changes: each cell against what was exported and against what stands now.

A cell that was not edited changes nothing, whatever happened on the screen since; a cell edited in both places is for a
person to decide; a row that is missing is never taken away. A 0 takes a quota or a guest unit
away, and a reserved seat goes with the last of its ticket number and whom it is for. What is new may be named by other
rows of the same file.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace

from conference.foundation.text import fold
from conference.registry.workbook.cells import COUNTED, fault_of, fault_of_new, is_taken_away
from conference.registry.workbook.rules import (
    FIELDS,
    NEW_TOPIC,
    Change,
    Differences,
    Key,
    Kind,
    Known,
    Rejected,
    Row,
    Sent,
    Values,
    Why,
)


def compare(now: Mapping[Key, Row], base: Mapping[Key, Values], sent: Sequence[Sent], known: Known) -> Differences:
    """The differences that the file asks for. ``base`` is what was exported; empty when the file lost it."""
    return _Comparison(now, base, deepcopy(known)).of(sent)


class _Comparison:
    def __init__(self, now: Mapping[Key, Row], base: Mapping[Key, Values], known: Known) -> None:
        self.now, self.base, self.known = now, base, known
        for (kind, key), row in now.items():
            known.learn(kind, key, row.values)
        self.found = Differences()
        self.spelt = {(kind, _folded(kind, key)): key for kind, key in now}

    def of(self, sent: Sequence[Sent]) -> Differences:
        rows = self._each_once(_with_numbers(self.now, sent))
        for kind in Kind:
            mine = [row for row in rows if row.kind is kind]
            fresh = [row for row in mine if (kind, row.key) not in self.now]
            for row in _parents_first(fresh) if kind is Kind.UNIT else fresh:
                self._add(row)
            for row in mine:
                if (kind, row.key) in self.now:
                    self._change(self.now[kind, row.key], row)
            if kind is Kind.PIN:
                self._seat_nobody_twice(mine)
        seen, kinds = {(row.kind, row.key) for row in rows}, {row.kind for row in sent}
        self.found.missing = [row for key, row in self.now.items() if key not in seen and row.kind in kinds]
        return self.found

    def _each_once(self, sent: Sequence[Sent]) -> list[Sent]:
        seen: dict[Key, Sent] = {}
        for row in sent:
            key = self.spelt.get((row.kind, _folded(row.kind, row.key)), row.key)
            if not row.key.strip("|"):
                self._reject(row, Why.NO_KEY)
            elif (row.kind, key) in seen:
                self._reject(row, Why.SAME_KEY)
            else:
                seen[row.kind, key] = replace(row, key=key)
        return list(seen.values())

    def _reject(self, row: Sent, why: Why, field: str = "", said: str = "") -> None:
        self.found.rejected.append(Rejected(row.sheet, row.row, why, field, said or row.key.replace("|", " · ")))

    def _add(self, row: Sent) -> None:
        values = {name: row.values.get(name, "") for name in FIELDS[row.kind]}
        was_exported = (row.kind, row.key) in self.base
        if is_taken_away(row.kind, values) and (row.kind in COUNTED or was_exported):
            self.found.unchanged += 1  # what is to go is not there
            return
        fault = fault_of_new(row.kind, row.key, values, self.known)
        if fault is not None:
            self._reject(row, *fault, values.get(fault[1], ""))
            return
        category = row.key.partition("|")[2]
        if row.kind is Kind.QUOTA and category and fold(category) not in self.known.categories:
            self.known.categories.add(fold(category))
            self.found.new_categories.append(category)
        self.known.learn(row.kind, row.key, values)
        self.found.new.append(replace(row, values=values))

    def _change(self, now: Row, row: Sent) -> None:
        base = self.base.get((now.kind, now.key))
        changes = []
        for name, said in row.values.items():
            current = now.values.get(name, "")
            if said == current:
                continue
            if base is None:
                if not said:
                    continue  # without the export beside it, an empty cell says nothing
                changes.append(Change(now.kind, now.key, now.label, name, current, said, False))
            elif said != base.get(name, ""):
                is_conflict = current != base.get(name, "")
                changes.append(Change(now.kind, now.key, now.label, name, current, said, is_conflict))
        if not changes:
            self.found.unchanged += 1
            return
        merged = {**now.values, **{change.field: change.after for change in changes}}
        fault = fault_of(now.kind, now.key, merged, {change.field for change in changes}, self.known)
        if fault is not None:
            self._reject(row, *fault, merged.get(fault[1], ""))
            return
        if is_taken_away(now.kind, merged) and not any(change.is_conflict for change in changes):
            self.found.taken_away.append(now)
        self.known.learn(now.kind, now.key, merged)
        self.found.changes += changes

    def _seat_nobody_twice(self, sent: Sequence[Sent]) -> None:
        """Of rows that would give somebody a second seat none is taken; two who change seats go through."""
        numbers = {key: row.values["number"] for (kind, key), row in self.now.items() if kind is Kind.PIN}
        numbers |= {change.key: change.after for change in self.found.changes if _is_number(change)}
        numbers |= {one.key: one.values["number"] for one in self.found.new if one.kind is Kind.PIN}
        given = Counter((key.partition("|")[0], number) for key, number in numbers.items() if number)
        for row in sent:
            number = numbers.get(row.key, "")
            is_taken = any(one.kind is Kind.PIN and one.key == row.key for one in self.found.new)
            is_taken = is_taken or any(_is_number(change) and change.key == row.key for change in self.found.changes)
            if is_taken and given[row.key.partition("|")[0], number] > 1:
                self.found.new = [one for one in self.found.new if (one.kind, one.key) != (Kind.PIN, row.key)]
                self.found.changes = [one for one in self.found.changes if (one.kind, one.key) != (Kind.PIN, row.key)]
                self._reject(row, Why.SEATED_TWICE, "number", number)


def _is_number(change: Change) -> bool:
    return change.kind is Kind.PIN and change.field == "number"


def _folded(kind: Kind, key: str) -> str:
    """Two spellings of a category are one quota."""
    unit, _, category = key.partition("|")
    return f"{unit}|{fold(category)}" if kind is Kind.QUOTA else key


def _with_numbers(now: Mapping[Key, Row], sent: Sequence[Sent]) -> list[Sent]:
    """Items of the programme without a number: the one that stands already with the same hours and title, or new ones.

    So a file that is sent a second time adds nothing twice.
    """
    told = {row.key for row in sent if row.kind is Kind.TOPIC}
    free: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for (kind, key), standing in now.items():
        if kind is Kind.TOPIC and key not in told:
            free[_likeness(standing.values)].append(key)
    rows = []
    for row in sent:
        if row.kind is Kind.TOPIC and not row.key:
            alike = free[_likeness(row.values)]
            row = replace(row, key=alike.pop(0) if alike else f"{NEW_TOPIC}{row.row}")
        rows.append(row)
    return rows


def _likeness(values: Values) -> tuple[str, ...]:
    return tuple(values.get(name, "") for name in ("day", "part", "starts", "title"))


def _parents_first(rows: Sequence[Sent]) -> list[Sent]:
    """New units with those above them first; those that go round in a circle come last."""
    waiting, ordered = list(rows), []
    while waiting:
        keys = {row.key for row in waiting}
        ready = [row for row in waiting if row.values.get("parent", "") not in keys] or waiting
        ordered += ready
        waiting = [row for row in waiting if row not in ready]
    return ordered
