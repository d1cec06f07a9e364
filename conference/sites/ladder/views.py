"""How ready the sites are: all of them rung by rung, one site and what is asked of it now, and what is asked at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, Subquery, and_

from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.db import transaction
from conference.foundation.errors import DomainError
from conference.foundation.paging import Ask
from conference.planning.entry import enter_conference, enter_to_change
from conference.planning.models import Conference
from conference.planning.modules import Module
from conference.planning.views import CHANGERS
from conference.sites import access as sites_access
from conference.sites import provinces
from conference.sites import queries as sites
from conference.sites import views as area
from conference.sites.ladder import access, actions, forms, queries, rules, words
from conference.sites.ladder.queries import Ladder, Sources
from conference.sites.ladder.rules import Rung, Standing
from conference.sites.models import ConferenceSite
from conference.sites.rehearsals import queries as rehearsals
from conference.sites.views import READERS
from conference.sites.views import bp as bp  # one blueprint for the area's pages
from conference.web.forms import Form
from conference.web.guard import allow, may_enter
from conference.web.paging import ask_from_request
from conference.web.words import _

FILTERS = ("q", "province", "level", "state", "lack", "door", "rung", "stand")
CountedBySite = Callable[[int | None], Subquery]
CLIMBERS = (*CHANGERS, Role.SITE_HOST)


def know_counts_by(app: Flask, counted_by_site: CountedBySite) -> None:
    """Tell this area how many people a later one has counted at each site in a study session."""
    app.extensions["counted_by_site"] = counted_by_site


def ladder_of(conference: Conference) -> Ladder:
    first = queries.first_session(conference)
    counted: Subquery = current_app.extensions["counted_by_site"](first.id if first else None)
    return Ladder(
        conference_id=conference.id,
        rules=queries.rules_of(conference.id),
        opens_at=first.doors_open_at if first else None,
        starts_at=first.starts_at if first else None,
        at=clock.now(),
        sources=Sources(area.called_of(conference), area.doors_of(conference), counted),
        rungs=rungs_of(conference),
        rehearsed_at=max(
            (one.ends_at for one in rehearsals.rehearsals_of(conference.id) if one.is_for_all), default=None
        ),
    )


def how_many_behind(conference: Conference) -> dict[Rung, int]:
    """At how many sites each rung that is asked is not climbed yet."""
    ladder, every = ladder_of(conference), sites.every_site()
    total = sites.count_sites(conference.id, every, ladder.sources.called).sites
    return {rung: total - counted.done for rung, counted in queries.count_rungs(ladder, every).items()}


def rungs_of(conference: Conference) -> list[Rung]:
    return [rung for rung in Rung if conference.uses(Module.CHECKIN) or rung not in rules.OF_COUNTING]


def items_of(conference: Conference) -> list[tuple[str, str]]:
    """The lines of the conference's checklist: its own, or the usual ones."""
    return queries.own_items(conference.id) or [(key, str(title)) for key, title in words.USUAL_ITEMS]


def _asked(conference: Conference, ladder: Ladder) -> tuple[ColumnElement[bool], Ask]:
    """Which sites this address asks for: those that may be seen, narrowed to how a rung stands there."""
    visible, ask = sites_access.visible_sites(g.actor, conference), ask_from_request(*FILTERS)
    rung, stand = ask.query.get("rung", ""), ask.query.get("stand", Standing.OPEN)
    if rung in ladder.rungs and stand in list(Standing):
        visible = and_(visible, ConferenceSite.id.in_(queries.sites_where(ladder, Rung(rung), Standing(stand))))
    return visible, ask


