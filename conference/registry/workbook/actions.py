"""Bringing an edited workbook back: only what differs, through the same changes as on the screen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from conference.directory.actions import found_unit, rename_unit
from conference.directory.models import Unit
from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.journal import record
from conference.foundation.paging import AnySelect
from conference.foundation.text import collation_key, fold, row_number
from conference.planning.actions import (
    add_study_session,
    add_topic,
    change_study_session,
    change_topic,
    programme_changed,
)
from conference.planning.drafts import StudySessionFacts, TopicFacts
from conference.planning.models import Conference, ConferenceState, Presenter, StudySession, Topic
from conference.planning.queries import waves_of
from conference.registry.naming.quotas import QuotaFacts, set_quotas
from conference.registry.seats.models import SeatPin
from conference.registry.seats.queries import attendees_numbered
from conference.registry.workbook.cells import LEVEL_WORDS, PART_WORDS, TOPIC_WORDS, UNIT_WORDS, day_of, is_taken_away
from conference.registry.workbook.queries import PART_OF
from conference.registry.workbook.rules import Change, Differences, Kind, Sent, Values
from conference.sites.actions import (
    HallFacts,
    SiteFacts,
    create_site,
    join_sites,
    seat_guest_unit,
    send_guest_unit_away,
)
from conference.sites.models import ConferenceSite, GuestUnit, Hall, HallBlock, Site
from conference.sites.queries import conference_site, every_site


def bring_back(
    *, conference: Conference, differences: Differences, take: Collection[str], by: Actor, at: datetime
) -> int:
    """Carry out the differences of a workbook; of those edited on the screen too, only the ones named in ``take``.

    A row that the file lacks stays. Gives how many cells and rows were changed.
    """
    wanted: dict[tuple[Kind, str], list[Change]] = defaultdict(list)
    for change in differences.changes:
        if not change.is_conflict or change.name in take:
            wanted[change.kind, change.key].append(change)
    writer = _Writer(conference, by, at)
    for kind in Kind:
        for sent in differences.new:
            if sent.kind is kind:
                writer.add(sent)
        for (of_kind, key), changes in wanted.items():
            if of_kind is kind:
                writer.change(kind, key, {change.field: change.after for change in changes})
    writer.write_quotas()
    db.session.flush()
    done = sum(map(len, wanted.values())) + len(differences.new)
    if done and conference.state is ConferenceState.PUBLISHED:
        programme_changed.announce(conference_id=conference.id)
    return done


class _Writer:
    def __init__(self, conference: Conference, by: Actor, at: datetime) -> None:
        self.conference, self.by, self.at = conference, by, at
        self.quotas: list[QuotaFacts] = []

    # ---- finding

    def _unit(self, code: str) -> Unit:
        return db.session.scalars(select(Unit).where(Unit.code == code)).one()

    def _joined(self, code: str) -> ConferenceSite:
        site_id = db.session.scalars(select(Site.id).where(Site.code == code)).one()
        found = conference_site(self.conference.id, site_id, every_site())
        assert found is not None, "the differences were made from this conference's sites"
        return found

    # ---- adding

    def add(self, sent: Sent) -> None:
        {
            Kind.UNIT: self._add_unit,
            Kind.SITE: self._add_site,
            Kind.BLOCK: self._write_block,
            Kind.PIN: self._write_pin,
            Kind.GUEST: self._write_guest,
            Kind.QUOTA: self._write_quota,
            Kind.HALF: self._add_half,
            Kind.TOPIC: self._add_topic,
        }[sent.kind](sent.key, sent.values)

    def _add_unit(self, key: str, values: Values) -> None:
        parent = self._unit(values["parent"])
        unit = found_unit(
            code=key,
            name=values["name"],
            short_name=values["short_name"],
            kind=UNIT_WORDS[values["kind"]],
            parent=parent,
            valid_from=None,
            by=self.by,
            at=self.at,
        )
        unit.province = values["province"] or parent.province

    def _add_site(self, key: str, values: Values) -> None:
        """A site of the catalogue joins as it is and is then changed to what the row says; an unknown one is made."""
        known = db.session.scalars(select(Site).where(Site.code == key)).first()
        if known is None:
            facts = SiteFacts(
                key,
                values["name"],
                LEVEL_WORDS[values["level"]],
                values["province"],
                self._unit(values["host"]).id,
                values["address"],
            )
            known = create_site(facts=facts, hall=HallFacts(None, "", None), by=self.by, at=self.at)
        join_sites(conference=self.conference, site_ids=[known.id], by=self.by, at=self.at)
        self._change_site(key, {name: value for name, value in values.items() if value})

    def _add_half(self, key: str, values: Values) -> None:
        add_study_session(
            conference=self.conference,
            version=self.conference.version,
            facts=self._half_facts(key, values),
            by=self.by,
            at=self.at,
        )

    def _add_topic(self, key: str, values: Values) -> None:
        half = self._half(f"{values['day']}|{values['part']}")
        add_topic(
            conference=self.conference,
            version=self.conference.version,
            facts=TopicFacts(
                study_session_id=half.id,
                kind=TOPIC_WORDS[values["kind"]],
                title=values["title"],
                starts_at=self._moment(half.held_on, values["starts"]),
                ends_at=self._moment(half.held_on, values["ends"]),
                presenter=values["presenter"],
                presenter_position="",
            ),
            by=self.by,
            at=self.at,
        )

    # ---- changing, and writing what may be new or not

    def change(self, kind: Kind, key: str, values: Values) -> None:
        {
            Kind.UNIT: self._change_unit,
            Kind.SITE: self._change_site,
            Kind.BLOCK: self._write_block,
            Kind.PIN: self._write_pin,
            Kind.GUEST: self._write_guest,
            Kind.QUOTA: self._write_quota,
            Kind.HALF: self._change_half,
            Kind.TOPIC: self._change_topic,
        }[kind](key, values)

    def _note(self, action: str, subject: tuple[str, int], values: Values) -> None:
        record(by=self.by, at=self.at, action=action, subject=subject, after={"fields": sorted(values)})

    def _change_unit(self, key: str, values: Values) -> None:
        unit = self._unit(key)
        if {"name", "short_name"} & values.keys():
            rename_unit(
                unit=unit,
                was=unit.name,
                name=values.get("name", unit.name),
                short_name=values.get("short_name", unit.short_name),
                by=self.by,
                at=self.at,
            )
        if "province" in values:
            unit.province = values["province"]
            self._note("unit.bring_back", ("unit", unit.id), values)

    def _change_site(self, key: str, values: Values) -> None:
        joined = self._joined(key)
        site = joined.site
        if "name" in values:
            name = values["name"]
            site.name, site.name_folded, site.sort_key = name, fold(name), collation_key(name)
        if "level" in values:
            site.level = LEVEL_WORDS[values["level"]]
        if "host" in values:
            site.host_unit_id = self._unit(values["host"]).id
        for name in ("province", "address"):
            setattr(site, name, values.get(name, getattr(site, name)))
        contacts = {name for name in values if name == "room_url" or name.startswith(("manager_", "technician_"))}
        for name in contacts:
            setattr(joined, name, values[name])
        if {"hall", "capacity"} & values.keys():
            self._change_hall(joined, values)
        joined.version += 1
        db.session.flush()
        self._note("site.bring_back", ("site", site.id), values)

    def _change_hall(self, joined: ConferenceSite, values: Values) -> None:
        """The hall of this name, made when the site has none of it; its seats when they are given."""
        seats = int(values["capacity"]) if values.get("capacity") else None
        name = values.get("hall", joined.hall.name if joined.hall is not None else "")
        if not name:
            joined.hall_id = None
            return
        hall = db.session.scalars(select(Hall).where(Hall.site_id == joined.site_id, Hall.name == name)).first()
        if hall is None:
            seats = seats or (joined.hall.capacity if joined.hall is not None else 1)
            hall = Hall(site_id=joined.site_id, name=name, capacity=seats)
            db.session.add(hall)
            db.session.flush()
        elif seats is not None:
            hall.capacity = seats
        joined.hall_id = hall.id

    def _write_block(self, key: str, values: Values) -> None:
        code, _, name = key.partition("|")
        hall_id = self._joined(code).hall_id
        assert hall_id is not None, "a plan is taken for sites with a hall only"
        block = db.session.scalars(
            select(HallBlock).where(HallBlock.hall_id == hall_id, HallBlock.name == name)
        ).first()
        if block is None:
            last = db.session.scalar(select(func.max(HallBlock.position)).where(HallBlock.hall_id == hall_id)) or 0
            block = HallBlock(hall_id=hall_id, position=last + 1, name=name)
            db.session.add(block)
        for field, value in values.items():
            setattr(block, field, int(value))
        db.session.flush()
        self._note("hall.bring_back", ("hall", hall_id), values)

    def _write_pin(self, key: str, values: Values) -> None:
        code, _, place = key.partition("|")
        joined = self._joined(code)
        pin = db.session.scalars(
            select(SeatPin).where(SeatPin.conference_site_id == joined.id, SeatPin.place == place)
        ).first()
        if pin is None:
            pin = SeatPin(conference_site_id=joined.id, place=place)
            db.session.add(pin)
        if "number" in values:
            number = row_number(values["number"])
            ids = attendees_numbered(joined, [number]) if number is not None else {}
            pin.attendee_id = ids.get(number or 0)
        pin.note = values.get("note", pin.note or "")
        if pin.attendee_id is None and not pin.note:
            db.session.delete(pin)
        db.session.flush()
        self._note("conference_site.reserve_seats", ("conference_site", joined.id), values)

    def _write_guest(self, key: str, values: Values) -> None:
        site, _, code = key.partition("|")
        joined, unit = self._joined(site), self._unit(code)
        if is_taken_away(Kind.GUEST, values):
            seated = select(GuestUnit.id).where(GuestUnit.conference_site_id == joined.id, GuestUnit.unit_id == unit.id)
            guest_id = db.session.scalars(seated).one()
            send_guest_unit_away(joined=joined, guest_id=guest_id, by=self.by, at=self.at)
            return
        seat_guest_unit(
            joined=joined,
            unit=unit,
            quota=int(values["quota"]) if values["quota"] else None,
            by=self.by,
            at=self.at,
        )

    def _write_quota(self, key: str, values: Values) -> None:
        """Kept for the end: all quotas are written at once."""
        unit, _, category = key.partition("|")
        self.quotas.append(QuotaFacts(self._unit(unit).id, category, int(values["places"])))

    def write_quotas(self) -> None:
        set_quotas(conference=self.conference, facts=self.quotas, by=self.by, at=self.at)

    def _change_half(self, key: str, values: Values) -> None:
        half = self._half(key)
        zone = ZoneInfo(self.conference.timezone)
        now = {"starts": half.starts_at, "ends": half.ends_at}
        hours = {name: f"{moment.astimezone(zone):%H:%M}" for name, moment in now.items()}
        facts = self._half_facts(key, {**hours, **values})
        change_study_session(
            conference=self.conference,
            version=self.conference.version,
            study_session=half,
            facts=facts if "wave" in values else replace(facts, wave_id=half.wave_id),
            by=self.by,
            at=self.at,
        )

    def _change_topic(self, key: str, values: Values) -> None:
        statement: AnySelect = (
            select(Topic, StudySession, Presenter.name)
            .join(StudySession, StudySession.id == Topic.study_session_id)
            .outerjoin(Presenter, Presenter.id == Topic.presenter_id)
            .where(StudySession.conference_id == self.conference.id, Topic.id == int(key))
        )
        topic, half, presenter = db.session.execute(statement).one()
        if {"day", "part"} & values.keys():
            before = f"{half.held_on:%d/%m/%Y}", PART_OF[half.part]
            half = self._half(
                "|".join(values.get(name, was) for name, was in zip(("day", "part"), before, strict=True))
            )
        zone = ZoneInfo(self.conference.timezone)

        def moment(name: str, now: datetime) -> datetime:
            return self._moment(half.held_on, values.get(name, f"{now.astimezone(zone):%H:%M}"))

        change_topic(
            conference=self.conference,
            version=self.conference.version,
            topic=topic,
            facts=TopicFacts(
                study_session_id=half.id,
                kind=TOPIC_WORDS[values["kind"]] if "kind" in values else topic.kind,
                title=values.get("title", topic.title),
                starts_at=moment("starts", topic.starts_at),
                ends_at=moment("ends", topic.ends_at),
                presenter=values.get("presenter", presenter or ""),
                presenter_position="",
            ),
            by=self.by,
            at=self.at,
        )

    # ---- moments

    def _half(self, key: str) -> StudySession:
        day, _, part = key.partition("|")
        return db.session.scalars(
            select(StudySession).where(
                StudySession.conference_id == self.conference.id,
                StudySession.held_on == day_of(day),
                StudySession.part == PART_WORDS[part],
            )
        ).one()

    def _half_facts(self, key: str, values: Values) -> StudySessionFacts:
        day, _, part = key.partition("|")
        held_on = day_of(day)
        assert held_on is not None, "a half day is taken with a day only"
        starts, ends = (self._moment(held_on, values[name]) for name in ("starts", "ends"))
        waves = {fold(wave.title): wave.id for wave in waves_of(self.conference.id)}
        return StudySessionFacts(held_on, PART_WORDS[part], starts, ends, waves.get(fold(values.get("wave", ""))))

    def _moment(self, day: date, hour: str) -> datetime:
        return datetime.combine(day, time.fromisoformat(hour), ZoneInfo(self.conference.timezone))
