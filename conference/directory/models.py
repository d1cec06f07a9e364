"""Units and people: who exists, under which name, since when."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from conference.foundation.db import Bytewise, db


class Sex(StrEnum):
    MALE = "male"
    FEMALE = "female"


class UnitKind(StrEnum):
    """What sort of body a unit is; how deep it stands in the tree is its ``level``."""

    CENTRAL = "central"
    SECTOR = "sector"
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    GRASSROOTS = "grassroots"
    OTHER = "other"


class Unit(db.Model):
    """A body of the union. Mergers close it and name a successor; it is never deleted."""

    __tablename__ = "units"
    __table_args__ = (Index("ix_units_path", "path"), Index("ix_units_name_folded", "name_folded"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    short_name: Mapped[str] = mapped_column(Text, default="")
    name_folded: Mapped[str] = mapped_column(Bytewise)
    sort_key: Mapped[str] = mapped_column(Bytewise)
    kind: Mapped[UnitKind]
    level: Mapped[int]  # 1 is the central body; counted from the root
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    path: Mapped[str] = mapped_column(Bytewise)  # '/1/20/35/': the ids from the root to the unit itself
    province: Mapped[str] = mapped_column(Text, default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))

    parent: Mapped[Unit | None] = relationship(lazy="raise", foreign_keys=parent_id, remote_side=id)


class Person(db.Model):
    """Someone who is called to conferences. The name is kept as typed, in NFC."""

    __tablename__ = "people"
    __table_args__ = (
        Index("ix_people_name_folded", "name_folded"),
        Index("ix_people_sort_key", "sort_key"),
        Index("ix_people_phone_digits", "phone_digits"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    full_name: Mapped[str] = mapped_column(Text)
    name_folded: Mapped[str] = mapped_column(Bytewise)
    sort_key: Mapped[str] = mapped_column(Bytewise)
    birth_date: Mapped[date | None]
    birth_year: Mapped[int | None]
    sex: Mapped[Sex | None]
    position: Mapped[str] = mapped_column(Text, default="")
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    phone: Mapped[str | None] = mapped_column(Text)  # as typed
    phone_digits: Mapped[str | None] = mapped_column(Text)  # ten digits, for matching
    email: Mapped[str | None] = mapped_column(Text)

    unit: Mapped[Unit] = relationship(lazy="raise")
