"""The words of differences between plans: on the screen, and in the letter to one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conference.planning.given import GivenSession, GivenTopic
from conference.planning.words import PARTS
from conference.registry.rules import place_name
from conference.releases.rules import Change, ChangeKind, Plan, Seat, concerns
from conference.sites.places import Place
from conference.web import filters
from conference.web.words import _


@dataclass(frozen=True)
class Line:
    """A difference as a person reads it: what it is about, what was and what is."""

    what: str
    was: str = ""
    now: str = ""


PROGRAMME = frozenset(kind for kind in ChangeKind if kind.value.startswith(("title", "session", "topic", "presenter")))
SITES = frozenset(
    {
        ChangeKind.SITE_JOINED,
        ChangeKind.SITE_LEFT,
        ChangeKind.PLACE_CHANGED,
        ChangeKind.HALL_CHANGED,
        ChangeKind.HOST_CHANGED,
    }
)


def names_of(*plans: Plan) -> dict[int, str]:
    """What the sites of these plans are called; the later plan's word wins."""
    return {id: place_name(place.name) for plan in plans for id, place in plan.places.items()}


def line_of(change: Change, names: Mapping[int, str]) -> Line:
    """The words of a difference."""
    if change.kind is ChangeKind.TITLE:
        return Line(_("Tên hội nghị"), change.before, change.after)
    if change.kind in PROGRAMME:
        return _of_session(change) if change.kind.value.startswith("session") else _of_topic(change)
    return _of_place(change) if change.kind in SITES else _of_people(change, names)


def _half(one: GivenSession) -> str:
    return f"{PARTS[one.part]} {filters.day(one.held_on)}"


def _hours(one: GivenSession | GivenTopic) -> str:
    return f"{filters.clock(one.starts_at)}–{filters.clock(one.ends_at)}"


def _of_session(change: Change) -> Line:
    before: GivenSession | None = change.before
    after: GivenSession | None = change.after
    if change.kind is ChangeKind.SESSION_WAVE and before is not None and after is not None:
        return Line(_("Ai dự, %(half)s", half=_half(after)), _whose(before), _whose(after))
    if before is None or after is None:
        return Line(
            _("Thêm buổi") if before is None else _("Bỏ buổi"),
            f"{_half(before)}, {_hours(before)}" if before else "",
            f"{_half(after)}, {_hours(after)}" if after else "",
        )
    if (before.held_on, before.part) != (after.held_on, after.part):
        return Line(_("Đổi buổi"), f"{_half(before)}, {_hours(before)}", f"{_half(after)}, {_hours(after)}")
    if (before.starts_at, before.ends_at) == (after.starts_at, after.ends_at):
        return Line(
            _("Giờ mở cửa, %(half)s", half=_half(after)),
            filters.clock(before.doors_open_at),
            filters.clock(after.doors_open_at),
        )
    return Line(_half(after), _hours(before), _hours(after))


def _whose(one: GivenSession) -> str:
    return one.wave.title if one.wave else _("mọi đại biểu")


def _of_topic(change: Change) -> Line:
    before: GivenTopic | None = change.before
    after: GivenTopic | None = change.after
    if after is None or before is None:
        return Line(
            _("Thêm mục") if before is None else _("Bỏ mục"),
            f"{_hours(before)} {before.title}" if before else "",
            f"{_hours(after)} {after.title}" if after else "",
        )
    if change.kind is ChangeKind.TOPIC_MOVED:
        return Line(after.title, _when(before, after), _when(after, before))
    if change.kind is ChangeKind.TOPIC_RENAMED:
        return Line(_("Tên mục lúc %(hour)s", hour=filters.clock(after.starts_at)), before.title, after.title)
    return Line(_("Báo cáo viên, %(title)s", title=after.title), _who(before), _who(after))


def _when(one: GivenTopic, other: GivenTopic) -> str:
    """The hours, with the day where the two are on different days."""
    on_another_day = filters.day(one.starts_at) != filters.day(other.starts_at)
    return f"{_hours(one)} {filters.day(one.starts_at)}" if on_another_day else _hours(one)


