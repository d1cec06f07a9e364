"""Values that are made by the ten thousand a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def value(cls: type[T]) -> type[T]:
    """A dataclass with slots that the type checker holds unchangeable. The interpreter does not: there, freezing
    makes each one three times as dear. A hash of the class's own stands; else all fields are hashed."""
    return dataclass(slots=True, unsafe_hash="__hash__" not in cls.__dict__)(cls)
