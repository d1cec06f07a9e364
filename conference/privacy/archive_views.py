"""The file that a person gets: the data as JSON, and everything they sent as files, in one archive."""

from __future__ import annotations

import json
import tempfile
import zipfile

from flask import Response, send_file

from conference.privacy.collecting import Collected
from conference.reflections.shelf_views import shelf

IN_MEMORY = 1 << 20


def send_archive(collected: Collected, name: str) -> Response:
    """One zip, made on the disk when it is large; a file that is gone is left out and named in the data still."""
    target = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (closed with the answer)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("du-lieu.json", json.dumps(collected.data, ensure_ascii=False, indent=2))
        for inside, stored_as in collected.files:
            content = shelf().read(stored_as)
            if content is not None:
                archive.writestr(inside, content)
    target.seek(0)
    answer = send_file(target, "application/zip", as_attachment=True, download_name=f"{name}.zip")
    answer.headers["Cache-Control"] = "no-store"
    return answer
