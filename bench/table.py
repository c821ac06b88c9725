"""Gates: what was measured against what the issue allows, printed as one table and kept as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measured value. `bound` None: there is no gate, the figure stands beside the others. `at_least`: the bound is a floor."""

    what: str
    measured: float
    unit: str
    bound: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        if self.bound is None:
            return None
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound

    @property
    def row(self) -> str:
        bound = "" if self.bound is None else f"{'≥' if self.at_least else '≤'} {self.bound:g} {self.unit}"
        return f"| {self.what} | {bound} | {_shown(self.measured, self.unit)} | {self._verdict} |"

    @property
    def _verdict(self) -> str:
        if self.met is None or self.bound is None:
            return ""
        if self.met:
            return "met"
        return f"NOT MET by {_shown(abs(self.measured - self.bound), self.unit)}"


def _shown(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value == int(value) or unit in ("MB", "/min") else f"{value:,.2f} {unit}"


def table(figures: Sequence[Figure]) -> str:
    return "\n".join(["| gate | bound | measured | |", "|---|---|---|---|", *(figure.row for figure in figures)])


def keep(path: Path, figures: Sequence[Figure]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{**asdict(figure), "met": figure.met} for figure in figures]
    path.write_text(json.dumps(rows, indent=2, ensure_ascii=False), "utf-8")
