"""Bringing an edited workbook back: only what differs, through the same changes as on the screen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from conference.directory.actions import rename_unit
from conference.directory.models import Unit
from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.journal import record
from conference.foundation.paging import AnySelect
from conference.foundation.text import collation_key, fold
from conference.planning.actions import change_topic, programme_changed
from conference.planning.drafts import TopicFacts
from conference.planning.models import Conference, ConferenceState, Presenter, StudySession, Topic
from conference.registry.workbook.rules import LEVEL_WORDS, Change, Differences, Kind, Sent
from conference.sites.actions import HallFacts, SiteFacts, create_site, join_sites, seat_guest_unit
from conference.sites.models import ConferenceSite, Hall, HallBlock, Site, SiteLevel
from conference.sites.queries import conference_site, every_site


def bring_back(
    *, conference: Conference, differences: Differences, take: Collection[str], by: Actor, at: datetime
) -> int:
    """Carry out the differences of a workbook; of those edited on the screen too, only the ones named in ``take``.

    Nothing is taken away. Gives how many cells and rows were changed.
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
    db.session.flush()
    done = sum(map(len, wanted.values())) + len(differences.new)
    if done and conference.state is ConferenceState.PUBLISHED:
        programme_changed.announce(conference_id=conference.id)
    return done


class _Writer:
    def __init__(self, conference: Conference, by: Actor, at: datetime) -> None:
        self.conference, self.by, self.at = conference, by, at

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
        if sent.kind is Kind.SITE:
            self._add_site(sent)
        elif sent.kind is Kind.BLOCK:
            self._add_block(sent)
        else:
            site, _, unit = sent.key.partition("|")
            self._seat_guests(site, unit, sent.values["quota"])

    def _add_site(self, sent: Sent) -> None:
        """A site of the catalogue joins as it is and is then changed to what the row says; an unknown one is made."""
        values = sent.values
        known = db.session.scalars(select(Site).where(Site.code == sent.key)).first()
        if known is None:
            facts = SiteFacts(
                sent.key,
                values["name"],
                SiteLevel(LEVEL_WORDS[values["level"]]),
                values["province"],
                self._unit(values["host"]).id,
                values["address"],
            )
            known = create_site(facts=facts, hall=HallFacts(None, "", None), by=self.by, at=self.at)
        join_sites(conference=self.conference, site_ids=[known.id], by=self.by, at=self.at)
        self.change(Kind.SITE, sent.key, {name: value for name, value in values.items() if value})

    def _add_block(self, sent: Sent) -> None:
        code, _, name = sent.key.partition("|")
        hall_id = self._joined(code).hall_id
        last = db.session.scalar(select(func.max(HallBlock.position)).where(HallBlock.hall_id == hall_id)) or 0
        db.session.add(
            HallBlock(
                hall_id=hall_id,
                position=last + 1,
                name=name,
                rows=int(sent.values["rows"]),
                seats_per_row=int(sent.values["seats_per_row"]),
            )
        )
        db.session.flush()
        record(by=self.by, at=self.at, action="hall.add_block", subject=("hall", hall_id))

    def _seat_guests(self, site: str, unit: str, quota: str) -> None:
        seat_guest_unit(
            joined=self._joined(site),
            unit=self._unit(unit),
            quota=int(quota) if quota else None,
            by=self.by,
            at=self.at,
        )

    # ---- changing

    def change(self, kind: Kind, key: str, values: dict[str, str]) -> None:
        {
            Kind.UNIT: self._change_unit,
            Kind.SITE: self._change_site,
            Kind.BLOCK: self._change_block,
            Kind.GUEST: self._change_guest,
            Kind.TOPIC: self._change_topic,
        }[kind](key, values)

    def _note(self, action: str, subject: tuple[str, int], values: dict[str, str]) -> None:
        record(by=self.by, at=self.at, action=action, subject=subject, after={"fields": sorted(values)})

    def _change_unit(self, key: str, values: dict[str, str]) -> None:
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

    def _change_site(self, key: str, values: dict[str, str]) -> None:
        joined = self._joined(key)
        site = joined.site
        if "name" in values:
            name = values["name"]
            site.name, site.name_folded, site.sort_key = name, fold(name), collation_key(name)
        if "level" in values:
            site.level = SiteLevel(LEVEL_WORDS[values["level"]])
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

    def _change_hall(self, joined: ConferenceSite, values: dict[str, str]) -> None:
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

    def _change_block(self, key: str, values: dict[str, str]) -> None:
        code, _, name = key.partition("|")
        block = db.session.scalars(
            select(HallBlock).where(HallBlock.hall_id == self._joined(code).hall_id, HallBlock.name == name)
        ).one()
        for field, value in values.items():
            setattr(block, field, int(value))
        self._note("hall.bring_back", ("hall", block.hall_id), values)

    def _change_guest(self, key: str, values: dict[str, str]) -> None:
        site, _, unit = key.partition("|")
        self._seat_guests(site, unit, values["quota"])

    def _change_topic(self, key: str, values: dict[str, str]) -> None:
        statement: AnySelect = (
            select(Topic, StudySession, Presenter.name)
            .join(StudySession, StudySession.id == Topic.study_session_id)
            .outerjoin(Presenter, Presenter.id == Topic.presenter_id)
            .where(StudySession.conference_id == self.conference.id, Topic.id == int(key))
        )
        topic, half, presenter = db.session.execute(statement).one()
        zone = ZoneInfo(self.conference.timezone)

        def moment(name: str, now: datetime) -> datetime:
            return datetime.combine(half.held_on, time.fromisoformat(values[name]), zone) if name in values else now

        change_topic(
            conference=self.conference,
            version=self.conference.version,
            topic=topic,
            facts=TopicFacts(
                study_session_id=topic.study_session_id,
                kind=topic.kind,
                title=values.get("title", topic.title),
                starts_at=moment("starts", topic.starts_at),
                ends_at=moment("ends", topic.ends_at),
                presenter=values.get("presenter", presenter or ""),
                presenter_position="",
            ),
            by=self.by,
            at=self.at,
        )
