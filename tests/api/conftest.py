"""Two conferences with every kind of thing in both, and programs with tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from conference.accounts.models import ServiceToken
from conference.accounts.rules import Right
from conference.accounts.token_actions import make_service_token
from conference.foundation.actor import SYSTEM
from conference.foundation.db import db, transaction
from tests.two_conferences import NOW, World


@dataclass
class Programs:
    """``ask(path, rights=…)``: the answer to a program with these rights."""

    world: World

    @property
    def code(self) -> str:
        return str(self.world.theirs.code)

    def client(self, rights: Iterable[Right] = Right, conference: int | None = None) -> FlaskClient:
        with self.world.app.app_context(), transaction():
            _token, secret = make_service_token(
                label="Báo cáo", rights=rights, conference_id=conference, by=SYSTEM, at=NOW
            )
        client = self.world.app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
        return client

    def ask(self, path: str, *rights: Right) -> Any:
        return self.client(rights or Right).get(f"/api/v1{path}")

    def last_token(self) -> ServiceToken:
        return db.session.query(ServiceToken).order_by(ServiceToken.id.desc()).first()


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("programs"), sqlite_template)
    yield made
    made.end()


@pytest.fixture
def programs(world: World) -> Iterator[Programs]:
    yield Programs(world)
    world.restore()
