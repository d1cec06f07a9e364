"""Debian's nginx before several web processes, as README.md describes it, on a port of 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Sequence

from tests.services.kept import Kept, new_folder
from tests.services.web import HOST, ROOT

MISSING = "nginx is not here. `make setup-test` fetches it from Debian's packages"

CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
worker_processes 1;
{user}
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 32m;
    upstream web {{
        {servers}
        keepalive 64;
    }}
    map $http_upgrade $connection_wanted {{ default upgrade; '' ''; }}
    server {{
        listen {host}:{port};
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_wanted;
        location / {{ proxy_pass http://web; }}
        location = /api/v1/scans {{
            proxy_next_upstream error timeout non_idempotent;
            proxy_pass http://web;
        }}
    }}
}}
"""
# Scans may be sent again to another process when one dies: their ids make a repeat harmless.


def find_nginx() -> str | None:
    """The one that set-up has fetched, or an installed one."""
    return shutil.which("nginx", path=f"{ROOT}/.venv/nginx/usr/sbin:{os.defpath}:/usr/sbin")


class Proxy:
    """Shares requests between the web processes at these ports. ``url`` is its address."""

    def __init__(self, port: int, upstreams: Sequence[int]) -> None:
        program = find_nginx()
        if program is None:
            raise RuntimeError(MISSING)
        self.port, self.url = port, f"http://{HOST}:{port}"
        folder = new_folder("proxy")
        configuration = folder / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(
                folder=folder,
                user="user root;" if os.geteuid() == 0 else "",
                servers="\n        ".join(f"server {HOST}:{upstream};" for upstream in upstreams),
                host=HOST,
                port=port,
            ),
            encoding="ascii",
        )
        self._server = Kept([program, "-e", folder / "error.log", "-c", configuration], folder=folder)
        self._server.wait_until(self._listens)

    def end(self) -> None:
        self._server.end()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((HOST, self.port)) == 0