@bp.get("/conferences/<code>/ready")
@allow(*READERS)
def readiness(code: str) -> ResponseReturnValue:
    conference = enter_conference(code)
    all_visible = sites_access.visible_sites(g.actor, conference)
    ladder, keys = ladder_of(conference), [key for key, _title in items_of(conference)]
    visible, ask = _asked(conference, ladder)
    called, doors = ladder.sources.called, ladder.sources.doors
    page = sites.sites_page(conference.id, visible, ask, called, doors)
    shown = [row.ConferenceSite.id for row in page.items]
    return render_template(
        "sites/readiness.html",
        conference=conference,
        count=sites.count_sites(conference.id, all_visible, called),
        rungs=queries.count_rungs(ladder, all_visible),
        ladder=ladder,
        ladder_words=words,
        climbed=queries.climbed(ladder, shown),
        checks=queries.count_checks(shown, keys),
        checks_total=queries.total_checks(conference.id, all_visible, keys),
        check_count=len(keys),
        province_options=[(name, name) for name in sites.provinces_of(conference.id, all_visible)],
        people_url=area.people_url(conference),
        may_change=area.may_change_sites(conference),
        **area.listed(page),
    )


# ---- the map


@bp.get("/conferences/<code>/sites/map")
@allow(*READERS)
def province_map(code: str) -> ResponseReturnValue:
    """One tile a province with how far its sites have come at a rung; each leads to its list."""
    conference = enter_conference(code)
    visible = sites_access.visible_sites(g.actor, conference)
    ladder = ladder_of(conference)
    asked = request.args.get("rung", "")
    totals = queries.count_rungs(ladder, visible)
    all_sites = sites.count_sites(conference.id, visible, ladder.sources.called).sites
    behind = next((rung for rung, counted in totals.items() if counted.done < all_sites), Rung.HALL)
    rung = Rung(asked) if asked in ladder.rungs else behind
    counts = queries.count_provinces(ladder, rung, visible)
    tiles = provinces.division_of({one.province for one in counts})
    at = _by_province(counts)
    drawn = [(tile, at.pop(provinces.province_key(tile.name), None)) for tile in tiles]
    return render_template(
        "sites/map.html",
        conference=conference,
        rung=rung,
        rungs=ladder.rungs,
        words=words,
        drawn=drawn,
        elsewhere=list(at.values()),
        islands=provinces.ISLANDS,
        counts=counts,
        total=totals[rung],
        all_sites=all_sites,
    )


def _by_province(counts: list[queries.ProvinceCount]) -> dict[str, queries.ProvinceCount]:
    """The counts by what the tiles are called: a province written in two ways is one."""
    found: dict[str, queries.ProvinceCount] = {}
    for one in counts:
        key = provinces.province_key(one.province)
        found[key] = found[key].with_those_of(one) if key in found else one
    return found


# ---- one site


@bp.get("/conferences/<code>/ready/<int:site_id>")
@allow(*READERS)
def climb(code: str, site_id: int) -> ResponseReturnValue:
    """What is asked of a site now and how it is done: the host's own page, on a phone."""
    conference = enter_conference(code)
    return _climb_page(conference, sites_access.site_for(g.actor, conference, site_id), None)


def _climb_page(conference: Conference, joined: ConferenceSite, form: Form | None) -> str:
    ladder, items = ladder_of(conference), items_of(conference)
    found = queries.climbed(ladder, [joined.id])[joined.id]
    checks = queries.checks_of(joined.id)
    if form is None:
        form = Form()
        for place, (key, _title) in enumerate(items):
            if key in checks:
                form.values |= {f"check-{place}": checks[key].state, f"remark-{place}": checks[key].remark}
    return render_template(
        "sites/climb.html",
        conference=conference,
        joined=joined,
        climbed=found,
        next=found.next,
        items=items,
        checks=checks,
        good=sum(1 for key, _title in items if key in checks and checks[key].state is rules.CheckState.GOOD),
        form=form,
        words=words,
        ways=_ways(conference, joined),
        rehearsals=rehearsals.rehearsals_at(joined.id),
        by_hand=rules.BY_HAND,
        most_ms=ladder.rules[Rung.LINE].bound,
        rounds=rules.ROUNDS,
        may_climb=access.may_climb(g.actor, conference, joined.site_id),
        sees_contacts=area.sees_contacts(conference),
    )


