"""The report of a conference: figures by province, site, unit or wave, each with its people, as a page and a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any

from flask import Blueprint, Flask, g, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from conference.adapters.spreadsheet import write_workbook
from conference.checkin.rules import Status
from conference.directory.models import Unit
from conference.foundation import clock
from conference.foundation.actor import Role
from conference.foundation.among import among
from conference.foundation.db import db, transaction
from conference.foundation.errors import DomainError
from conference.foundation.paging import Ask, Page
from conference.foundation.sheets import Cell, Table
from conference.foundation.text import row_number
from conference.grading.releasing import latest_release, scheme_from
from conference.grading.rules import Rank
from conference.planning.entry import enter_conference
from conference.planning.models import Conference, StudySession
from conference.planning.modules import Module
from conference.planning.words import PARTS
from conference.reflections.queries import form_of
from conference.reflections.rules import Standing
from conference.reflections.words import standing_words
from conference.registry import actions as registry_actions
from conference.registry.access import reach_of
from conference.registry.models import Attendee
from conference.registry.queries import Statement
from conference.reports import queries, tables, words
from conference.reports.rules import (
    ONLINE,
    OTHER_WAVE,
    RANK_KEYS,
    STANDING,
    YES,
    Block,
    Column,
    Kind,
    session_dimension,
)
from conference.reports.tables import By, Line, ReportTable, Sheaf
from conference.sites.models import Site
from conference.web import filters
from conference.web.guard import allow
from conference.web.paging import addressed, ask_from_request
from conference.web.words import _, lazy

bp = Blueprint("reports", __name__)

READERS = (Role.ADMIN, Role.ORGANIZER, Role.LEADER, Role.UNIT_OFFICER)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
IN_A_DRAWER = 50
LINES_A_PAGE = 100
NOT_EVERYWHERE = ("online", "substituted", "not_seen", "made_up")
"""Columns that the page leaves out where they are empty; the sheet has them all."""

SHOWN_BY = (By.PROVINCE, By.SITE, By.UNIT, By.WAVE)
STATUS_WORDS = {
    Status.NOT_SEEN: lazy("chưa điểm danh"),
    Status.PRESENT: lazy("có mặt"),
    Status.LATE: lazy("đến muộn"),
    Status.LEFT_EARLY: lazy("về sớm"),
    Status.EXCUSED: lazy("vắng có phép"),
    Status.UNEXCUSED: lazy("vắng không phép"),
    Status.SUBSTITUTED: lazy("có người dự thay"),
}


def step_in(code: str) -> Sheaf:
    """The figures as far as the account sees; of one wave's people where the address says so."""
    conference = enter_conference(code)
    sheaf = queries.sheaf_of(conference, reach_of(g.actor, conference))
    return queries.in_wave(sheaf, request.args.get("wave", ""))


# ---- the table


@bp.get("/conferences/<code>/report")
@allow(*READERS)
def overview(code: str) -> ResponseReturnValue:
    sheaf = step_in(code)
    by = By(request.args["by"]) if request.args.get("by") in SHOWN_BY else By.PROVINCE
    ask = ask_from_request("by", "unit", "province", "ranks", "wave")
    as_shares = ask.query.get("ranks") == "share"
    above = _unit_asked(sheaf, ask.query.get("unit", ""))
    province = ask.query.get("province", "") if by is By.SITE else ""
    table = _table(sheaf, by, above, province)
    release = latest_release(sheaf.conference.id)
    columns = _shown(sheaf, table, as_shares)
    ranks = RANK_KEYS if sheaf.conference.uses(Module.GRADING) else ()
    return render_template(
        "reports/overview.html",
        conference=sheaf.conference,
        table=table,
        page=addressed(_page_of(table, ask)),
        columns=columns,
        as_shares=as_shares,
        blocks=_blocks(columns),
        heads={column.key: words.head_of(column, sheaf.study_sessions, sheaf.form) for column in table.columns},
        by=by,
        above=above,
        trail=_trail(sheaf, above),
        province=province,
        wave=sheaf.wave,
        waves=sheaf.waves,
        title=_title(sheaf, by, above, province),
        place_head=words.PLACES[by],
        people_url=url_for("reports.people", code=code),
        ranks=_ranks(table.total, ranks, url_for("reports.people", code=code)),
        ranked=sum(int(table.total.values[key]) for key in ranks),
        release=release,
        scheme=scheme_from(release.scheme) if release else None,
        block_words=words.blocks_of(sheaf.form),
        By=By,
        Kind=Kind,
    )


