"""Where a conference takes place, as people are told it: of its last release, or of the working plan before any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, insert, select

from conference.foundation.db import db
from conference.foundation.paging import AnySelect
from conference.sites.models import ConferenceSite, Hall, ReleasedPlace, Site


@dataclass(frozen=True)
class Place:
    """A site with its hall and whom to call there."""

    site_id: int
    name: str
    address: str
    province: str
    hall: str
    host_name: str
    host_phone: str

    @property
    def hall_words(self) -> str:
        """The hall's name, unless the address begins with it."""
        return "" if self.address.startswith(self.hall) else self.hall

    @property
    def words(self) -> str:
        parts = [self.hall_words, self.name, self.address or self.province]
        return ", ".join(part for part in parts if part)


def _now(conference_id: int) -> AnySelect:
    return (
        select(
            Site.id.label("site_id"),
            Site.name,
            Site.address,
            Site.province,
            Hall.name.label("hall"),
            ConferenceSite.manager_name.label("host_name"),
            ConferenceSite.manager_phone.label("host_phone"),
        )
        .outerjoin(
            ConferenceSite,
            and_(ConferenceSite.site_id == Site.id, ConferenceSite.conference_id == conference_id),
        )
        .outerjoin(Hall, Hall.id == ConferenceSite.hall_id)
    )


def _released(release_id: int) -> AnySelect:
    return select(
        ReleasedPlace.site_id,
        ReleasedPlace.name,
        ReleasedPlace.address,
        ReleasedPlace.province,
        ReleasedPlace.hall,
        ReleasedPlace.host_name,
        ReleasedPlace.host_phone,
    ).where(ReleasedPlace.release_id == release_id)


def _places(statement: AnySelect) -> dict[int, Place]:
    return {
        row.site_id: Place(
            row.site_id,
            row.name,
            row.address,
            row.province,
            row.hall or "",
            row.host_name or "",
            row.host_phone or "",
        )
        for row in db.session.execute(statement)
    }


def places_now(conference_id: int) -> dict[int, Place]:
    """The places of the working plan by site, in the organiser's order."""
    return _places(
        _now(conference_id).where(ConferenceSite.id.is_not(None)).order_by(ConferenceSite.position, ConferenceSite.id)
    )


def places_released(release_id: int) -> dict[int, Place]:
    return _places(_released(release_id))


def place_told(conference_id: int, release_id: int | None, site_id: int) -> Place | None:
    """One site as people are told it. A site that joined since the release is told as it is now."""
    if release_id is not None:
        told = _places(_released(release_id).where(ReleasedPlace.site_id == site_id))
        if told:
            return told[site_id]
    return _places(_now(conference_id).where(Site.id == site_id)).get(site_id)


def keep_places(release_id: int, places: Sequence[Place]) -> None:
    """Write down the places of a release."""
    if places:
        db.session.execute(
            insert(ReleasedPlace),
            [
                {
                    "release_id": release_id,
                    "site_id": place.site_id,
                    "name": place.name,
                    "address": place.address,
                    "province": place.province,
                    "hall": place.hall,
                    "host_name": place.host_name,
                    "host_phone": place.host_phone,
                }
                for place in places
            ],
        )