def _ways(conference: Conference, joined: ConferenceSite) -> dict[Rung, tuple[str, str]]:
    """Where a rung is climbed: the word of the button and its address, for who may go there."""
    code, site_id = conference.code, joined.site_id
    found = {
        Rung.HALL: (_("Chọn hội trường"), "sites.edit_site"),
        Rung.HOST: (_("Ghi phụ trách"), "sites.edit_site"),
        Rung.DEVICES: (_("Mở mã ghi máy"), "checkin_devices.site_enrolment"),
        Rung.REHEARSAL: (_("Mở máy điểm danh"), "checkin.door"),
        Rung.DOORS: (_("Mở trang điểm danh"), "checkin.door"),
        Rung.QUORUM: (_("Mở trang điểm danh"), "checkin.door"),
    }
    ways = {
        rung: (word, url_for(endpoint, code=code, site_id=site_id))
        for rung, (word, endpoint) in found.items()
        if may_enter(g.actor, endpoint)
    }
    return ways | {Rung.LINE: (_("Thử đường truyền"), "#line")}


def _back(code: str, site_id: int, part: str = "") -> ResponseReturnValue:
    return redirect(url_for("sites.climb", code=code, site_id=site_id, _anchor=part or None), 303)


def _rung_of(sent: str) -> Rung:
    if sent not in rungs_of(g.conference):
        raise DomainError("bad_request")
    return Rung(sent)


@bp.post("/conferences/<code>/ready/<int:site_id>/confirm")
@allow(*CLIMBERS)
def confirm_rung(code: str, site_id: int) -> ResponseReturnValue:
    conference = enter_conference(code)
    form = Form(request.form)
    rung = _rung_of(form.values.get("rung", ""))
    remark = form.text("remark", _("Ghi chú"), most=forms.LONGEST_REMARK)
    with transaction():
        joined = access.site_to_climb(g.actor, conference, site_id)
        if form.is_valid:
            actions.confirm(joined=joined, rung=rung, remark=remark, by=g.actor, at=clock.now())
    if not form.is_valid:
        flash(next(iter(form.errors.values())), "bad")
        return _climb_page(conference, joined, None), 422
    flash(_("Đã xác nhận bậc “%(rung)s”.", rung=words.RUNGS[rung]), "ok")
    return _back(code, site_id, f"rung-{rung}")


@bp.post("/conferences/<code>/ready/<int:site_id>/take-back")
@allow(*CLIMBERS)
def take_rung_back(code: str, site_id: int) -> ResponseReturnValue:
    conference = enter_conference(code)
    rung = _rung_of(request.form.get("rung", ""))
    with transaction():
        joined = access.site_to_climb(g.actor, conference, site_id)
        actions.take_back(joined=joined, rung=rung, by=g.actor, at=clock.now())
    flash(_("Đã bỏ xác nhận bậc “%(rung)s”.", rung=words.RUNGS[rung]), "ok")
    return _back(code, site_id, f"rung-{rung}")


@bp.get("/conferences/<code>/ready/<int:site_id>/echo")
@allow(*CLIMBERS)
def echo(code: str, site_id: int) -> ResponseReturnValue:
    """What the page at the site asks for again and again to measure its line."""
    access.site_to_climb(g.actor, enter_conference(code), site_id)
    return {"site": site_id}


@bp.post("/conferences/<code>/ready/<int:site_id>/line")
@allow(*CLIMBERS)
def test_line(code: str, site_id: int) -> ResponseReturnValue:
    """Keep what the page measured."""
    conference = enter_conference(code)
    times = forms.read_times(request.form)
    result = rules.line_result(times) if times is not None else None
    with transaction():
        joined = access.site_to_climb(g.actor, conference, site_id)
        if result is not None:
            actions.keep_line_test(joined=joined, result=result, at=clock.now())
    if result is None:
        flash(_("Chưa đo được đường truyền. Mời đồng chí kiểm tra mạng rồi bấm thử lại."), "warn")
        return _climb_page(conference, joined, None), 422
    most = queries.rules_of(conference.id)[Rung.LINE].bound or 0
    if rules.is_good_line(result, most):
        flash(_("Đường truyền đạt: thường %(median)s ms.", median=result.median_ms), "ok")
    else:
        flash(
            _(
                "Đường truyền chưa đạt: thường %(median)s ms (cần dưới %(most)s ms), mất %(lost)s lượt. Mời đồng chí "
                "đổi sang mạng dây hoặc mạng dự phòng rồi thử lại.",
                median=result.median_ms,
                most=most,
                lost=result.lost,
            ),
            "warn",
        )
    return _back(code, site_id, "line")


