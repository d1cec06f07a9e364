"""Attaching, taking off and handing in, on both databases: against a plain list, and beside a page that types."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from conference.foundation.db import db, transaction
from conference.foundation.documents import DocumentKind
from conference.reflections import actions, attaching, attachments, queries
from conference.reflections.models import PaperFile
from conference.reflections.receipts import Signer, sha256_of
from conference.reflections.rules import MOST_PHOTOS
from tests.conftest import SECRET
from tests.reflections.conftest import WRITING, actor_of


def test_attaching_is_no_conflict_with_the_page_that_types(world, writer, clock):
    """Someone types in one window and attaches in another: neither takes the other's for a foreign device."""
    at = clock.stop_at(WRITING)
    line = "page-of-typing"

    def type_(text: str, base: int, seq: int) -> Any:
        save = actions.Save(writer.id, world.content(text), base, actions.PageLine(line, seq))
        with transaction():
            return actions.save_draft(save=save, at=at)

    first = type_("một", 0, 1)
    with transaction():
        attaching.attach(attendee_id=writer.id, kept=kept("a" * 32), at=at)
    assert isinstance(type_("một hai", first.revision, 2), actions.Saved)
    desk = queries.desk_of(writer.id)
    assert (desk.content.parts[world.part_ids[0]], len(desk.files)) == ("một hai", 1)


def kept(name: str, kind: DocumentKind = DocumentKind.PHOTO) -> attaching.Kept:
    return attaching.Kept(f"{name[:3]}.jpg", kind, name, (name,), 5, sha256_of(name.encode()), "", 0)


def test_files_and_versions_are_what_a_list_would_say(world, clock, sized):
    """Any order of adding, taking off, moving and handing in, against a plain list; on both databases."""
    at = clock.stop_at(WRITING)
    made = iter(range(10**6))
    drops: list[str] = []

    def run(steps: list[tuple[str, int]]) -> None:
        with transaction():
            writer = world.attendee()
        model: list[str] = []
        for step, number in steps:
            files = list(queries.desk_of(writer.id).files)
            with transaction():
                if step == "add" and len(model) < MOST_PHOTOS:
                    name = f"{next(made):032x}"
                    attaching.attach(attendee_id=writer.id, kept=kept(name), at=at)
                    model.append(name)
                elif files and step == "remove":
                    file = files[number % len(files)]
                    model.remove(file.stored_as)
                    drops.extend(attaching.take_off(attendee_id=writer.id, file_id=file.id, at=at))
                elif files and step in ("up", "down"):
                    place, by = number % len(files), -1 if step == "up" else 1
                    attaching.move(attendee_id=writer.id, file_id=files[place].id, by=by, at=at)
                    model.insert(max(0, place + by), model.pop(place))
            if files and number % 5 == 0:
                with transaction():
                    row = queries.desk_of(writer.id)
                    if row.files:
                        submission = actions.submit(
                            attendee_id=writer.id,
                            revision=row.revision,
                            by=actor_of(writer),
                            at=at,
                            signer=Signer(SECRET),
                            chance=f"{next(made)}",
                        ).submission
                        handed = [file.stored_as for file in attachments.files_of_submission(submission.id)]
                        assert handed == model
            assert [file.stored_as for file in queries.desk_of(writer.id).files] == model
        left = set(db.session.scalars(select(PaperFile.stored_as)))
        assert not left & set(drops)

    count = sized(8, 200)
    luck = Random(7)
    for _ in range(count):
        run([(luck.choice(["add", "add", "remove", "up", "down"]), luck.randrange(12)) for _ in range(12)])


def test_which_files_were_handed_in_can_not_be_changed(world, writer, clock):
    at = clock.stop_at(WRITING)
    with transaction():
        attaching.attach(attendee_id=writer.id, kept=kept("b" * 32), at=at)
    with transaction():
        actions.submit(
            attendee_id=writer.id,
            revision=queries.desk_of(writer.id).revision,
            by=actor_of(writer),
            at=at,
            signer=Signer(SECRET),
            chance="x",
        )
    with pytest.raises(DatabaseError, match="never changed"), transaction():
        db.session.execute(text("UPDATE submission_files SET position = 2"))
