"""Real rows for tests. Each maker flushes; the test commits before it sends a request."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any

from conference.accounts.models import Account, Grant
from conference.directory.models import Person, Sex, Unit, UnitKind
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import db
from conference.foundation.text import clean, collation_key, fold, phone_digits, sort_key
from conference.planning.models import (
    Conference,
    ConferenceKind,
    ConferenceState,
    DayPart,
    Mode,
    Presenter,
    StudySession,
    Topic,
    TopicKind,
    Wave,
)
from conference.registry.models import Attendee
from conference.sites.models import ConferenceSite, GuestUnit, Hall, Site, SiteLevel
from conference.web.filters import ZONE

THE_DAY = date(2018, 12, 6)
LONG_AGO = datetime(2018, 11, 1, 1, 0, tzinfo=UTC)
_numbers = count(1)


def local(hour: str, day: date = THE_DAY) -> datetime:
    """``local("07:30")``: that hour of the conference's day in Hà Nội."""
    return datetime.combine(day, time.fromisoformat(hour), ZONE)


def _keep(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row


def make_unit(
    name: str = "Liên đoàn Lao động tỉnh Nghệ An",
    *,
    parent: Unit | None = None,
    kind: UnitKind = UnitKind.PROVINCE,
    code: str | None = None,
    **fields: Any,
) -> Unit:
    unit = Unit(
        code=code or f"DV{next(_numbers):05}",
        name=name,
        name_folded=fold(name),
        sort_key=collation_key(name),
        kind=kind,
        level=parent.level + 1 if parent else 1,
        parent_id=parent.id if parent else None,
        path="",
        **fields,
    )
    _keep(unit)
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    db.session.flush()
    return unit


def make_person(full_name: str = "Đặng Hữu Phước", *, unit: Unit, **fields: Any) -> Person:
    name = clean(full_name)
    phone = fields.pop("phone", None)
    return _keep(
        Person(
            code=fields.pop("code", f"ND{next(_numbers):06}"),
            full_name=name,
            name_folded=fold(name),
            sort_key=sort_key(name),
            sex=fields.pop("sex", Sex.MALE),
            unit_id=unit.id,
            phone=phone,
            phone_digits=phone_digits(phone) if phone else None,
            **fields,
        )
    )


def make_conference(
    code: str = "NQ12",
    *,
    host_unit: Unit | None = None,
    state: ConferenceState = ConferenceState.PUBLISHED,
    starts_on: date = THE_DAY,
    **fields: Any,
) -> Conference:
    """A conference of one day; published unless said otherwise."""
    values: dict[str, Any] = {
        "title": "Hội nghị học tập Nghị quyết Đại hội XII Công đoàn Việt Nam",
        "kind": ConferenceKind.STUDY,
        "mode": Mode.ONLINE,
        "ends_on": starts_on,
        "published_at": None if state is ConferenceState.DRAFT else LONG_AGO,
        "version": 1,
    }
    unit = host_unit or make_unit("Tổng Liên đoàn Lao động Việt Nam", kind=UnitKind.CENTRAL)
    return _keep(Conference(code=code, host_unit_id=unit.id, state=state, starts_on=starts_on, **(values | fields)))


def make_wave(conference: Conference, title: str) -> Wave:
    return _keep(Wave(conference_id=conference.id, position=next(_numbers), title=title))


def make_study_session(
    conference: Conference,
    part: DayPart = DayPart.MORNING,
    *,
    doors: str = "07:15",
    starts: str = "08:00",
    ends: str = "11:30",
    on: date | None = None,
    wave: Wave | None = None,
) -> StudySession:
    day = on or conference.starts_on
    return _keep(
        StudySession(
            conference_id=conference.id,
            held_on=day,
            part=part,
            doors_open_at=local(doors, day),
            starts_at=local(starts, day),
            ends_at=local(ends, day),
            wave_id=wave.id if wave else None,
        )
    )


def make_presenter(name: str = "Nguyễn Thị Ánh", position: str = "Phó Chủ tịch") -> Presenter:
    return _keep(Presenter(name=name, name_folded=fold(name), position=position))


def make_topic(
    study_session: StudySession,
    title: str = "Tư duy mới và những vấn đề lớn của Nghị quyết",
    *,
    starts: str = "08:15",
    ends: str = "09:15",
    kind: TopicKind = TopicKind.TOPIC,
    presenter: Presenter | None = None,
    position: int = 1,
) -> Topic:
    return _keep(
        Topic(
            study_session_id=study_session.id,
            position=position,
            kind=kind,
            title=title,
            presenter_id=presenter.id if presenter else None,
            starts_at=local(starts, study_session.held_on),
            ends_at=local(ends, study_session.held_on),
        )
    )


def make_site(
    name: str = "Huyện Yên Thành",
    *,
    host_unit: Unit,
    level: SiteLevel = SiteLevel.DISTRICT,
    province: str = "Nghệ An",
    seats: int | None = 60,
    code: str | None = None,
) -> Site:
    """A site with one hall of ``seats`` seats, or none when ``seats`` is None."""
    site = _keep(
        Site(
            code=code or f"DC{next(_numbers):04}",
            name=name,
            name_folded=fold(name),
            sort_key=collation_key(name),
            level=level,
            province=province,
            host_unit_id=host_unit.id,
        )
    )
    if seats is not None:
        _keep(Hall(site_id=site.id, name="Hội trường lớn", capacity=seats))
    return site


def hall_of(site: Site) -> Hall | None:
    return db.session.query(Hall).filter_by(site_id=site.id).first()


def join(conference: Conference, site: Site, **fields: Any) -> ConferenceSite:
    """Let a site join with its first hall and a host who can be called."""
    hall = fields.pop("hall", hall_of(site))
    values: dict[str, Any] = {
        "position": next(_numbers),
        "manager_name": "Trần Thị Bích",
        "manager_phone": "0912 345 678",
        "version": 1,
    }
    return _keep(
        ConferenceSite(
            conference_id=conference.id, site_id=site.id, hall_id=hall.id if hall else None, **(values | fields)
        )
    )


def seat_guests(joined: ConferenceSite, unit: Unit, quota: int | None = None) -> GuestUnit:
    return _keep(GuestUnit(conference_site_id=joined.id, unit_id=unit.id, quota=quota))


def make_attendee(
    conference: Conference,
    *,
    site: Site,
    person: Person | None = None,
    unit: Unit | None = None,
    full_name: str = "Đặng Hữu Phước",
    **fields: Any,
) -> Attendee:
    """A person called to a site; the unit is the person's own unless said otherwise."""
    if person is None:
        assert unit is not None, "say whose attendee this is: a person or a unit"
        person = make_person(full_name, unit=unit)
    return _keep(
        Attendee(
            conference_id=conference.id,
            number=fields.pop("number", next(_numbers)),
            person_id=person.id,
            unit_id=unit.id if unit else person.unit_id,
            site_id=site.id,
            position=fields.pop("position", "Chủ tịch"),
            **fields,
        )
    )


def make_account(
    role: Role | None = Role.ORGANIZER,
    kind: ScopeKind = ScopeKind.ALL,
    id: int | None = None,
    *,
    login: str | None = None,
    full_name: str = "Trần Thị Ánh",
    **fields: Any,
) -> Account:
    account = _keep(
        Account(
            login=login or f"{role or 'nobody'}.{next(_numbers)}",
            full_name=full_name,
            created_at=LONG_AGO,
            is_active=fields.pop("is_active", True),
            **fields,
        )
    )
    if role is not None:
        _keep(Grant(account_id=account.id, role=role, scope_kind=kind, scope_id=id))
    return account
