"""What the benchmarks found, as a table for people and as JSON for programs."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    benchmark: str
    what: str
    value: float
    unit: str
    reach: float | None
    more_is_better: bool
    hello_ratio: float | None  # for rates: this rate divided by that of the bare answer
    note: str

    @property
    def is_reached(self) -> bool | None:
        if self.reach is None:
            return None
        return self.value >= self.reach if self.more_is_better else self.value <= self.reach


class Report:
    """Collects figures. ``hello_rate`` is what a bare Flask answer reached in this run."""

    def __init__(self, hello_rate: float) -> None:
        self.hello_rate = hello_rate
        self.figures: list[Figure] = []
        self.failures: dict[str, str] = {}
        self.benchmark = ""

    def figure(
        self,
        what: str,
        value: float,
        unit: str,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
        is_rate: bool = False,
        note: str = "",
    ) -> None:
        """State one figure, the figure to reach if there is one, and whether it is a rate of requests."""
        figure = Figure(
            benchmark=self.benchmark,
            what=what,
            value=round(value, 3),
            unit=unit,
            reach=at_least if at_least is not None else at_most,
            more_is_better=at_most is None,
            hello_ratio=round(value / self.hello_rate, 3) if is_rate else None,
            note=note,
        )
        self.figures.append(figure)
        print(self._line(figure), flush=True)

    def print_heading(self) -> None:
        print(f"{'benchmark':<12} {'what':<44} {'measured':>18} {'to reach':>14} {'':7} {'x hello':>8}  note")

    def write(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        content = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": {"system": platform.platform(), "python": platform.python_version(), "cores": cpu_count()},
            "hello_rate": round(self.hello_rate, 1),
            "figures": [{**asdict(one), "is_reached": one.is_reached} for one in self.figures],
            "failures": self.failures,
        }
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @staticmethod
    def _line(figure: Figure) -> str:
        sign = "≥" if figure.more_is_better else "≤"
        reach = "" if figure.reach is None else f"{sign} {figure.reach:,g}"
        verdict = {True: "reached", False: "MISSED", None: ""}[figure.is_reached]
        ratio = "" if figure.hello_ratio is None else f"{figure.hello_ratio:.2f}"
        value = f"{figure.value:,.0f}" if figure.value >= 1000 else f"{figure.value:,.2f}"
        return (
            f"{figure.benchmark:<12} {figure.what:<44} {value + ' ' + figure.unit:>18} {reach:>14} "
            f"{verdict:<7} {ratio:>8}  {figure.note}"
        ).rstrip()