def _who(topic: GivenTopic) -> str:
    if topic.presenter is None:
        return _("chưa có")
    return ", ".join(part for part in (topic.presenter.name, topic.presenter.position) if part)


def _of_place(change: Change) -> Line:
    before: Place | None = change.before
    after: Place | None = change.after
    if after is None or before is None:
        what = _("Thêm điểm cầu") if before is None else _("Bỏ điểm cầu")
        return Line(what, place_name(before.name) if before else "", place_name(after.name) if after else "")
    name = place_name(after.name)
    if change.kind is ChangeKind.PLACE_CHANGED:
        return Line(_("Địa chỉ, %(site)s", site=name), _address(before), _address(after))
    if change.kind is ChangeKind.HALL_CHANGED:
        nothing = _("chưa có")
        return Line(_("Hội trường, %(site)s", site=name), before.hall or nothing, after.hall or nothing)
    return Line(_("Phụ trách, %(site)s", site=name), _host(before), _host(after))


def _address(place: Place) -> str:
    return ", ".join(part for part in (place.name, place.address, place.province) if part)


def _host(place: Place) -> str:
    return " · ".join(part for part in (place.host_name, filters.phone(place.host_phone)) if part) or _("chưa có")


def _of_people(change: Change, names: Mapping[int, str]) -> Line:
    if change.kind is ChangeKind.PEOPLE_MOVED:
        return Line(_("Chuyển điểm cầu"), names.get(change.subject, ""), names.get(change.target, ""))
    if change.kind is ChangeKind.WAVE_CHANGED:
        return Line(_("Đổi đợt"), change.before or _("chưa có đợt"), change.after or _("chưa có đợt"))
    if change.kind is ChangeKind.SEATS_CHANGED:
        return Line(_("Đổi chỗ ngồi"), "", names.get(change.subject, ""))
    if change.kind is ChangeKind.PEOPLE_ADDED:
        return Line(_("Mới được triệu tập"))
    return Line(_("Thôi triệu tập"))


# ---- to one person


def sentences_for(before: Seat | None, after: Seat, changes: Sequence[Change], plan: Plan, former: Plan) -> list[str]:
    """What is different for somebody who sat here and sits there, one sentence each."""
    own = [
        change for change in changes if change.kind in PROGRAMME | SITES and concerns(change, before or after, after)
    ]
    said = [_sentence(line_of(change, {})) for change in own]
    names = names_of(former, plan)
    if before is not None and before.site_id != after.site_id:
        said.insert(0, _sentence(Line(_("Điểm cầu"), names.get(before.site_id, ""), names.get(after.site_id, ""))))
    elif before is not None and before.wave_id == after.wave_id and before.seat != after.seat:
        said.insert(0, _sentence(Line(_("Chỗ ngồi"), before.seat or _("chưa có"), after.seat or _("chưa xếp"))))
    elif before is None:
        said.append(_sentence(Line(_("Điểm cầu"), "", names.get(after.site_id, ""))))
    if before is not None and before.wave_id != after.wave_id:
        said.insert(0, _sentence(Line(_("Đợt"), _wave(before, former), _wave(after, plan))))
    return said


def _wave(seat: Seat, plan: Plan) -> str:
    """A wave with the hours of its first study session, for somebody who comes on another day now."""
    own = [one for one in plan.study_sessions if one.wave and one.wave.id == seat.wave_id]
    if not own:
        return _("chưa có đợt")
    first = own[0]
    return _(
        "%(wave)s, từ %(hour)s ngày %(day)s",
        wave=_whose(first),
        hour=filters.clock(first.starts_at),
        day=filters.day(first.held_on),
    )


def _sentence(line: Line) -> str:
    if line.was and line.now:
        return _("%(what)s: trước là %(was)s, nay là %(now)s.", what=line.what, was=line.was, now=line.now)
    return f"{line.what}: {line.was or line.now}."
