"""Static text travels compressed: the first load of a door or of an attendee's page may have 64 kbit/s.

Pages are left as they are: they carry secrets beside what others typed, and their length would tell of them.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

TEXTS = frozenset(
    {"text/css", "text/javascript", "application/javascript", "image/svg+xml", "application/wasm", "application/json"}
)
LEAST_BYTES = 512
LEVEL = 9
"""Slow and once: a file is compressed at its first request."""


def compress_static_files(app: Flask) -> None:
    folder = Path(app.static_folder or "")

    def compress(response: Response) -> Response:
        if request.endpoint != "static" or response.mimetype not in TEXTS:
            return response
        response.vary.add("Accept-Encoding")
        if response.status_code != 200 or not request.accept_encodings.quality("gzip"):
            return response
        path = folder / (request.view_args or {})["filename"]
        if path.stat().st_size < LEAST_BYTES:
            return response
        tag, _ = response.get_etag()
        response.close()  # the file that was to be sent as it is
        response.direct_passthrough = False
        response.set_data(_compressed(path, path.stat().st_mtime))
        response.content_encoding = "gzip"
        if tag is not None:
            response.set_etag(tag, weak=True)  # the same file, in other bytes
        return response

    app.after_request(compress)


@lru_cache(maxsize=256)
def _compressed(path: Path, _changed_at: float) -> bytes:
    return gzip.compress(path.read_bytes(), LEVEL, mtime=0)
