"""Who is in charge of a site, by name and telephone: forgotten with the person or the account that they are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from conference.directory.models import Person
from conference.foundation.actor import Actor
from conference.foundation.db import db
from conference.foundation.text import fold, phone_digits
from conference.planning.models import PlanRelease
from conference.registry.imports.findings import forget_findings
from conference.registry.imports.models import ImportBatch, ImportChange, ImportedValue, ImportFile
from conference.registry.imports.rules import Subject
from conference.releases.actions import digest_anew
from conference.sites.models import ConferenceSite, ReleasedPlace

MANAGER = ("manager_name", "manager_phone", "manager_email")


@dataclass(frozen=True)
class Known:
    """By what somebody is known as the host or technician of a site: the name, and one thing besides."""

    name_folded: str
    phone: str | None = None
    email: str | None = None
    sites: Collection[int] = ()

    def is_host(self, name: str, phone: str, email: str, site_id: int) -> bool:
        if fold(name) != self.name_folded:
            return False
        same_phone = self.phone is not None and phone_digits(phone) == self.phone
        same_email = self.email is not None and email.casefold() == self.email.casefold()
        return same_phone or same_email or site_id in self.sites


def as_host(person: Person) -> Known:
    """Whoever is called may be in charge of a site as well, there or at another conference."""
    return Known(person.name_folded, phone=person.phone_digits, email=person.email)


@dataclass(frozen=True)
class Forgotten:
    """Conferences at whose sites they stood, and the uploaded lists that name them there."""

    conferences: tuple[int, ...] = ()
    lists: tuple[str, ...] = ()


def places_of(known: Known) -> list[ConferenceSite]:
    """Every site of a conference that names them."""
    return [
        joined
        for joined in db.session.scalars(
            select(ConferenceSite)
            .where((ConferenceSite.manager_name != "") | (ConferenceSite.technician_name != ""))
            .order_by(ConferenceSite.id)
        )
        if _is_manager(known, joined) or _is_technician(known, joined)
    ]


def _is_manager(known: Known, joined: ConferenceSite) -> bool:
    return known.is_host(joined.manager_name, joined.manager_phone, joined.manager_email, joined.site_id)


def _is_technician(known: Known, joined: ConferenceSite) -> bool:
    return known.is_host(joined.technician_name, joined.technician_phone, "", joined.site_id)


def forget_host(known: Known, *, by: Actor, at: datetime) -> Forgotten:
    """Take them off every site: of the working plan, of what was released, and of the lists that brought them.

    Each release that named them gets a new digest, in the journal beside the one it was given out with.
    """
    places = places_of(known)
    _forget_released(known, places, by, at)
    for joined in places:
        if _is_manager(known, joined):
            joined.manager_name = joined.manager_phone = joined.manager_email = ""
        if _is_technician(known, joined):
            joined.technician_name = joined.technician_phone = ""
        joined.version += 1
        _forget_imported(joined)
    db.session.flush()
    conferences = tuple(sorted({joined.conference_id for joined in places}))
    batches = db.session.scalars(select(ImportBatch.id).where(ImportBatch.conference_id.in_(conferences))).all()
    for batch_id in batches:
        forget_findings(batch_id)
    lists = db.session.scalars(select(ImportFile.stored_as).where(ImportFile.batch_id.in_(batches)))
    return Forgotten(conferences, tuple(lists))


def _forget_released(known: Known, places: Collection[ConferenceSite], by: Actor, at: datetime) -> None:
    here = {(joined.conference_id, joined.site_id) for joined in places}
    rows = db.session.execute(
        select(ReleasedPlace, PlanRelease)
        .join(PlanRelease, PlanRelease.id == ReleasedPlace.release_id)
        .where(ReleasedPlace.host_name != "")
        .order_by(ReleasedPlace.release_id)
    )
    changed: dict[int, PlanRelease] = {}
    for place, release in rows:
        is_here = (release.conference_id, place.site_id) in here and fold(place.host_name) == known.name_folded
        if is_here or known.is_host(place.host_name, place.host_phone, "", place.site_id):
            place.host_name = place.host_phone = ""
            changed[release.id] = release
    db.session.flush()
    for release in changed.values():
        digest_anew(release, by=by, at=at)


def _forget_imported(joined: ConferenceSite) -> None:
    of_site = (ImportedValue.subject == Subject.SITE) & (ImportedValue.subject_id == joined.site_id)
    for value in db.session.scalars(
        select(ImportedValue).where(of_site, ImportedValue.conference_id == joined.conference_id)
    ):
        value.said = {**value.said, **{name: "" for name in MANAGER if name in value.said}}
    db.session.execute(
        delete(ImportChange)
        .where(
            ImportChange.subject == Subject.SITE,
            ImportChange.subject_id == joined.site_id,
            ImportChange.field.in_(MANAGER),
        )
        .execution_options(synchronize_session=False)
    )