@bp.post("/conferences/<code>/ready/<int:site_id>/checks")
@allow(*CLIMBERS)
def tick_checks(code: str, site_id: int) -> ResponseReturnValue:
    conference = enter_conference(code)
    items = items_of(conference)
    form, found = forms.read_found(request.form, [key for key, _title in items])
    with transaction():
        joined = access.site_to_climb(g.actor, conference, site_id)
        if form.is_valid:
            actions.tick(joined=joined, found=found, at=clock.now())
    if not form.is_valid:
        return _climb_page(conference, joined, form), 422
    flash(_("Đã ghi kết quả kiểm tra kỹ thuật."), "ok")
    return _back(code, site_id, "checks")


# ---- what is asked of all


@bp.get("/conferences/<code>/ready/settings")
@allow(*CHANGERS)
def ladder_settings(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    return _settings_page(conference, forms.rules_form(queries.rules_of(conference.id), items_of(conference)))


def _settings_page(conference: Conference, form: Form) -> str:
    return render_template(
        "sites/ladder_settings.html",
        conference=conference,
        form=form,
        words=words,
        rungs=rungs_of(conference),
        units={"minutes": _("phút"), "hours": _("giờ"), "days": _("ngày")},
        bounds={Rung.LINE: _("ms, chậm nhất"), Rung.QUORUM: _("%% có mặt, ít nhất")},
    )


@bp.post("/conferences/<code>/ready/settings")
@allow(*CHANGERS)
def lay_down_ladder(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    form, rules_sent = forms.read_rules(request.form, rungs_of(conference))
    known = items_of(conference)
    items = forms.read_items(form, known)
    if not form.is_valid:
        return _settings_page(conference, form), 422
    with transaction():
        actions.lay_down(conference=conference, rules=rules_sent, by=g.actor, at=clock.now())
        if items != known:
            actions.write_items(conference=conference, items=items, by=g.actor, at=clock.now())
    flash(_("Đã lưu các bậc sẵn sàng và danh mục kiểm tra."), "ok")
    return redirect(url_for("sites.readiness", code=code), 303)


@bp.get("/conferences/<code>/ready/times")
@allow(*CHANGERS)
def own_times(code: str) -> ResponseReturnValue:
    """A time of their own for the sites that the list is filtered to."""
    conference = enter_to_change(code)
    form = Form()
    form.values["rung"] = request.args.get("rung", "")
    return _times_page(conference, form)


def _matching(conference: Conference) -> Any:
    ladder = ladder_of(conference)
    visible, ask = _asked(conference, ladder)
    return sites.matching_ids(conference.id, visible, ask, ladder.sources.called, ladder.sources.doors)


def _filters() -> dict[str, Any]:
    return dict(ask_from_request(*FILTERS).query)


def _times_page(conference: Conference, form: Form) -> str:
    return render_template(
        "sites/ladder_times.html",
        conference=conference,
        form=form,
        words=words,
        rungs=[(rung, words.RUNGS[rung]) for rung in rungs_of(conference)],
        count=len(_matching(conference)),
        query=_filters(),
    )


@bp.post("/conferences/<code>/ready/times")
@allow(*CHANGERS)
def set_own_times(code: str) -> ResponseReturnValue:
    conference = enter_to_change(code)
    form, rung, due, owner = forms.read_own_time(request.form, conference)
    if rung is None or not form.is_valid:
        return _times_page(conference, form), 422
    ids = _matching(conference)
    with transaction():
        count = actions.set_due(
            conference=conference, joined_ids=ids, rung=rung, due_at=due, owner=owner, by=g.actor, at=clock.now()
        )
    flash(_("Đã đặt hạn bậc “%(rung)s” cho %(count)s điểm cầu.", rung=words.RUNGS[rung], count=count), "ok")
    return redirect(url_for("sites.readiness", code=code, **_filters()), 303)
