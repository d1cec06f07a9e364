"""Bridge points, and which of them join a conference with which hall, host and guests."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.directory.models import Unit
from conference.foundation.db import Bytewise, db
from conference.planning.models import Conference, PlanRelease


class SiteLevel(StrEnum):
    CENTRAL = "central"
    PROVINCIAL = "provincial"
    DISTRICT = "district"
    COMMUNE = "commune"


class Site(db.Model):
    """A place that can be linked in, conference after conference."""

    __tablename__ = "sites"
    __table_args__ = (Index("ix_sites_name_folded", "name_folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    name_folded: Mapped[str] = mapped_column(Bytewise)
    sort_key: Mapped[str] = mapped_column(Bytewise)
    level: Mapped[SiteLevel]
    province: Mapped[str] = mapped_column(Text, default="")
    host_unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    address: Mapped[str] = mapped_column(Text, default="")

    host_unit: Mapped[Unit] = relationship(lazy="raise")
    halls: Mapped[list[Hall]] = relationship(lazy="raise", back_populates="site")


class Hall(db.Model):
    __tablename__ = "halls"
    __table_args__ = (
        UniqueConstraint("site_id", "name"),
        CheckConstraint("capacity > 0", name="has_seats"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    name: Mapped[str] = mapped_column(Text)
    capacity: Mapped[int]

    site: Mapped[Site] = relationship(lazy="raise", back_populates="halls")


class HallBlock(db.Model):
    """A khu of a hall: rows of equally many seats. A hall without any has no plan of seats."""

    __tablename__ = "hall_blocks"
    __table_args__ = (UniqueConstraint("hall_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    hall_id: Mapped[int] = mapped_column(ForeignKey("halls.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    rows: Mapped[int]
    seats_per_row: Mapped[int]


class ConferenceSite(db.Model):
    """A site that joins a conference."""

    __tablename__ = "conference_sites"
    __table_args__ = (UniqueConstraint("conference_id", "site_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_id: Mapped[int] = mapped_column(ForeignKey("conferences.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    hall_id: Mapped[int | None] = mapped_column(ForeignKey("halls.id"), index=True)
    position: Mapped[int]  # order in lists: as the organiser's own list has it
    manager_name: Mapped[str] = mapped_column(Text, default="")
    manager_phone: Mapped[str] = mapped_column(Text, default="")
    manager_email: Mapped[str] = mapped_column(Text, default="")
    technician_name: Mapped[str] = mapped_column(Text, default="", server_default="")
    technician_phone: Mapped[str] = mapped_column(Text, default="", server_default="")
    room_url: Mapped[str] = mapped_column(Text, default="", server_default="")  # where the site joins the video link
    version: Mapped[int] = mapped_column(default=1, server_default="1")  # raised by each save on screen

    conference: Mapped[Conference] = relationship(lazy="raise")
    site: Mapped[Site] = relationship(lazy="raise")
    hall: Mapped[Hall | None] = relationship(lazy="raise")
    guest_units: Mapped[list[GuestUnit]] = relationship(lazy="raise", back_populates="conference_site")


class GuestUnit(db.Model):
    """A unit that sits at a site it does not host, with the seats it was given."""

    __tablename__ = "guest_units"
    __table_args__ = (UniqueConstraint("conference_site_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conference_site_id: Mapped[int] = mapped_column(ForeignKey("conference_sites.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    quota: Mapped[int | None]

    conference_site: Mapped[ConferenceSite] = relationship(lazy="raise", back_populates="guest_units")
    unit: Mapped[Unit] = relationship(lazy="raise")


class ReleasedPlace(db.Model):
    """A site as a release of the plan named it to people."""

    __tablename__ = "released_places"

    release_id: Mapped[int] = mapped_column(ForeignKey(PlanRelease.id), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    province: Mapped[str] = mapped_column(Text)
    hall: Mapped[str] = mapped_column(Text)
    host_name: Mapped[str] = mapped_column(Text)
    host_phone: Mapped[str] = mapped_column(Text)
