"""What is asked of a person where a file can be read in several ways: choices, and what each
gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from config.errors import AmbiguousFile

POINTS = 60
"""Of the small chart of a choice."""
MOST_CHOICES = 20


@dataclass(frozen=True)
class Choosable:
    """One way to read a file: the options that say so, and the series it would give."""

    label: str
    options: Mapping[str, Any]
    readings: pd.Series
    unit: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """For the answer: `options` as a query takes them, times in UTC, a chart of a few means."""
        values = self.readings.to_numpy(dtype="float64")
        index = self.readings.index
        return {
            "label": self.label,
            "options": dict(self.options),
            "count": len(values),
            "first": f"{index[0]:%Y-%m-%dT%H:%M:%SZ}" if len(values) else None,
            "last": f"{index[-1]:%Y-%m-%dT%H:%M:%SZ}" if len(values) else None,
            "sum": float(values.sum()),
            "unit": self.unit,
            "points": chart_of(self.readings),
        }


def chart_of(readings: pd.Series) -> list[float]:
    """Means of equal parts of a series, up to `POINTS`, for a small chart."""
    values = readings.to_numpy(dtype="float64")
    parts = np.array_split(values, min(POINTS, len(values))) if len(values) else []
    return [float(part.mean()) for part in parts]


def ask(
    question: str, choices: Sequence[Choosable], *, field: str, words: str = ""
) -> AmbiguousFile:
    """The error that asks; its hint says the choices as the command line takes them.

    :param field: the option that answers.
    :param words: further words of help.
    """
    shown = [choice.to_dict() for choice in choices[:MOST_CHOICES]]
    said = "; ".join(f"{flags(one['options'])} ({figures(one)})" for one in shown)
    return AmbiguousFile(
        question,
        hint=f"{words + ' ' if words else ''}Nothing was stored. Say which is meant: {said}.",
        question=question,
        choices=shown,
        field=field,
    )


def flags(options: Mapping[str, Any]) -> str:
    """Options as `energy import` takes them."""
    return " ".join(_flag(name, value) for name, value in options.items())


def _flag(name: str, value: Any) -> str:
    dashed = name.replace("_", "-")
    if name == "counter":
        return "--counter" if value else "--no-counter"
    if name == "interval_end":
        return "--interval-end" if value else "--interval-start"
    if name == "day_first":
        return "--day-first" if value else "--month-first"
    if isinstance(value, bool):
        return f"--{dashed}"
    return f"--{dashed} {str(value)!r}"


def figures(choice: Mapping[str, Any]) -> str:
    """What a choice would give, in a few words."""
    unit = f" {choice['unit']}" if choice["unit"] else ""
    return f"{choice['count']:,} readings, sum {choice['sum']:.6g}{unit}"
