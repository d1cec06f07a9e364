"""Accounts of the demo: one for each role, graders two a site. None has a password; one-time links let them in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select

from conference.accounts import actions as accounts
from conference.accounts import queries
from conference.accounts.models import Account, Grant
from conference.directory.models import Unit
from conference.foundation.actor import SYSTEM, Role, ScopeKind
from conference.foundation.db import db
from conference.grading.models import Grader
from conference.planning.models import Conference
from conference.registry.imports.bulk import allocate_ids, table_of
from conference.sites.models import ConferenceSite, Site

HOST_SITE = "Yên Thành"
OFFICER_UNIT = "Nghệ An"
GRADERS_A_SITE = 2

STAFF = (
    ("quan-tri", "Lê Quang Huy", Role.ADMIN),
    ("ban-to-chuc", "Trần Thị Ánh", Role.ORGANIZER),
    ("lanh-dao", "Nguyễn Đình Khang Minh", Role.LEADER),
)
GRADER_LOGIN = "nguoi-cham"
OFFICER_LOGIN = "phu-trach-don-vi"


def ensure_account(
    login: str, full_name: str, role: Role, kind: ScopeKind, id: int | None, *, at: datetime, email: str | None = None
) -> Account:
    """The account with this login, made and granted its role when it is missing."""
    account = queries.account_by_login(login) or accounts.create_account(
        login=login, full_name=full_name, email=email, at=at, by=SYSTEM
    )
    accounts.grant(account=account, role=role, kind=kind, id=id, by=SYSTEM, at=at)
    return account


def ensure_staff(*, at: datetime) -> None:
    """One account for each role over the demo. Repeatable."""
    for login, name, role in STAFF:
        ensure_account(login, name, role, ScopeKind.ALL, None, at=at)
    unit = officer_unit()
    email = f"{OFFICER_LOGIN}@congdoan.example"
    ensure_account(OFFICER_LOGIN, "Hồ Sỹ Quyền", Role.UNIT_OFFICER, ScopeKind.UNIT, unit.id, at=at, email=email)
    site = host_site()
    ensure_account("phu-trach-diem-cau", "Phan Thị Hoài Thương", Role.SITE_HOST, ScopeKind.SITE, site.id, at=at)


def host_site() -> Site:
    """The site whose door the demo's host keeps."""
    return db.session.scalars(select(Site).where(Site.name.contains(HOST_SITE)).order_by(Site.id).limit(1)).one()


def officer_unit() -> Unit:
    return db.session.scalars(
        select(Unit).where(Unit.name.contains(OFFICER_UNIT), Unit.level == 2).order_by(Unit.id).limit(1)
    ).one()


def ensure_graders(conference: Conference, *, at: datetime) -> list[Grader]:
    """Two graders at every site, each of the site's host unit. The first of all is the one that the demo lets in."""
    known = list(db.session.scalars(select(Grader).where(Grader.conference_id == conference.id).order_by(Grader.id)))
    if known:
        return known
    sites = db.session.execute(
        select(Site.id, Site.host_unit_id, Site.code)
        .join(ConferenceSite, ConferenceSite.site_id == Site.id)
        .where(ConferenceSite.conference_id == conference.id)
        .order_by(ConferenceSite.position)
    ).all()
    places = [(site, seat) for site in sites for seat in range(1, GRADERS_A_SITE + 1)]
    logins = [f"{GRADER_LOGIN}-{site.code.lower()}-{seat}" for site, seat in places]
    taken = {login: id for id, login in db.session.execute(select(Account.id, Account.login)) if login in set(logins)}
    missing = [login for login in logins if login not in taken]
    ids = allocate_ids(table_of(Account), len(missing))
    if missing:
        db.session.execute(insert(Account), [_account(id, login, at) for id, login in zip(ids, missing, strict=True)])
        db.session.execute(
            insert(Grant),
            [{"account_id": id, "role": Role.GRADER, "scope_kind": ScopeKind.ALL, "scope_id": None} for id in ids],
        )
    taken |= dict(zip(missing, ids, strict=True))
    db.session.execute(
        insert(Grader),
        [
            {
                "conference_id": conference.id,
                "account_id": taken[login],
                "unit_id": site.host_unit_id,
                "site_id": site.id,
                "added_at": at,
            }
            for (site, _seat), login in zip(places, logins, strict=True)
        ],
    )
    return list(db.session.scalars(select(Grader).where(Grader.conference_id == conference.id).order_by(Grader.id)))


def _account(id: int, login: str, at: datetime) -> dict[str, object]:
    return {
        "id": id,
        "login": login,
        "full_name": f"Người chấm {login.removeprefix(GRADER_LOGIN + '-').upper()}",
        "is_active": True,
        "created_at": at,
        "failed_attempts": 0,
        "totp_last_step": 0,
    }
