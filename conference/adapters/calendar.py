"""iCalendar files (RFC 5545, 5546): an invitation, its change, its withdrawal, and feeds to subscribe to."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from conference.foundation.calendar import Calendar, CalendarEvent, Mailbox, Method

if TYPE_CHECKING:
    import icalendar  # 90 modules: only a process that writes a calendar loads them

PRODUCT = "-//Diem Cau//Conferences//VI"
REFRESH_AFTER = timedelta(hours=4)


@lru_cache(maxsize=16)
def _timezone(name: str) -> icalendar.Timezone:
    """The VTIMEZONE of a zone: made once, since making it costs thirty times what an invitation does."""
    import icalendar

    return icalendar.Timezone.from_tzinfo(ZoneInfo(name))


def write_calendar(calendar: Calendar) -> bytes:
    """The bytes of the .ics file."""
    import icalendar

    zone = ZoneInfo(calendar.timezone)
    whole = icalendar.Calendar()
    whole.add("prodid", PRODUCT)
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", calendar.method.value)
    if calendar.method is Method.PUBLISH:
        whole.add("x-wr-calname", calendar.name)
        whole.add("name", calendar.name)
        whole.add("refresh-interval", REFRESH_AFTER, parameters={"value": "DURATION"})
    whole.add_component(_timezone(calendar.timezone))
    for event in calendar.events:
        whole.add_component(_event(event, zone, calendar.method))
    return bytes(whole.to_ical())


def _event(event: CalendarEvent, zone: ZoneInfo, method: Method) -> icalendar.Event:
    import icalendar

    written = icalendar.Event()
    cancelled = event.is_cancelled or method is Method.CANCEL
    written.add("uid", event.uid)
    written.add("dtstamp", event.changed_at)
    written.add("sequence", event.sequence)
    written.add("dtstart", _local(event.starts_at, zone))
    written.add("dtend", _local(event.ends_at, zone))
    written.add("summary", event.summary)
    written.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    written.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    for name, value in (("location", event.location), ("description", event.description), ("url", event.url)):
        if value:
            written.add(name, value)
    if event.organizer:
        written.add("organizer", _mailbox(event.organizer))
    if event.attendee:
        who = _mailbox(event.attendee)
        who.params["role"] = icalendar.vText("REQ-PARTICIPANT")
        who.params["partstat"] = icalendar.vText("NEEDS-ACTION")
        who.params["rsvp"] = icalendar.vText("FALSE")
        written.add("attendee", who)
    return written


def _mailbox(box: Mailbox) -> icalendar.vCalAddress:
    import icalendar

    address = icalendar.vCalAddress(f"mailto:{box.address}")
    address.params["cn"] = icalendar.vText(box.name.replace('"', "'"))
    return address


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(microsecond=0)
