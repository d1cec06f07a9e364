"""Điểm Cầu: conferences that happen at hundreds of places at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from conference import commands
from conference.accounts import cli as accounts_cli
from conference.accounts import own_views, people_views, token_views
from conference.accounts import sessions as account_sessions
from conference.accounts import views as accounts
from conference.api import views as api
from conference.checkin import api_views as checkin_api
from conference.checkin import carried_views as checkin_carried
from conference.checkin import cli as checkin_cli
from conference.checkin import device_views as checkin_devices
from conference.checkin import enrol_views as checkin_enrol
from conference.checkin import headcount_views as checkin_door
from conference.checkin import pack_views as checkin_packs
from conference.checkin import paper_views
from conference.checkin import people_views as checkin_people
from conference.checkin import watch_views as checkin_watch
from conference.checkin.came import present_in
from conference.checkin.door_evidence import counted_by_site, devices_by_site
from conference.checkin.online import my_views as my_online
from conference.checkin.online import views as online
from conference.checkin.online.platform import views as online_reports
from conference.checkin.self_check import my_views as my_check_in
from conference.checkin.self_check import screen_views as checkin_self
from conference.checkin.trying import tried_by_site
from conference.demo import cli as demo_cli
from conference.directory import history_views
from conference.directory import views as directory
from conference.embedded import run_embedded
from conference.foundation.actor import ActorKind, ScopeKind
from conference.foundation.db import SQLITE_SAFE_FROM, db, prepare_engine
from conference.foundation.logs import configure_logs
from conference.grading import copying_views
from conference.grading import desk_views as grading
from conference.grading import jobs as grading_jobs
from conference.grading import quiz_views as grading_quiz
from conference.grading import result_views as grading_results
from conference.live import sockets
from conference.live import views as live
from conference.live.holding_words import holdings_of
from conference.notices import hand_over_views, reminder_views, reply_views, wording_views
from conference.notices import jobs as notices_jobs
from conference.notices import paper_views as notices_papers
from conference.notices import return_views as notices_returns
from conference.notices import views as notices
from conference.planning import module_views
from conference.planning import programme_views as planning
from conference.planning import queries as planning_queries
from conference.planning import views as planning_views
from conference.planning.modules import Module
from conference.privacy import jobs as privacy_jobs
from conference.privacy import my_views as my_privacy
from conference.privacy import views as privacy
from conference.reflections import (
    behalf_views,
    check_views,
    commitment_views,
    files_views,
    make_up_views,
    my_make_up_views,
    sweep_jobs,
)
from conference.reflections import my_views as my_reflection
from conference.reflections import parts_views as reflection_parts
from conference.reflections import reminding_views as reflection_reminding
from conference.reflections import views as reflections
from conference.reflections.quiz import my_views as my_quiz
from conference.reflections.quiz import paper_views as quiz_paper
from conference.reflections.quiz import parts_views as quiz_parts
from conference.reflections.quiz import views as quiz
from conference.reflections.similarity import cli as similarity_cli
from conference.reflections.similarity import jobs as similarity_jobs
from conference.registry import badge_views, my_views, visits
from conference.registry import cli as registry_cli
from conference.registry import substitute_views as registry
from conference.registry.called import called_by_site
from conference.registry.doubles import views as doubles
from conference.registry.imports import cli as imports_cli
from conference.registry.imports import views as imports
from conference.registry.mergers import views as mergers
from conference.registry.naming import edit_views as naming_edit_views
from conference.registry.naming import organizer_views as naming
from conference.registry.seats import views as seats
from conference.registry.waves import views as waves
from conference.registry.workbook import views as workbook
from conference.releases import calling_off_views
from conference.releases import copying_views as plan_copying
from conference.releases import jobs as releases_jobs
from conference.releases import views as releases
from conference.reports import cli as reports_cli
from conference.reports import views as reports
from conference.seating import jobs as seating_jobs
from conference.seating import views as seating
from conference.settings import Settings, SettingsError
from conference.sites import queries as sites_queries
from conference.sites import views as sites
from conference.sites.ladder import views as ladder
from conference.sites.rehearsals import views as rehearsals
from conference.web import (
    addresses,
    compression,
    csrf,
    errors,
    filters,
    guard,
    headers,
    limits,
    readiness,
    shell,
    state,
    turns,
    words,
)
from conference.web import jobs as web_jobs
from conference.web import views as web

ROOT = Path(__file__).parent.parent
SECONDS_TO_CONNECT = 5
log = structlog.get_logger(__name__)

BLUEPRINTS = (
    web.bp,
    web_jobs.bp,
    accounts.bp,
    checkin_api.bp,
    checkin_door.bp,
    checkin_watch.bp,
    checkin_enrol.bp,
    checkin_carried.bp,
    checkin_self.bp,
    checkin_packs.bp,
    my_online.bp,
    online.bp,
    directory.bp,
    mergers.bp,
    planning.bp,
    sites.bp,
    live.bp,
    registry.bp,
    naming.bp,
    doubles.bp,
    seats.bp,
    waves.bp,
    workbook.bp,
    seating.bp,
    notices.bp,
    releases.bp,
    imports.bp,
    reflections.bp,
    my_reflection.bp,
    files_views.bp,
    behalf_views.bp,
    make_up_views.bp,
    my_make_up_views.bp,
    check_views.bp,
    quiz.bp,
    my_quiz.bp,
    quiz_paper.bp,
    grading.bp,
    reports.bp,
    privacy.bp,
    api.bp,
)

LOADED_FOR_WHAT_THEY_REGISTER = (
    naming_edit_views,
    history_views,
    own_views,
    token_views,
    paper_views,
    badge_views,
    ladder,
    rehearsals,
    my_views,
    online_reports,
    notices_jobs,
    reply_views,
    hand_over_views,
    plan_copying,
    releases_jobs,
    notices_papers,
    notices_returns,
    wording_views,
    reminder_views,
    grading_jobs,
    similarity_jobs,
    copying_views,
    calling_off_views,
    grading_quiz,
    commitment_views,
    privacy_jobs,
    my_privacy,
    sweep_jobs,
)
"""Routes of a blueprint that stands in another file, and kinds of jobs."""

MODULE_ROUTES: dict[str, Module | None] = {
    "naming": Module.NAMING,
    "naming.start": None,
    "naming.home": None,  # a unit's officer begins here, whether the unit names people or not
    "naming.edit_delegate": None,
    "naming.change_delegate": None,
    "checkin": Module.CHECKIN,
    "checkin_carried": Module.CHECKIN,
    "checkin_devices": Module.CHECKIN,
    "checkin_packs": Module.CHECKIN,
    "checkin_self": Module.CHECKIN,
    "live.board": Module.CHECKIN,
    "live.board_json": Module.CHECKIN,
    "live.table": Module.CHECKIN,
    "registry.all_badges": Module.CHECKIN,
    "registry.badges": Module.CHECKIN,
    "registry.my_ticket": Module.CHECKIN,
    "registry.person_badge": Module.CHECKIN,
    "registry.print_badges": Module.CHECKIN,
    "registry.replace_ticket": Module.CHECKIN,
    "registry.site_badges": Module.CHECKIN,
    "api.attendance": Module.CHECKIN,
    "api.hall_counts": Module.CHECKIN,
    "api.headcounts": Module.CHECKIN,
    "api.scans": Module.CHECKIN,
    "api.tickets": Module.CHECKIN,
    "seats": Module.SEATS,
    "my_online": Module.ONLINE,
    "online": Module.ONLINE,
    "make_up": Module.MAKE_UP,
    "my_make_up": Module.MAKE_UP,
    "my_files": Module.REFLECTIONS,
    "my_quiz": Module.REFLECTIONS,
    "my_reflection": Module.REFLECTIONS,
    "on_behalf": Module.REFLECTIONS,
    "quiz": Module.REFLECTIONS,
    "quiz_paper": Module.REFLECTIONS,
    "reflections": Module.REFLECTIONS,
    "api.reflections": Module.REFLECTIONS,
    "grading": Module.GRADING,
    "api.marks": Module.GRADING,
}
"""Blueprints and single routes of parts that a conference may do without. What a device has counted is taken in all the
same (``checkin_api``): a fact is never refused because somebody has changed a setting."""


COMMANDS = (
    commands,
    accounts_cli,
    checkin_cli,
    imports_cli,
    registry_cli,
    notices_returns,
    reports_cli,
    similarity_cli,
    demo_cli,
)
"""What each area adds to the command line."""


def create_app(settings: Settings | None = None) -> Flask:
    """The application, with every part in its place. Raises ``SettingsError`` in one plain sentence."""
    settings = settings or Settings.from_env()
    configure_logs(settings.log_level)
    app = Flask("conference", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    if app.debug and settings.host not in ("", *addresses.OWN_HOSTS):
        raise SettingsError("FLASK_DEBUG must not be set where PUBLIC_URL is an address for others.")
    _configure(app, settings)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
        _warn_of_old_sqlite()
    _stand_around_requests(app, settings)
    _answer_each_other(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    _join_pages(app)
    sockets.create_socketio(app, redis_url=settings.redis_url, origin=settings.public_url or None)
    if settings.trusted_proxies:  # around everything, so that sockets too are counted by whose they are
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    for area in COMMANDS:
        area.register(app)
    app.cli.add_command(run_embedded)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.extensions["settings"] = settings
    app.extensions["readiness"] = readiness.parts_of(settings)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.largest_upload,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=2_000,
        SESSION_COOKIE_NAME="__Host-state" if settings.is_https else "state",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        SESSION_REFRESH_EACH_REQUEST=False,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
    )
    app.session_interface = state.PatientState()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["asset"] = web.asset


def _stand_around_requests(app: Flask, settings: Settings) -> None:
    """What happens before and after every view. Flask calls hooks in the order in which they are given here."""
    addresses.mind_addresses(app, settings)
    words.speak(app)
    filters.add_filters(app)
    turns.take_turns(app)
    limits.limit_guessing(app, settings)
    guard.guard(app)
    guard.identify_with(app, ActorKind.ACCOUNT, account_sessions.identify)
    guard.identify_with(app, ActorKind.ATTENDEE, visits.identify)
    module_views.divide(app, MODULE_ROUTES)
    csrf.protect(app)
    compression.compress_static_files(app)
    headers.set_headers(app, is_https=settings.is_https)
    errors.answer_errors(app)
    shell.surround(app)


def _answer_each_other(app: Flask) -> None:
    """What earlier areas ask and only later ones can answer."""
    people_views.name_scopes(
        app, ScopeKind.CONFERENCE, planning_queries.conference_names, planning_queries.conference_called
    )
    people_views.name_scopes(app, ScopeKind.SITE, sites_queries.site_names, sites_queries.sites_called)
    planning_views.check_plans_with(app, sites.plan_faults)
    planning_views.know_holdings_by(app, holdings_of)
    sites.count_called_with(app, called_by_site)
    sites.know_doors_by(app, devices_by_site)
    seating_jobs.know_present_by(app, present_in)
    ladder.know_counts_by(app, counted_by_site)
    rehearsals.know_tests_by(app, tried_by_site)
    app.extensions["conference_steps"] = live.steps_of


def _join_pages(app: Flask) -> None:
    """What later areas show on pages of earlier ones, in the order in which it stands there."""
    planning_views.show_on_plans(app, "sites/_rehearsals.html", rehearsals.rehearsals_on_plan)
    planning_views.show_on_plans(app, "sites/_plan.html", sites.plan_figures)
    notices.offer_to_registry(app)
    reply_views.join_pages(app)
    waves.join_pages(app)
    releases.join_pages(app)
    checkin_people.join_pages(app)
    sites.show_on_sites(app, seats.seats_of_site)
    sites.show_on_sites(app, checkin_devices.devices_of_site)
    sites.show_on_sites(app, checkin_self.stopping_at_site)
    sites.show_on_sites(app, checkin_door.halls_of_site)
    my_check_in.join_pages(app)
    my_online.join_pages(app)
    online.join_pages(app)
    grading_results.join_pages(app)
    copying_views.join_pages(app)
    reports.join_pages(app)
    reflection_parts.join_pages(app)
    quiz_parts.join_pages(app)
    privacy.join_pages(app)
    reflection_reminding.join_schedule(app)


def _engine_options(settings: Settings) -> dict[str, Any]:
    # What people wrote must not come into a log through the parameters of a statement that failed.
    options: dict[str, Any] = {"hide_parameters": True, "pool_timeout": SECONDS_TO_CONNECT}
    if not settings.is_embedded:
        patience = {"connect_timeout": SECONDS_TO_CONNECT, "keepalives_idle": 15, "keepalives_interval": 5}
        return options | {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 10, "connect_args": patience}
    try:
        from pysqlite3 import dbapi2  # carries a newer SQLite than Debian's, without its WAL-reset race
    except ImportError:
        return options
    return options | {"module": dbapi2}


def _warn_of_old_sqlite() -> None:
    if db.engine.dialect.name != "sqlite":
        return
    version = db.engine.dialect.dbapi.sqlite_version_info  # type: ignore[union-attr]
    if version < SQLITE_SAFE_FROM:
        log.warning("sqlite_can_corrupt_its_log", version=version, safe_from=SQLITE_SAFE_FROM)
