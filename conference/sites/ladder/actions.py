"""What people do on the ladder: confirm, set times, test the line, tick the checklist, lay down what is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from conference.foundation.actor import Actor, ActorKind
from conference.foundation.db import db
from conference.foundation.errors import DomainError
from conference.foundation.journal import record
from conference.planning.models import Conference
from conference.sites.ladder.models import CheckItem, LadderRule, LineTest, SiteCheck, SiteRung
from conference.sites.ladder.rules import BY_HAND, CheckState, LineResult, Owner, Rung, RungRule
from conference.sites.models import ConferenceSite


def _known(joined_id: int, rung: Rung) -> SiteRung | None:
    return db.session.scalars(
        select(SiteRung).where(SiteRung.conference_site_id == joined_id, SiteRung.rung == rung)
    ).first()


def _said_of(joined_id: int, rung: Rung) -> SiteRung:
    found = _known(joined_id, rung)
    if found is None:
        found = SiteRung(conference_site_id=joined_id, rung=rung)
        db.session.add(found)
    return found


def confirm(*, joined: ConferenceSite, rung: Rung, remark: str, by: Actor, at: datetime) -> None:
    """Say that a rung is climbed though nothing shows it. Repeatable. Raises ``rung_is_shown_by_facts``."""
    if rung not in BY_HAND:
        raise DomainError("rung_is_shown_by_facts")
    said = _said_of(joined.id, rung)
    said.confirmed_at, said.remark = at, remark
    said.confirmed_by_id = by.id if by.kind is ActorKind.ACCOUNT else None
    db.session.flush()
    record(by=by, at=at, action="site_rung.confirm", subject=("conference_site", joined.id), after={"rung": rung.value})


def take_back(*, joined: ConferenceSite, rung: Rung, by: Actor, at: datetime) -> None:
    """Take a confirmation back; what facts show stays shown. Repeatable."""
    said = _known(joined.id, rung)
    if said is None or said.confirmed_at is None:
        return
    said.confirmed_at = said.confirmed_by_id = None
    said.remark = ""
    db.session.flush()
    record(
        by=by, at=at, action="site_rung.take_back", subject=("conference_site", joined.id), before={"rung": rung.value}
    )


def set_due(
    *,
    conference: Conference,
    joined_ids: Sequence[int],
    rung: Rung,
    due_at: datetime | None,
    owner: Owner | None,
    by: Actor,
    at: datetime,
) -> int:
    """Give some sites a time and an owner of their own for a rung; None goes back to the conference's.

    Sites of another conference are left alone. Gives how many sites it concerns.
    """
    here = db.session.scalars(
        select(ConferenceSite.id).where(
            ConferenceSite.conference_id == conference.id, ConferenceSite.id.in_(joined_ids)
        )
    ).all()
    known = {
        said.conference_site_id: said
        for said in db.session.scalars(
            select(SiteRung).where(SiteRung.conference_site_id.in_(here), SiteRung.rung == rung)
        )
    }
    for joined_id in here:
        said = known.get(joined_id)
        if said is None:
            said = SiteRung(conference_site_id=joined_id, rung=rung)
            db.session.add(said)
        said.due_at, said.owner = due_at, owner
    db.session.flush()
    if here:
        record(
            by=by,
            at=at,
            action="conference.set_rungs_due",
            subject=("conference", conference.id),
            after={"rung": rung.value, "sites": list(here), "due_at": due_at.isoformat() if due_at else None},
        )
    return len(here)


def lay_down(*, conference: Conference, rules: Mapping[Rung, RungRule], by: Actor, at: datetime) -> None:
    """Write what the conference asks at each rung, by when and of whom."""
    known = {
        row.rung: row for row in db.session.scalars(select(LadderRule).where(LadderRule.conference_id == conference.id))
    }
    for rung, rule in rules.items():
        row = known.get(rung)
        if row is None:
            row = LadderRule(conference_id=conference.id, rung=rung)
            db.session.add(row)
        row.owner, row.minutes_before, row.bound = rule.owner, rule.minutes_before, rule.bound
    db.session.flush()
    record(
        by=by,
        at=at,
        action="conference.lay_down_ladder",
        subject=("conference", conference.id),
        after={rung.value: [rule.owner.value, rule.minutes_before, rule.bound] for rung, rule in rules.items()},
    )


def write_items(*, conference: Conference, items: Sequence[tuple[str, str]], by: Actor, at: datetime) -> None:
    """Replace the conference's checklist by these (key, title) lines; none at all goes back to the usual one.

    What was ticked stays under its key, so a line that is only worded anew keeps its ticks.
    """
    db.session.execute(delete(CheckItem).where(CheckItem.conference_id == conference.id))
    db.session.add_all(
        CheckItem(conference_id=conference.id, key=key, position=position, title=title)
        for position, (key, title) in enumerate(items, start=1)
    )
    db.session.flush()
    record(
        by=by,
        at=at,
        action="conference.write_check_items",
        subject=("conference", conference.id),
        after={"items": len(items)},
    )


def keep_line_test(*, joined: ConferenceSite, result: LineResult, at: datetime) -> None:
    """Keep one measurement; the newest of a site counts."""
    db.session.add(
        LineTest(
            conference_site_id=joined.id,
            tested_at=at,
            median_ms=result.median_ms,
            worst_ms=result.worst_ms,
            lost=result.lost,
            rounds=result.rounds,
        )
    )
    db.session.flush()


@dataclass(frozen=True)
class Found:
    """What somebody says about one line of the checklist; without a state it is not looked at yet."""

    key: str
    state: CheckState | None
    remark: str


def tick(*, joined: ConferenceSite, found: Sequence[Found], at: datetime) -> int:
    """Keep what was found at the lines of the checklist. Repeatable; gives how many lines changed."""
    known = {
        check.key: check
        for check in db.session.scalars(select(SiteCheck).where(SiteCheck.conference_site_id == joined.id))
    }
    changed = 0
    for one in found:
        check = known.get(one.key)
        if one.state is None:
            if check is not None:
                db.session.delete(check)
                changed += 1
            continue
        if check is None:
            check = SiteCheck(conference_site_id=joined.id, key=one.key)
            db.session.add(check)
        if (check.state, check.remark) != (one.state, one.remark):
            check.state, check.remark, check.checked_at = one.state, one.remark, at
            changed += 1
    db.session.flush()
    return changed
