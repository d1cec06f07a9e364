"""Which names this installation answers to, and which numbers may stand in an address."""

from __future__ import annotations

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.routing import IntegerConverter, ValidationError

from conference.settings import Settings

OWN_HOSTS = ("127.0.0.1", "localhost", "::1")
"""This machine: health checks and Prometheus ask here whatever the public address is."""

LARGEST_ID = 2**31 - 1


class IdConverter(IntegerConverter):
    """A number that can be an id in the database; anything larger is no page."""

    regex = "[0-9]{1,10}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if number > LARGEST_ID:
            raise ValidationError
        return number


def mind_addresses(app: Flask, settings: Settings) -> None:
    """Answer only to the public name and to this machine: a foreign name in a link or cache is an attack."""
    app.url_map.converters["int"] = IdConverter
    known = {*OWN_HOSTS, settings.host} - {""}

    def check_host() -> ResponseReturnValue | None:
        if host_name(request.host) in known:
            return None
        return "Máy chủ này không mang tên vừa gọi.", 400, {"Content-Type": "text/plain; charset=utf-8"}

    app.before_request(check_host)


def host_name(host: str) -> str:
    """The name without its port: ``[::1]:8000`` -> ``::1``."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()
