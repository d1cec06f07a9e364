"""Bridge points from lists: the sites themselves, their halls, and that they join the conference."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from conference.directory.models import Unit
from conference.foundation.db import db
from conference.foundation.text import collation_key, fold
from conference.registry.imports.bulk import allocate_ids, insert_rows, table_of
from conference.registry.imports.rules import Settled, Value, settle
from conference.registry.lists.sites import SiteEntry
from conference.sites.models import ConferenceSite, Hall, Site, SiteLevel

_LEVELS = (
    (SiteLevel.CENTRAL, ("trung uong", "trung tam", "toan quoc")),
    (SiteLevel.PROVINCIAL, ("tinh", "nganh")),
    (SiteLevel.COMMUNE, ("xa", "phuong")),
    (SiteLevel.DISTRICT, ("huyen", "quan", "thi xa")),
)


def site_level(entry: SiteEntry) -> SiteLevel:
    words = fold(entry.level_name)
    for level, signs in _LEVELS:
        if any(sign in words for sign in signs):
            return level
    return SiteLevel.DISTRICT


def said_of_site(entry: SiteEntry) -> dict[str, Value]:
    return {
        "name": entry.name,
        "level": site_level(entry).value if entry.level_name else "",
        "province": entry.province,
        "host": entry.host_code or "",
        "address": entry.hall,
        "capacity": entry.capacity,
        "manager_name": entry.manager_name,
        "manager_phone": entry.manager_phone,
        "manager_email": entry.manager_email,
    }


def hall_name(entry: SiteEntry) -> str:
    """'Cung Văn hóa Hữu nghị Việt - Xô, 91 Trần Hưng Đạo, Hà Nội' is the hall before its first comma."""
    return entry.hall.partition(",")[0].strip() or entry.name


def bring_sites(
    entries: list[SiteEntry],
    conference_id: int,
    unit_ids: dict[str, int],
    fallback_host: int,
    last: dict[int, dict[str, Value]],
) -> tuple[dict[str, int], dict[int, Settled], dict[int, dict[str, Value]]]:
    """Add new sites and let all listed ones join; change those that weren't edited since.

    Gives the ids of all sites by code, what happened to those that stood already, and what was said of each.
    """
    ids = {code: id for id, code in db.session.execute(select(Site.id, Site.code))}
    new = [entry for entry in entries if entry.code not in ids]
    ids |= dict(zip((entry.code for entry in new), allocate_ids(table_of(Site), len(new)), strict=True))
    insert_rows(
        table_of(Site),
        [
            {
                "id": ids[entry.code],
                "code": entry.code,
                "name": entry.name,
                "name_folded": fold(entry.name),
                "sort_key": collation_key(entry.name),
                "level": site_level(entry),
                "province": entry.province,
                "host_unit_id": unit_ids.get(entry.host_code or "", fallback_host),
                "address": entry.hall,
            }
            for entry in new
        ],
    )
    said = {ids[entry.code]: said_of_site(entry) for entry in entries}
    joined = _joined(conference_id)
    outcomes = _change([e for e in entries if ids[e.code] in joined], ids, unit_ids, joined, last, said)
    joining = [entry for entry in entries if ids[entry.code] not in joined]
    halls = _halls(joining, ids)
    join_sites(
        conference_id,
        [
            {
                "site_id": ids[entry.code],
                "hall_id": halls.get(ids[entry.code]),
                "manager_name": entry.manager_name,
                "manager_phone": entry.manager_phone,
                "manager_email": entry.manager_email,
            }
            for entry in joining
        ],
    )
    return ids, outcomes, said


def join_sites(conference_id: int, rows: list[dict[str, Any]]) -> None:
    """Let sites join a conference, after those that joined before."""
    at = db.session.scalar(
        select(func.max(ConferenceSite.position)).where(ConferenceSite.conference_id == conference_id)
    )
    first = (at or 0) + 1
    insert_rows(
        table_of(ConferenceSite),
        [
            {
                "conference_id": conference_id,
                "position": position,
                "hall_id": None,
                "manager_name": "",
                "manager_phone": "",
                "manager_email": "",
                "version": 1,
                **row,
            }
            for position, row in enumerate(rows, start=first)
        ],
    )


def _joined(conference_id: int) -> dict[int, ConferenceSite]:
    return {
        joined.site_id: joined
        for joined in db.session.scalars(select(ConferenceSite).where(ConferenceSite.conference_id == conference_id))
    }


def _halls(entries: list[SiteEntry], ids: dict[str, int]) -> dict[int, int]:
    """The hall of each site, made where there is none yet; a site without a stated capacity gets none."""
    known = {(site_id, name): id for id, site_id, name in db.session.execute(select(Hall.id, Hall.site_id, Hall.name))}
    found: dict[int, int] = {}
    new: list[dict[str, Any]] = []
    for entry in entries:
        site_id, name = ids[entry.code], hall_name(entry)
        if (site_id, name) in known:
            found[site_id] = known[site_id, name]
        elif entry.capacity:
            new.append({"site_id": site_id, "name": name, "capacity": entry.capacity})
    for row, id in zip(new, allocate_ids(table_of(Hall), len(new)), strict=True):
        row["id"] = id
        found[row["site_id"]] = id
    insert_rows(table_of(Hall), new)
    return found


def _change(
    entries: list[SiteEntry],
    ids: dict[str, int],
    unit_ids: dict[str, int],
    joined: dict[int, ConferenceSite],
    last: dict[int, dict[str, Value]],
    said: dict[int, dict[str, Value]],
) -> dict[int, Settled]:
    if not entries:
        return {}
    sites = {site.id: site for site in db.session.scalars(select(Site))}
    halls = {hall.id: hall for hall in db.session.scalars(select(Hall))}
    unit_codes = dict(db.session.execute(select(Unit.id, Unit.code)).all())
    outcomes: dict[int, Settled] = {}
    for entry in entries:
        site, place = sites[ids[entry.code]], joined[ids[entry.code]]
        hall = halls.get(place.hall_id or 0)
        current: dict[str, Value] = {
            "name": site.name,
            "level": site.level.value,
            "province": site.province,
            "host": unit_codes[site.host_unit_id],
            "address": site.address,
            "capacity": hall.capacity if hall else None,
            "manager_name": place.manager_name,
            "manager_phone": place.manager_phone,
            "manager_email": place.manager_email,
        }
        settled = settle(current, last.get(site.id), said[site.id])
        for change in settled.updates:
            _set(site, place, hall, change.field, change.after, unit_ids)
        if settled.updates or settled.kept:
            outcomes[site.id] = settled
    db.session.flush()
    return outcomes


def _set(
    site: Site, place: ConferenceSite, hall: Hall | None, field: str, value: Value, unit_ids: dict[str, int]
) -> None:
    text = str(value)
    if field == "name":
        site.name, site.name_folded, site.sort_key = text, fold(text), collation_key(text)
    elif field == "level":
        site.level = SiteLevel(text)
    elif field == "province":
        site.province = text
    elif field == "host":
        site.host_unit_id = unit_ids.get(text, site.host_unit_id)
    elif field == "address":
        site.address = text
    elif field == "capacity" and hall is not None and isinstance(value, int):
        hall.capacity = value
    elif field.startswith("manager_"):
        setattr(place, field, text)
        place.version += 1
