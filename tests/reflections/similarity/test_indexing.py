"""Papers handed in are compared in the background, and what is kept stays true to the papers that count."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import select

from conference.demo.essays import copied, essay
from conference.foundation.db import db, transaction
from conference.foundation.jobs import Job, run_all
from conference.reflections import actions
from conference.reflections.content import Content
from conference.reflections.models import Submission
from conference.reflections.similarity import indexing
from conference.reflections.similarity.models import Likeness, OfficialText, PaperPrint, SimilarityIndex
from conference.reflections.similarity.rules import Limits
from tests.factories import make_conference
from tests.reflections.conftest import WRITING, World, actor_of

SOURCE = essay("source", 480)


@pytest.fixture
def papers(make_world, clock):
    clock.stop_at(WRITING)
    return Papers(make_world())


class Papers:
    """Hands papers in, and tells what is known of them by attendee."""

    def __init__(self, world: World) -> None:
        self.world = world

    def hand_in(self, texts: list[str], attendee=None) -> int:
        """Returns the submission; a second paper of the same attendee replaces the first."""
        with transaction():
            attendee = attendee or self.world.attendee()
        content = Content(dict(zip(self.world.part_ids, texts, strict=True)))
        at = WRITING + timedelta(seconds=db.session.query(Submission).count())
        row = actions.queries.reflection_of(attendee.id)
        with transaction():
            saved = actions.save_draft(
                save=actions.Save(
                    attendee.id, content, row.revision if row else 0, actions.PageLine("page-of-tests", at.second + 1)
                ),
                at=at,
            )
            made = actions.submit(
                attendee_id=attendee.id, revision=saved.revision, by=actor_of(attendee), at=at,
                signer=self.world.signer, chance=str(at),
            )  # fmt: skip
        self.last = attendee
        return made.submission.id

    def index(self, **how) -> indexing.Indexed:
        return indexing.index_conference(self.world.conference, at=WRITING, **how)

    def found(self) -> dict[int, tuple[int, int | None, int | None]]:
        """Paper -> (share, closest, group) of every paper that is to be looked at."""
        db.session.rollback()
        rows = db.session.execute(
            select(PaperPrint.submission_id, PaperPrint.share, PaperPrint.closest_id, PaperPrint.group_id)
        )
        return {id: (share, closest, group) for id, share, closest, group in rows if share >= Limits().least_share}


def test_a_copy_is_found_when_it_comes_in_and_the_same_when_all_are_compared(papers):
    for n in range(4):
        papers.hand_in(essay(f"author {n}", 400))
    first = papers.hand_in(SOURCE)
    assert papers.index().is_whole
    assert papers.found() == {}
    for n in range(20):
        papers.hand_in(essay(f"more {n}", 400))
    papers.index(whole=True)
    second = papers.hand_in(copied(SOURCE, "second"))
    done = papers.index()
    assert (done.papers, done.is_whole) == (1, False)
    incremental = papers.found()
    assert set(incremental) == {first, second}
    assert incremental[second][0] >= 7_000
    assert incremental[first][1:] == (second, first)
    assert incremental[second][1:] == (first, first)
    assert papers.index() == indexing.Indexed(0, 0, is_whole=False)
    papers.index(whole=True)
    assert papers.found() == incremental
    indexing._held.clear()  # another worker knows nothing of it
    third = papers.hand_in(copied(SOURCE, "third"))
    assert papers.index().is_whole is False
    assert {id: line[2] for id, line in papers.found().items()} == dict.fromkeys((first, second, third), first)


def test_a_newer_version_takes_the_place_of_the_older(papers):
    source = papers.hand_in(SOURCE)
    copy = papers.hand_in(copied(SOURCE, "copy"))
    author = papers.last
    papers.index()
    assert set(papers.found()) == {source, copy}
    own_words = papers.hand_in(essay("own words", 400), attendee=author)
    papers.index()
    assert papers.found() == {}
    assert db.session.scalars(select(PaperPrint.submission_id).order_by(PaperPrint.submission_id)).all() == [
        source, own_words,
    ]  # fmt: skip
    kept = db.session.execute(select(Likeness.submission_id, Likeness.other_id)).all()
    assert not any(copy in pair for pair in kept)


def test_quoting_official_texts_and_the_task_is_no_likeness(papers):
    chance = Random(1)
    official = " ".join(essay("official", 300))
    for n in range(2):
        papers.hand_in([official, *essay(f"author {chance.random()}{n}", 300)[1:]])
    papers.index()
    assert len(papers.found()) == 2
    with transaction():
        db.session.add(
            OfficialText(
                conference_id=papers.world.conference.id, title="Nghị quyết", text=official, words=300, added_at=WRITING
            )
        )
    assert papers.index().is_whole  # what may be quoted has changed
    assert papers.found() == {}


def test_papers_of_earlier_conferences_are_compared_with_and_stay_as_they_are(papers):
    old = papers.hand_in(SOURCE)
    papers.index()
    with transaction():
        later = make_conference("NQ13", host_unit=papers.world.unit, starts_on=date(2019, 12, 6))
        db.session.add(indexing.SimilarityIndex(conference_id=later.id))
    copy = papers.hand_in(copied(SOURCE, "later"))
    with transaction():  # as if it had been written for the later conference
        papers.last.conference_id = later.id
    indexing.index_conference(later, at=WRITING)
    found = papers.found()
    assert found[copy][0] >= 7_000
    assert found[copy][1:] == (old, copy)
    assert old not in found
    papers.index(whole=True)
    assert papers.found() == found


def test_papers_that_come_together_are_compared_by_one_job(papers, clock):
    papers.hand_in(SOURCE)
    papers.hand_in(copied(SOURCE, "copy"))
    assert run_all() == 0  # more may come
    clock.move(seconds=15)
    assert run_all() == 1
    assert len(papers.found()) == 2
    assert db.session.scalars(select(Job)).one().result["papers"] == 2
    assert db.session.scalars(select(SimilarityIndex)).one().indexed_at is not None


def test_the_command_compares_everybody(app, papers):
    papers.hand_in(SOURCE)
    papers.hand_in(copied(SOURCE, "copy"))
    db.session.rollback()
    said = app.test_cli_runner().invoke(args=["index-similarity", "NQ12"])
    assert said.output.startswith("2 papers compared, 1 pairs alike")
    assert app.test_cli_runner().invoke(args=["index-similarity", "NO"]).exit_code == 1
