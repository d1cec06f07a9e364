"""What people did before the demo's day: a rehearsal, technical checks at every site, seats in two halls."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from conference.demo import staff
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db
from conference.planning.models import Conference
from conference.registry.seats.actions import Pin, give_seats, lay_out, reserve
from conference.registry.seats.rules import usual_plan
from conference.sites.ladder.models import SiteCheck
from conference.sites.ladder.queries import first_session
from conference.sites.ladder.rules import CheckState
from conference.sites.ladder.words import USUAL_ITEMS
from conference.sites.models import ConferenceSite
from conference.sites.queries import conference_site, every_site
from conference.sites.rehearsals.actions import RehearsalFacts, plan_rehearsal

FAULTS = ("Loa bên trái rè, đã gọi thợ", "Chưa có máy phát, đang mượn của huyện", "Mạng chập chờn sau 16 giờ")

TRIED = "Hình, tiếng hai chiều với điểm cầu trung tâm\nQuét thử trên từng máy điểm danh\nChuyển sang mạng dự phòng"
TWO_HOURS = timedelta(hours=2)


def moment_before(day: date, timezone: str) -> datetime:
    """Two o'clock in the afternoon before."""
    return datetime.combine(day - timedelta(days=1), time(14), ZoneInfo(timezone))


def prepare(conference: Conference, *, at: datetime) -> None:
    """Repeatable: what is there already stays as it is."""
    sites = db.session.scalars(
        select(ConferenceSite).where(ConferenceSite.conference_id == conference.id).order_by(ConferenceSite.position)
    ).all()
    ids = [joined.id for joined in sites]
    if not ids or db.session.scalar(select(SiteCheck.id).where(SiteCheck.conference_site_id.in_(ids[:3])).limit(1)):
        return
    luck = Random(conference.code)
    rows = []
    for id in ids:
        looked = USUAL_ITEMS if luck.random() < 0.9 else USUAL_ITEMS[: luck.randint(0, 9)]
        for key, _title in looked:
            is_good = luck.random() < 0.995
            state, remark = (CheckState.GOOD, "") if is_good else (CheckState.FAULT, luck.choice(FAULTS))
            rows.append({"conference_site_id": id, "key": key, "state": state, "remark": remark, "checked_at": at})
    db.session.execute(insert(SiteCheck), rows)
    if (first := first_session(conference)) is not None:
        afternoon = moment_before(first.held_on, conference.timezone)
        facts = RehearsalFacts("Tổng duyệt", afternoon, afternoon + TWO_HOURS, TRIED, None)
        plan_rehearsal(conference=conference, facts=facts, by=SYSTEM, at=at)
    for site_id in {sites[0].site_id, staff.host_site().id}:
        joined = conference_site(conference.id, site_id, every_site())
        if joined is None or joined.hall is None:
            continue
        lay_out(joined=joined, blocks=usual_plan(joined.hall.capacity), by=SYSTEM, at=at)
        presidium = [Pin(place, None, "Đoàn Chủ tịch") for place in ("A1-1", "A1-2")]
        reserve(joined=joined, pins=presidium, by=SYSTEM, at=at)
        give_seats(joined=joined, host_unit_id=joined.site.host_unit_id, anew=False, by=SYSTEM, at=at)