def _table(sheaf: Sheaf, by: By, above: Unit | None, province: str) -> ReportTable:
    if by is By.SITE:
        return tables.by_site(sheaf, province=province)
    if by is By.UNIT:
        return tables.by_unit(sheaf, above=above)
    if by is By.WAVE:
        return tables.by_wave(sheaf)
    return tables.by_province(sheaf)


def _unit_asked(sheaf: Sheaf, asked: str) -> Unit | None:
    if not asked:
        return None
    unit = queries.unit_within(sheaf.reach, number) if (number := row_number(asked)) is not None else None
    if unit is None:
        raise DomainError("not_found")
    return unit


def _trail(sheaf: Sheaf, above: Unit | None) -> list[Unit]:
    """The units over the one shown, from the highest that the actor may see."""
    if above is None:
        return []
    ids = [int(step) for step in above.path.strip("/").split("/")]
    found = {unit.id: unit for unit in db.session.scalars(select(Unit).where(Unit.id.in_(ids)))}
    return [found[id] for id in ids if id in found and sheaf.reach.covers(found[id].path)]


def _title(sheaf: Sheaf, by: By, above: Unit | None, province: str) -> str:
    if above is not None:
        title = _("Kết quả hội nghị của %(unit)s", unit=above.name)
    elif province:
        title = _("Kết quả hội nghị ở %(province)s", province=province)
    else:
        title = {
            By.PROVINCE: _("Kết quả hội nghị theo tỉnh, thành phố"),
            By.SITE: _("Kết quả hội nghị theo điểm cầu"),
            By.WAVE: _("Kết quả hội nghị theo đợt"),
        }.get(by, _("Kết quả hội nghị theo đơn vị"))
    return _("%(title)s, %(wave)s", title=title, wave=_wave_name(sheaf)) if sheaf.wave else title


def _wave_name(sheaf: Sheaf) -> str:
    return next((one.title for one in sheaf.waves if str(one.id) == sheaf.wave), _("chưa có đợt"))


