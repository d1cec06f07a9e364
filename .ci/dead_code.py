"""Names functions, classes, methods and imports of the product that nothing in the product uses.

What a template mentions is used. What a framework calls by decorator or by name is listed below.
A use by a test alone is no use.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import vulture

ROOT = Path(__file__).parent.parent
CODE = ["conference", "migrations", "wsgi.py", "gunicorn.conf.py"]
TEMPLATES = ROOT / "templates"

CALLED_BY_DECORATOR = [
    "@*.route", "@*.get", "@*.post", "@*.put", "@*.patch", "@*.delete", "@*.command", "@*.group", "@*.on",
    "@*.before_request", "@*.after_request", "@*.record_once", "@*.teardown_request", "@*.teardown_appcontext",
    "@*.before_app_request", "@*.after_app_request", "@*.app_context_processor", "@*.context_processor",
    "@*.errorhandler", "@*.app_errorhandler", "@*.template_filter", "@*.app_template_filter",
    "@*.template_global", "@*.app_template_global", "@*.template_test", "@*.url_defaults", "@*.listen",
    "@*.listens_for", "@listens_for", "@job", "@*.job", "@on_event", "@*.validator", "@field_validator",
    "@each_round", "@*.each_round",
    "@model_validator", "@field_serializer", "@model_serializer", "@computed_field", "@event", "@*.event",
]  # fmt: skip
CALLED_BY_NAME = [
    "upgrade", "downgrade", "process_bind_param", "process_result_value", "cache_ok", "load_dialect_impl",
    "do_*", "model_config", "on_*", "post_fork", "worker_*", "when_ready", "post_worker_init",
    "default_error",
    "stopped_at", "run_all",  # by these the tests hold the clock and empty the queue
]  # fmt: skip
KINDS = {"function", "method", "class", "property", "import", "unreachable_code"}


def words_in_templates() -> Iterator[str]:
    for path in TEMPLATES.rglob("*"):
        if path.is_file():
            yield from re.findall(r"[A-Za-z_]\w*", path.read_text(encoding="utf-8"))


def unused() -> list[vulture.core.Item]:
    search = vulture.Vulture(ignore_names=CALLED_BY_NAME, ignore_decorators=CALLED_BY_DECORATOR)
    search.scavenge([str(ROOT / part) for part in CODE if (ROOT / part).exists()])
    search.used_names.update(words_in_templates())
    return [item for item in search.get_unused_code(min_confidence=60) if item.typ in KINDS]


if __name__ == "__main__":
    found = unused()
    for item in found:
        print(f"{Path(item.filename).relative_to(ROOT)}:{item.first_lineno}: {item.message}")
    sys.exit(1 if found else 0)
