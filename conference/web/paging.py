"""The page, order and filters that an address asks for."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from conference.foundation.paging import SIZES, Ask, Page


def ask_from_request(*filters: str) -> Ask:
    """Read ``?page=2&size=100&sort=name&direction=desc`` and the named filters; nonsense falls back."""
    args = request.args
    size = args.get("size", default=SIZES[0], type=int)
    return Ask(
        number=max(1, min(args.get("page", default=1, type=int) or 1, 1_000_000)),
        size=size if size in SIZES else SIZES[0],
        sort=args.get("sort", "")[:40],
        direction="desc" if args.get("direction") == "desc" else "asc",
        query={name: value for name in filters if (value := args.get(name, "").strip()[:200])},
    )


def addressed(page: Page[Any]) -> Page[Any]:
    """Give a page the addresses of its neighbours: same route, same filters, what changes laid over."""
    endpoint, inside = request.endpoint or "", dict(request.view_args or {})

    def address(**changes: Any) -> str:
        values: dict[str, Any] = {
            **page.query,
            "sort": page.sort,
            "direction": page.direction,
            "size": page.size,
        }
        number = changes.pop("number", 1)
        values.update(changes)
        if values["size"] == SIZES[0]:
            values.pop("size")
        if number != 1:
            values["page"] = number
        return url_for(endpoint, **inside, **{name: value for name, value in values.items() if value not in ("", None)})

    page.address = address
    return page