def _page_of(table: ReportTable, ask: Ask) -> Page[Line]:
    """One page of the lines; the total row stays that of all of them."""
    total = len(table.lines)
    number = min(ask.number, max(1, -(-total // LINES_A_PAGE)))
    lines = table.lines[(number - 1) * LINES_A_PAGE : number * LINES_A_PAGE]
    return Page(lines, total, Ask(number, LINES_A_PAGE, "", "asc", ask.query))


def _shown(sheaf: Sheaf, table: ReportTable, as_shares: bool) -> list[Column]:
    """The columns that fit a screen: ranks as counts or as shares, and nothing that has happened to nobody."""
    seldom = {*NOT_EVERYWHERE, *(f"present_{one.id}" for one in sheaf.study_sessions if _is_of_another(sheaf, one))}
    other = Kind.COUNT if as_shares else Kind.SHARE
    return [
        column
        for column in table.columns
        if not (column.block is Block.RANKS and column.kind is other)
        and not (column.key in seldom and not table.total.values[column.key])
    ]


def _is_of_another(sheaf: Sheaf, study_session: StudySession) -> bool:
    return bool(sheaf.wave) and study_session.wave_id is not None and str(study_session.wave_id) != sheaf.wave


def _blocks(columns: Any) -> list[tuple[Block, int]]:
    """The first head row: each group with the number of its columns."""
    return [(block, sum(column.block is block for column in columns)) for block in Block]


def _ranks(total: Line, keys: Sequence[str], url: str) -> list[dict[str, Any]]:
    return [
        {
            "label": str(words.RANKS[Rank(key)]),
            "count": total.values[key],
            "percent": filters.percent(Decimal(total.values[f"{key}_share"])),
            "url": f"{url}?figure={key}",
        }
        for key in keys
    ]


@bp.get("/conferences/<code>/report.xlsx")
@allow(*READERS)
def sheet(code: str) -> ResponseReturnValue:
    """The same tables as on the page, as sheets: provinces, sites, every unit in the order of the tree; with waves
    also those, and each of them at each site."""
    sheaf = step_in(code)
    made = [
        (By.PROVINCE, tables.by_province(sheaf)),
        (By.SITE, tables.by_site(sheaf)),
        (By.UNIT, tables.by_every_unit(sheaf)),
    ]
    if sheaf.waves and not sheaf.wave:
        made += [(By.WAVE, tables.by_wave(sheaf)), (By.SITE_AND_WAVE, tables.by_site_and_wave(sheaf))]
    return _send([sheet_of(by, table) for by, table in made], f"bao-cao-{code}.xlsx")


def sheet_of(by: By, table: ReportTable) -> Table:
    """A table of the page as rows of a sheet: the same lines, columns and values."""
    heads = [words.head_of(column, table.study_sessions, table.form)[1] for column in table.columns]
    places = [_("Số điểm cầu")] if table.total.sites is not None and by is By.PROVINCE else []
    second = [str(words.SECOND[by])] if by in words.SECOND else []
    before = [str(words.PLACES[by]), *second, *places]
    rows = [_cells(by, line, table.columns, bool(places)) for line in table.lines]
    total = _cells(by, table.total, table.columns, bool(places))
    total[0] = _("Cộng")
    widths = [42.0, *([18.0] * len(second)), *([11.0] * (len(heads) + len(places)))]
    return Table(name=str(words.SHEETS[by]), head=[*before, *heads], rows=[*rows, total], widths=widths)


def _cells(by: By, line: Line, columns: Any, with_places: bool) -> list[Cell]:
    cells: list[Cell] = ["    " * line.level + (line.label or _("Chưa có đợt"))]
    if by in words.SECOND:
        cells.append(line.second)
    if with_places:
        cells.append(line.sites)
    return cells + [_cell(line.values[column.key]) for column in columns]


def _cell(value: int | Decimal) -> Cell:
    return float(value) if isinstance(value, Decimal) else value


def _send(sheets: list[Table], name: str) -> ResponseReturnValue:
    target = BytesIO()
    write_workbook(target, sheets)
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name=name)


# ---- the people behind a figure


@bp.get("/conferences/<code>/report/people")
@allow(*READERS)
def people(code: str) -> ResponseReturnValue:
    """Who a figure counts: in a drawer beside the table, or as a page of its own."""
    sheaf = step_in(code)
    ask = ask_from_request("figure", "by", "key", "wave")
    figure = queries.figure_named(sheaf, ask.query.get("figure", "summoned"))
    place = queries.place_of(sheaf, ask.query.get("by", ""), ask.query.get("key", ""))
    page = addressed(queries.people_page(sheaf, figure, place, ask))
    name = words.figure_name(figure.key, sheaf.study_sessions, sheaf.form)
    shown: dict[str, Any] = dict(page.query)
    in_the_list: dict[str, Any] = {"figure": figure.key, **_registry_filter(place)}
    if sheaf.wave:
        in_the_list["wave"] = sheaf.wave
    return render_template(
        "reports/people.html",
        conference=sheaf.conference,
        page=page,
        title=_("%(count)s người: %(figure)s", count=filters.number(page.total), figure=name),
        note=", ".join(filter(None, (place.label, _wave_name(sheaf) if sheaf.wave else ""))),
        items=[_item(sheaf, row) for row in page.items[:IN_A_DRAWER]],
        sheet_url=url_for("reports.people_sheet", code=code, **shown),
        list_url=url_for("registry.people", code=code, **in_the_list),
    )


def _registry_filter(place: queries.Place) -> dict[str, str]:
    """The same place as a filter of the list of people."""
    if place.by is None:
        return {}
    return {{By.PROVINCE: "province", By.SITE: "site", By.UNIT: "unit", By.OWN: "own_unit"}[place.by]: place.key}


def _item(sheaf: Sheaf, row: Any) -> dict[str, str]:
    return {
        "name": row.full_name,
        "url": url_for("registry.person", code=sheaf.conference.code, number=row.number),
        "second": " · ".join(filter(None, (row.position, row.unit_name))),
        "third": standing_line(sheaf, row),
    }


def standing_line(sheaf: Sheaf, row: Any) -> str:
    """How one person stands, in a line: each study session, the reflection, the mark."""
    said = []
    for one in sheaf.study_sessions if sheaf.conference.uses(Module.CHECKIN) else ():
        if row._mapping[session_dimension(one.id)] == OTHER_WAVE:
            continue
        part = str(PARTS[one.part]).removeprefix("Buổi ").capitalize()
        status = Status(row._mapping[session_dimension(one.id)])
        said.append(f"{part} {STATUS_WORDS[status]}")
    if row._mapping[ONLINE] == YES:
        said.append(_("dự trực tuyến"))
    standing = Standing(row._mapping[STANDING])
    if standing is not Standing.NOT_REQUIRED and sheaf.conference.uses(Module.REFLECTIONS):
        said.append(str(standing_words(sheaf.form)[standing]).lower())
    if row.mark is not None:
        said.append(_("điểm %(mark)s", mark=filters.decimal(row.mark)))
    return ", ".join(said)


@bp.get("/conferences/<code>/report/people.xlsx")
@allow(*READERS)
def people_sheet(code: str) -> ResponseReturnValue:
    """The people behind a figure, as a sheet. Who took it is noted in the journal."""
    sheaf = step_in(code)
    asked = request.args
    figure = queries.figure_named(sheaf, asked.get("figure", "summoned"))
    place = queries.place_of(sheaf, asked.get("by", ""), asked.get("key", ""))
    found = db.session.execute(queries.people_in_order(sheaf, figure, place)).all()
    head = [_("STT"), _("Số thẻ"), _("Họ và tên"), _("Chức vụ"), _("Đơn vị"), _("Điểm cầu"), _("Tình trạng")]
    rows: list[list[Cell]] = [
        [
            place_in_list,
            row.number,
            row.full_name,
            row.position,
            row.unit_name,
            row.site_name,
            standing_line(sheaf, row),
        ]
        for place_in_list, row in enumerate(found, 1)
    ]
    with transaction():
        registry_actions.note_export(conference_id=sheaf.conference.id, count=len(rows), by=g.actor, at=clock.now())
    name = words.figure_name(figure.key, sheaf.study_sessions, sheaf.form)
    table = Table(name=name, head=head, rows=rows, widths=[6, 9, 28, 26, 40, 28, 48])
    return _send([table], f"danh-sach-{code}-{figure.key}.xlsx")


# ---- filters of the list of people


def join_pages(app: Flask) -> None:
    """Let the list of people be filtered by what a report counts."""
    given = app.extensions
    filters_of_people = given.setdefault("people_filters", {})
    filters_of_people["figure"] = _by_figure
    filters_of_people["province"] = lambda statement, value: statement.where(Site.province == value)
    filters_of_people["own_unit"] = _by_own_unit
    say = given.setdefault("people_filter_words", {})
    say["figure"] = lambda value: (_("Báo cáo"), _figure_word(value))
    say["province"] = lambda value: (_("Tỉnh"), value)
    say["own_unit"] = lambda value: (_("Riêng đơn vị"), _unit_word(value))


def _by_figure(statement: Statement, value: str) -> Statement:
    conference: Conference = g.conference
    sheaf = queries.sheaf_of(conference, reach_of(g.actor, conference))
    figure = queries.figure_named(sheaf, value)
    counted = sheaf.ledger.people(figure).with_only_columns(Attendee.id, maintain_column_froms=True)
    # Asked once: the list and its total would each work it out again for everybody.
    return statement.where(among(Attendee.id, db.session.scalars(counted).all()))


def _figure_word(value: str) -> str:
    conference: Conference = g.conference
    return words.figure_name(value, queries.study_sessions(conference.id), form_of(conference.id))


def _by_own_unit(statement: Statement, value: str) -> Statement:
    return statement.where(Attendee.unit_id == (row_number(value) or 0))


def _unit_word(value: str) -> str:
    unit = db.session.get(Unit, id) if (id := row_number(value)) is not None else None
    return unit.name if unit else value
