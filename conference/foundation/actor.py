"""Who does something: an account, an attendee, a device, another program, the system itself, or nobody yet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    ACCOUNT = "account"
    ATTENDEE = "attendee"
    DEVICE = "device"
    SERVICE = "service"
    SYSTEM = "system"
    NOBODY = "nobody"


class Role(StrEnum):
    """What an actor may do. ``ANYONE`` marks what is public; nobody holds it."""

    ANYONE = "anyone"
    ADMIN = "admin"
    ORGANIZER = "organizer"
    UNIT_OFFICER = "unit_officer"
    SITE_HOST = "site_host"
    SCANNER = "scanner"
    GRADER = "grader"
    LEADER = "leader"
    ATTENDEE = "attendee"
    DEVICE = "device"
    SERVICE = "service"


class ScopeKind(StrEnum):
    ALL = "all"
    CONFERENCE = "conference"
    UNIT = "unit"
    SITE = "site"


@dataclass(frozen=True)
class Scope:
    """One role over one thing: ``(SITE_HOST, SITE, 17)``; ``ALL`` has no id."""

    role: Role
    kind: ScopeKind
    id: int | None = None


@dataclass(frozen=True)
class Actor:
    kind: ActorKind
    id: int | None = None
    scopes: frozenset[Scope] = frozenset()

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(scope.role for scope in self.scopes)

    def ids(self, role: Role, kind: ScopeKind) -> frozenset[int]:
        """The things of a kind over which the actor holds a role."""
        return frozenset(s.id for s in self.scopes if s.role is role and s.kind is kind and s.id is not None)

    def holds(self, role: Role, kind: ScopeKind, id: int) -> bool:
        """True when the role reaches this thing, directly or because it reaches everything."""
        return Scope(role, ScopeKind.ALL) in self.scopes or Scope(role, kind, id) in self.scopes

    def holds_everywhere(self, role: Role) -> bool:
        return Scope(role, ScopeKind.ALL) in self.scopes


NOBODY = Actor(ActorKind.NOBODY)
SYSTEM = Actor(ActorKind.SYSTEM)
