"""When a meter's forecasts need a look: flags that go up late and come down later.

Each flag has two bounds. Between them it stays as it is, so that a meter on the edge does not
change its mind every night.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workers.ledger import Flag
from workers.records import timestamp

SKILL, COVERAGE, DRIFT, QUALITY = "skill_below_zero", "coverage_off", "input_drift", "quality"
MODEL_CORRUPT = "model_corrupt"
"""Raised by whoever cannot load a model."""
OF_THE_MODEL = (SKILL, COVERAGE, DRIFT, MODEL_CORRUPT)
"""What a new champion starts without."""

SKILL_UP, SKILL_DOWN = 0.0, 0.05
"""Of a week; a model that is level with the naive is not worth its risk."""
COVERAGE_UP, COVERAGE_DOWN = 0.10, 0.05
"""Distance from the nominal share."""
DRIFT_DOWN = 0.7
"""Of what raises the flag."""
FEWEST_DAYS = 6
"""Of a week that must have been scored."""
NOMINAL_COVERAGE = 0.8


@dataclass(frozen=True)
class Findings:
    """What the nightly look at a meter found.

    week: scores of the champion's own forecasts over the last week; days: of it that were scored;
    drift: 1 and more is too far; its words, and those on faulty readings ("" for none).
    """

    week: Mapping[str, Any]
    days: int
    drift: float = 0.0
    drift_message: str = ""
    quality_message: str = ""


def flags_after(before: list[Flag], found: Findings, *, now: datetime) -> list[Flag]:
    """The flags that are up now; one that stays up keeps its `since`."""
    up = {flag["code"]: flag for flag in before}
    for code, raised, lowered, message in _judged(found):
        if raised:
            since = up[code]["since"] if code in up else timestamp(now)
            up[code] = {"code": code, "since": since, "message": message}
        elif lowered:
            up.pop(code, None)
    return list(up.values())


def must_yield(flags: list[Flag], week: Mapping[str, Any]) -> bool:
    """Whether the naive shall answer until there is a better champion.

    Skill below zero says so itself. A band that is off or a drift is a reason only if the model
    no longer beats the naive: else the naive would answer worse, with the same flag.
    """
    codes = {flag["code"] for flag in flags}
    if SKILL in codes:
        return True
    skill = week.get("skill")
    return bool(codes & {COVERAGE, DRIFT}) and skill is not None and skill <= SKILL_UP


def _judged(found: Findings) -> list[tuple[str, bool, bool, str]]:
    """`(code, raised, lowered, message)` of every flag."""
    skill, coverage = found.week.get("skill"), found.week.get("coverage")
    enough = found.days >= FEWEST_DAYS
    judged = []
    if enough and skill is not None:
        words = f"worse than the seasonal naive over a week: skill {skill:.2f}"
        judged.append((SKILL, skill < SKILL_UP, skill > SKILL_DOWN, words))
    if enough and coverage is not None:
        off = abs(coverage - NOMINAL_COVERAGE)
        words = f"{100 * coverage:.0f} % of the readings lie in the band that should hold 80 %"
        judged.append((COVERAGE, off > COVERAGE_UP, off < COVERAGE_DOWN, words))
    judged.append((DRIFT, found.drift >= 1, found.drift < DRIFT_DOWN, found.drift_message))
    faulty = bool(found.quality_message)
    judged.append((QUALITY, faulty, not faulty, found.quality_message))
    return judged
