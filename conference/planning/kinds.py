"""What a kind of conference usually needs: the modules that are on when it is made. A person may change any of it."""

from __future__ import annotations

from collections.abc import Mapping

from conference.planning.models import ConferenceKind
from conference.planning.modules import Module

NAMING, CHECKIN, SEATS = Module.NAMING, Module.CHECKIN, Module.SEATS

USUAL: Mapping[ConferenceKind, frozenset[Module]] = {
    ConferenceKind.STUDY: frozenset(Module),
    ConferenceKind.HALL: frozenset({NAMING, CHECKIN, SEATS}),
    ConferenceKind.DIALOGUE: frozenset({NAMING, CHECKIN}),
    ConferenceKind.STAFF: frozenset({NAMING, CHECKIN}),
    ConferenceKind.WORKSHOP: frozenset({NAMING, CHECKIN, Module.ONLINE}),
    ConferenceKind.COMMITTEE: frozenset({CHECKIN, SEATS}),  # its members are known: nobody names them anew
    ConferenceKind.COURSE: frozenset(Module) - {SEATS},
}
