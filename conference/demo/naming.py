"""Quotas of the demo's units, a frozen list with what changed since, and what units ask now."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from random import Random

from sqlalchemy import func, insert, select

from conference.demo import staff
from conference.directory.models import Unit
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db
from conference.planning.models import Conference
from conference.registry import actions as registry
from conference.registry.actions import NewPerson
from conference.registry.models import Attendee, attendee_categories
from conference.registry.naming import actions
from conference.registry.naming.actions import Asked
from conference.registry.naming.models import NamingRule, Quota
from conference.registry.naming.rules import Approver, ids_on
from conference.registry.rules import WithdrawReason
from conference.registry.tickets import KeyRing
from conference.web.filters import ZONE

FROZEN_DAYS_BEFORE = 3
MOST_SHORT = 2  # places that a unit has not filled
NAMED = (
    ("Phan Thị Thanh Huyền", "0912 345 671", "Phó Chủ tịch", "Bổ sung theo chỉ tiêu"),
    ("Nguyễn Cảnh Toàn", "0912 345 672", "Chủ tịch Công đoàn cơ sở", "Mới được bầu thay người tiền nhiệm"),
    ("Lô Thị Ỷ Lan", "0912 345 673", "Ủy viên Ban Chấp hành", "Bổ sung theo chỉ tiêu"),
)
INSTEAD = ("Trần Quốc Ấn", "0912 345 674", "Phó Chủ tịch", "Đồng chí được cử đi công tác nước ngoài")
WHY_GONE = "Đơn vị báo chuyển công tác"
WHY_BACK = "Đơn vị báo lại: chưa có quyết định chuyển công tác"
ANSWER = "Chưa rõ thuộc thành phần nào, mời đơn vị ghi thêm."


def name_people(conference: Conference, *, ring: KeyRing) -> None:
    """Give quotas, freeze the list, let it change twice and units ask. Played once."""
    if actions.rule_of(conference.id) is not None:
        return
    frozen_at = datetime.combine(conference.starts_on, time(17), ZONE).astimezone(UTC)
    frozen_at -= timedelta(days=FROZEN_DAYS_BEFORE)
    _give_quotas(conference)
    actions.freeze_list(conference=conference, by=SYSTEM, at=frozen_at)
    rule = db.session.get_one(NamingRule, conference.id)
    rule.is_open, rule.approver = True, Approver.ORGANIZER
    unit = staff.officer_unit()
    mine = list(
        db.session.scalars(
            select(Attendee)
            .join(Unit, Unit.id == Attendee.unit_id)
            .where(Attendee.conference_id == conference.id, Unit.path.startswith(unit.path))
            .order_by(Attendee.number)
            .limit(3)
        )
    )
    for place, attendee in enumerate(mine[:2]):
        at = frozen_at + timedelta(hours=16 + place)
        registry.withdraw(attendee=attendee, reason=WithdrawReason.OTHER, words=WHY_GONE, by=SYSTEM, at=at)
        registry.call_again(attendee=attendee, reason=WHY_BACK, by=SYSTEM, at=at + timedelta(hours=3))
    _ask(conference, unit, mine, ring, at=frozen_at + timedelta(days=1))


def _ask(conference: Conference, unit: Unit, mine: list[Attendee], ring: KeyRing, *, at: datetime) -> None:
    site_id = mine[0].site_id
    of_unit = (Quota.conference_id == conference.id, Quota.unit_id == unit.id)
    categories = db.session.scalars(select(Quota.category_id).where(*of_unit).order_by(Quota.id)).all()
    nominations = [
        actions.propose(
            conference=conference,
            asked=Asked(
                unit_id=unit.id,
                who=NewPerson(full_name=name, unit_id=unit.id, site_id=site_id, position=position, phone=phone),
                categories=[id for id in categories[place : place + 1] if id is not None],
                leaving=leaving,
                reason=reason,
            ),
            is_decided=False,
            ring=ring,
            by=SYSTEM,
            at=at + timedelta(minutes=7 * place),
        )
        for place, ((name, phone, position, reason), leaving) in enumerate(
            [*((one, None) for one in NAMED), (INSTEAD, mine[2])]
        )
    ]
    actions.give_back(nominations=nominations[2:3], answer=ANSWER, by=SYSTEM, at=at + timedelta(hours=2))


def _give_quotas(conference: Conference) -> None:
    """To each body below the centre as many places as it has people of a category, and now and then one more."""
    counted: dict[tuple[int, int], int] = defaultdict(int)
    for path, category_id, count in db.session.execute(
        select(Unit.path, attendee_categories.c.category_id, func.count())
        .join(Attendee, Attendee.unit_id == Unit.id)
        .join(attendee_categories, attendee_categories.c.attendee_id == Attendee.id)
        .where(Attendee.conference_id == conference.id)
        .group_by(Unit.path, attendee_categories.c.category_id)
    ):
        counted[ids_on(path)[:2][-1], category_id] += count
    luck = Random(conference.code)
    own = staff.officer_unit().id
    rows = [
        {
            "conference_id": conference.id,
            "unit_id": unit_id,
            "category_id": category_id,
            "places": count + (MOST_SHORT if unit_id == own else max(0, luck.randint(-4, MOST_SHORT))),
        }
        for (unit_id, category_id), count in sorted(counted.items())
    ]
    if rows:
        db.session.execute(insert(Quota), rows)
