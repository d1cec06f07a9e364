"""Papers that are like others, for the council: by paper, by group, and one beside another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from conference.directory.models import Person, Unit
from conference.foundation.db import db
from conference.foundation.paging import Ask, Page, page_of
from conference.foundation.text import fold, row_number
from conference.grading.models import CopyRuling
from conference.grading.rules import RulingKind
from conference.planning.models import Conference
from conference.reflections.models import Reflection, Submission
from conference.reflections.similarity.models import Likeness, OfficialText, PaperPrint, SimilarityIndex
from conference.reflections.similarity.rules import Level, Limits
from conference.registry.models import Attendee
from conference.sites.models import Site

SHOWN_OF_A_GROUP = 4
HUNDREDTHS = 100
"""Of a per cent: limits are kept in per cent, shares in these."""


@dataclass(frozen=True)
class Figures:
    """How the papers of a conference stand; ``suspect`` are among those ``to_watch``."""

    compared: int
    waiting: int  # handed in and not compared yet
    to_watch: int
    suspect: int
    open: int  # to be looked at, and nobody has decided
    groups: int


def figures_of(conference_id: int, limits: Limits, waiting: int) -> Figures:
    watch = PaperPrint.share >= limits.least_share
    row = db.session.execute(
        select(
            func.count(PaperPrint.own),
            func.count().filter(watch),
            func.count().filter(PaperPrint.share >= limits.suspect_share),
            func.count().filter(watch, CopyRuling.id.is_(None)),
            func.count(PaperPrint.group_id.distinct()),
        )
        .select_from(PaperPrint)
        .outerjoin(CopyRuling, _stands(PaperPrint.submission_id))
        .where(PaperPrint.conference_id == conference_id)
    ).one()
    return Figures(row[0], waiting, row[1], row[2], row[3], row[4])


def undecided_count(conference_id: int) -> int:
    """Papers that may be copied and about which nobody has decided: few rows of an index by share."""
    limits = select(SimilarityIndex.suspect).where(SimilarityIndex.conference_id == conference_id).scalar_subquery()
    return (
        db.session.scalar(
            select(func.count())
            .select_from(PaperPrint)
            .outerjoin(CopyRuling, _stands(PaperPrint.submission_id))
            .where(
                PaperPrint.conference_id == conference_id,
                PaperPrint.share >= limits * HUNDREDTHS,
                CopyRuling.id.is_(None),
            )
        )
        or 0
    )


def _stands(submission_id: Any) -> Any:
    return and_(CopyRuling.submission_id == submission_id, CopyRuling.undone_at.is_(None))


def _papers(conference_id: int) -> Select[*tuple[Any, ...]]:
    other = aliased(PaperPrint)
    members = (
        select(func.count()).where(other.group_id == PaperPrint.group_id, other.conference_id == conference_id)
    ).scalar_subquery()
    return (
        select(
            PaperPrint.submission_id.label("id"),
            PaperPrint.share,
            PaperPrint.closest_id,
            PaperPrint.group_id,
            members.label("members"),
            Person.full_name,
            Attendee.number,
            Unit.name.label("unit"),
            Site.name.label("site"),
            CopyRuling.kind.label("ruling"),
            CopyRuling.points,
        )
        .join(Submission, Submission.id == PaperPrint.submission_id)
        .join(Reflection, Reflection.id == Submission.reflection_id)
        .join(Attendee, Attendee.id == Reflection.attendee_id)
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .join(Site, Site.id == Attendee.site_id)
        .outerjoin(CopyRuling, _stands(PaperPrint.submission_id))
        .where(PaperPrint.conference_id == conference_id)
    )


def papers_page(conference_id: int, limits: Limits, ask: Ask) -> Page[Any]:
    """Papers to be looked at with their authors, the closest first; of a group all, however little each shares."""
    query: Mapping[str, str] = ask.query
    statement = _papers(conference_id)
    if (group := row_number(query.get("group", ""))) is not None:
        statement = statement.where(PaperPrint.group_id == group)
    else:
        least = limits.suspect_share if query.get("level") == Level.SUSPECT.value else limits.least_share
        statement = statement.where(PaperPrint.share >= least)
    if (site := row_number(query.get("site", ""))) is not None:
        statement = statement.where(Attendee.site_id == site)
    if words := fold(query.get("q", "")).split():
        statement = statement.where(
            and_(*(or_(Person.name_folded.contains(word), Unit.name_folded.contains(word)) for word in words))
        )
    if query.get("ruled") == "no":
        statement = statement.where(CopyRuling.id.is_(None))
    elif query.get("ruled") == "yes":
        statement = statement.where(CopyRuling.id.is_not(None))
    sorts = {
        "share": (PaperPrint.share,),
        "name": (Person.sort_key,),
        "unit": (Unit.sort_key,),
        "site": (Site.sort_key,),
    }
    if not ask.sort:
        ask = Ask(ask.number, ask.size, "share", "desc", ask.query)
    return page_of(statement, ask, sorts=sorts, default="share", last=PaperPrint.submission_id)


def groups_page(conference_id: int, ask: Ask) -> Page[Any]:
    """Groups of papers bound together, the largest first."""
    statement = (
        select(
            PaperPrint.group_id.label("id"),
            func.count().label("members"),
            func.max(PaperPrint.share).label("share"),
            func.count(Attendee.unit_id.distinct()).label("units"),
            func.count(Attendee.site_id.distinct()).label("sites"),
            func.count(CopyRuling.id).label("ruled"),
        )
        .join(Submission, Submission.id == PaperPrint.submission_id)
        .join(Reflection, Reflection.id == Submission.reflection_id)
        .join(Attendee, Attendee.id == Reflection.attendee_id)
        .outerjoin(CopyRuling, _stands(PaperPrint.submission_id))
        .where(PaperPrint.conference_id == conference_id, PaperPrint.group_id.is_not(None))
        .group_by(PaperPrint.group_id)
    )
    sorts = {
        "members": (func.count(),),
        "share": (func.max(PaperPrint.share),),
        "units": (func.count(Attendee.unit_id.distinct()),),
        "sites": (func.count(Attendee.site_id.distinct()),),
    }
    if not ask.sort:
        ask = Ask(ask.number, ask.size, "members", "desc", ask.query)
    return page_of(statement, ask, sorts=sorts, default="members", last=PaperPrint.group_id)


def members_of(conference_id: int, group_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """The papers of some groups, the closest first."""
    found: dict[int, list[Row[Any]]] = {id: [] for id in group_ids}
    for row in db.session.execute(
        _papers(conference_id)
        .where(PaperPrint.group_id.in_(group_ids))
        .order_by(PaperPrint.group_id, PaperPrint.share.desc(), PaperPrint.submission_id)
    ):
        found[row.group_id].append(row)
    return found


def authors_of(submission_ids: Sequence[int]) -> dict[int, Any]:
    """Who wrote these papers, for which conference."""
    rows = db.session.execute(
        select(
            Submission.id,
            Person.full_name,
            Attendee.person_id,
            Attendee.number,
            Unit.name.label("unit"),
            Site.name.label("site"),
            Conference.id.label("conference_id"),
            Conference.code,
            Conference.title,
        )
        .join(Reflection, Reflection.id == Submission.reflection_id)
        .join(Attendee, Attendee.id == Reflection.attendee_id)
        .join(Conference, Conference.id == Attendee.conference_id)
        .join(Person, Person.id == Attendee.person_id)
        .join(Unit, Unit.id == Attendee.unit_id)
        .join(Site, Site.id == Attendee.site_id)
        .where(Submission.id.in_(submission_ids))
    )
    return {row.id: row for row in rows}


def paper_in(conference_id: int, submission_id: int) -> Submission | None:
    """A compared paper of the conference."""
    return db.session.scalars(
        select(Submission)
        .join(PaperPrint, PaperPrint.submission_id == Submission.id)
        .where(Submission.id == submission_id, PaperPrint.conference_id == conference_id)
    ).first()


def returned_by_ruling(attendee_id: int) -> tuple[str, int] | None:
    """The paper of this person that stands given back for copying: its conference's code, and its number."""
    row = db.session.execute(
        select(Conference.code, CopyRuling.submission_id)
        .join(Conference, Conference.id == CopyRuling.conference_id)
        .join(Submission, Submission.id == CopyRuling.submission_id)
        .join(Reflection, Reflection.id == Submission.reflection_id)
        .where(
            Reflection.attendee_id == attendee_id,
            Submission.version == Reflection.current_version,
            CopyRuling.kind == RulingKind.RETURNED,
            CopyRuling.undone_at.is_(None),
        )
    ).first()
    return None if row is None else (row[0], row[1])


def likenesses_of(submission_id: int) -> list[tuple[int, int]]:
    """The papers that this one is like, the closest first: (submission, share of this one)."""
    rows = db.session.execute(
        select(Likeness.other_id, Likeness.share)
        .where(Likeness.submission_id == submission_id)
        .order_by(Likeness.share.desc(), Likeness.other_id)
    )
    return [(other, share) for other, share in rows]


def official_texts(conference_id: int) -> Sequence[OfficialText]:
    return db.session.scalars(
        select(OfficialText).where(OfficialText.conference_id == conference_id).order_by(OfficialText.id)
    ).all()


def limits_of(index: SimilarityIndex | None) -> Limits:
    return index.limits if index is not None else Limits()
