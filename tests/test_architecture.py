"""The rules of the house that a machine can hold."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "conference"
AREAS = (
    "directory",
    "accounts",
    "planning",
    "sites",
    "registry",
    "seating",
    "notices",
    "releases",
    "checkin",
    "reflections",
    "grading",
    "reports",
    "privacy",
    "live",
    "api",
)
"""In the order of a conference's life: an area may use those before it, never those after."""

EDGES = ("views", "sockets", "cli", "jobs")
EDGE_SUFFIXES = tuple(f"_{edge}" for edge in EDGES)
EDGE_FILES = {
    ("planning", "entry"),
    ("accounts", "sessions"),
    ("registry", "visits"),
    ("notices", "letters"),
    ("notices", "digests"),
}
"""Edges with a name of their own: they read the request for several views."""

SPEAKING = ("forms", "words")
"""Not edges, and yet they speak to people: they may use ``web.forms`` and ``web.words``, never the request."""

INNER = ("rules", "models", "queries", "access", "actions")


def modules() -> list[tuple[Path, str]]:
    return [
        (path, path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")) for path in PACKAGE.rglob("*.py")
    ]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path: Path) -> list[tuple[str, ast.AST, bool]]:
    """(imported module, node, whether it stands at the top of the file)."""
    tree = tree_of(path)
    top = set(map(id, tree.body))
    found: list[tuple[str, ast.AST, bool]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node, id(node) in top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.append((node.module, node, id(node) in top))
            found += [(f"{node.module}.{alias.name}", node, id(node) in top) for alias in node.names]
    return found


def speaks(module: str) -> bool:
    return any(part in SPEAKING or part.endswith(("_forms", "_words")) for part in module.split(".")[2:])


def area_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "conference" and parts[1] in AREAS else None


def is_edge(module: str) -> bool:
    parts = module.split(".")
    if len(parts) > 2 and (parts[1], parts[2]) in EDGE_FILES:
        return True
    return any(part in EDGES or part.endswith(EDGE_SUFFIXES) for part in parts[2:])


@pytest.mark.parametrize(("path", "module"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_point_down(path: Path, module: str) -> None:
    area = area_of(module)
    faults = []
    for imported, _node, _top in imports_of(path):
        other = area_of(imported)
        if area and other and AREAS.index(other) > AREAS.index(area):
            faults.append(f"{area} must not know {other}: {imported}")
        if module.startswith("conference.foundation") and (other or imported.startswith("conference.web")):
            faults.append(f"foundation knows no area and no request: {imported}")
        if module.startswith("conference.adapters") and other:
            faults.append(f"adapters know no area: {imported}")
        if area and not is_edge(module) and imported.split(".")[0] in ("flask", "flask_socketio"):
            faults.append(f"only edges meet the request: {imported}")
        if area and not is_edge(module) and imported.startswith("conference.adapters"):
            faults.append(f"only edges touch adapters: {imported}")
        if area and not (is_edge(module) or speaks(module)) and imported.startswith("conference.web"):
            faults.append(f"only edges touch web: {imported}")
        if area and module.endswith(".rules") and imported.split(".")[0] in ("sqlalchemy", "flask"):
            faults.append(f"rules decide without a database: {imported}")
    assert faults == []


@pytest.mark.parametrize(("path", "module"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_stand_at_the_top_of_their_file(path: Path, module: str) -> None:
    inside = [imported for imported, _node, top in imports_of(path) if imported.startswith("conference") and not top]
    assert inside == []


def test_one_file_commits() -> None:
    committing = sorted(
        module
        for path, module in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    )
    assert set(committing) == {"conference.foundation.db"}


def test_migrations_never_import_models() -> None:
    importing = [
        path.name
        for path in (ROOT / "migrations" / "versions").glob("*.py")
        for imported, _node, _top in imports_of(path)
        if imported.startswith("conference")
    ]
    assert importing == []


def test_migrations_are_one_chain_in_the_order_of_their_numbers() -> None:
    names, links = [], []
    for path in sorted((ROOT / "migrations" / "versions").glob("*.py")):
        values = {
            node.targets[0].id: ast.literal_eval(node.value)
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id in ("revision", "down_revision")
        }
        names.append(values["revision"])
        links.append(values["down_revision"])
        assert values["revision"] == path.stem
    assert links == [None, *names[:-1]]


def test_every_route_says_who_may_enter(sqlite_app) -> None:
    silent = sorted(
        endpoint for endpoint, view in sqlite_app.view_functions.items() if not getattr(view, "allowed_roles", None)
    )
    assert silent == []


def test_no_template_carries_inline_script_or_style() -> None:
    faults = [
        f"{path.relative_to(ROOT)}: {mark}"
        for path in (ROOT / "templates").rglob("*.html")
        if "mail" not in path.parts
        for mark in (' style="', "<style", "onclick=", "onchange=", "onsubmit=", "javascript:")
        if mark in path.read_text(encoding="utf-8")
    ]
    assert faults == []


def test_no_file_is_named_after_nothing() -> None:
    nameless = [
        module for _path, module in modules() if module.split(".")[-1] in ("utils", "helpers", "common", "misc")
    ]
    assert nameless == []
