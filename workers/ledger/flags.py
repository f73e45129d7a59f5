"""When a meter's forecasts need a look: flags that go up late and come down later.

Each flag has two bounds. Between them it stays as it is, so that a meter on the edge does not
change its mind every night. A finding that chance brings about as well must last for some nights
on end (`PATIENCE`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from workers.ledger.ledger import Flag, Ledger
from workers.wire_format import timestamp

SKILL, COVERAGE, DRIFT, QUALITY = "skill_below_zero", "coverage_off", "input_drift", "quality"
MODEL_CORRUPT = "model_corrupt"
"""Raised by whoever cannot load a model."""
OF_THE_MODEL = (SKILL, DRIFT, MODEL_CORRUPT)
"""What a new champion starts without. Bands are a matter of weeks: several champions may have
answered in them, and a new one must first show that its own are better."""

SKILL_UP, SKILL_DOWN = 0.0, 0.05
"""Of a week; a model that is level with the naive is not worth its risk."""
COVERAGE_UP, COVERAGE_DOWN = 0.10, 0.05
"""Distance from the nominal share."""
DRIFT_DOWN = 0.7
"""Of what raises the flag."""
FEWEST_DAYS = 6
"""Of a week that must have been scored."""
NOMINAL_COVERAGE = 0.8
PATIENCE: Mapping[str, tuple[int, int]] = {COVERAGE: (7, 3)}
"""Nights on end before a flag goes up, and before it comes down; others do at once.

Errors last for half a day, so a week holds some fifteen that tell of each other nothing, and its
coverage strays by ten points (0.4 / sqrt(15)) by chance alone. After seven nights the week that is
looked at has no day in common with the first one: two weeks say the same.
"""
ONE_NIGHT = timedelta(hours=12)
"""Looks at a meter that lie closer together count as one."""


@dataclass(frozen=True)
class Findings:
    """What the nightly look at a meter found.

    week: scores of the champion's own forecasts over the last week; days: of it that were scored;
    coverage: the share of the week's readings within the bands of any model (there may have been
    several), None where fewer than FEWEST_DAYS days have been scored; drift: 1 and more is too
    far; its words, and those on faulty readings ("" for none).
    """

    week: Mapping[str, Any]
    days: int
    coverage: float | None = None
    drift: float = 0.0
    drift_message: str = ""
    quality_message: str = ""


@dataclass(frozen=True)
class Standing:
    """How a meter stood after the last look: its flags, and which of them are on the way.

    nights: by a flag's code, for how many nights on end the look has called for the flag to change.
    """

    flags: list[Flag] = field(default_factory=list)
    nights: Mapping[str, int] = field(default_factory=dict)
    looked_at: datetime | None = None

    @classmethod
    def of(cls, noted: Mapping[str, Any]) -> "Standing":
        """From what the ledger keeps of a meter (`facts`); its flags may have changed since."""
        looks = noted.get("looks")
        if looks is None:
            return cls(noted["flags"])
        return cls(noted["flags"], looks["nights"], datetime.fromisoformat(looks["at"]))

    def facts(self) -> dict[str, Any]:
        """What the ledger keeps of it."""
        at = timestamp(self.looked_at) if self.looked_at else None
        return {"flags": self.flags, "looks": at and {"at": at, "nights": dict(self.nights)}}

    def after(self, found: Findings, *, now: datetime) -> "Standing":
        """How it stands after another look; a flag that stays up keeps its `since`."""
        new_night = self.looked_at is None or now - self.looked_at > ONE_NIGHT
        up = {flag["code"]: flag for flag in self.flags}
        nights = dict(self.nights)
        for code, raised, lowered, message in _judged(found):
            before = nights.pop(code, 0)
            if code in up and raised:
                up[code] = {**up[code], "message": message}
            if not (lowered if code in up else raised):
                continue
            calls = max(1, before + new_night)
            if calls < PATIENCE.get(code, (1, 1))[code in up]:
                nights[code] = calls
            elif code in up:
                del up[code]
            else:
                up[code] = {"code": code, "since": timestamp(now), "message": message}
        return Standing(list(up.values()), nights, now if new_night else self.looked_at)


def clean_slate(ledger: Ledger, meter_key: str) -> None:
    """A new champion does not answer for what was held against the one before it."""
    ledger.lower_flags(meter_key, OF_THE_MODEL)
    ledger.note(meter_key, suspended=None)


def must_yield(flags: list[Flag], found: Findings) -> bool:
    """Whether the naive shall answer until there is a better champion.

    Skill below zero says so itself. A drift is a reason only if the model no longer beats the
    naive, else the naive would answer worse; and so are bands that are off, which skill tells.
    Flags may be older than the champion: one without a week of its own is not judged by them.
    """
    if found.days < FEWEST_DAYS:
        return False
    codes = {flag["code"] for flag in flags}
    skill = found.week.get("skill")
    return SKILL in codes or (DRIFT in codes and skill is not None and skill <= SKILL_UP)


def _judged(found: Findings) -> list[tuple[str, bool, bool, str]]:
    """`(code, raised, lowered, message)` of every flag."""
    skill, coverage = found.week.get("skill"), found.coverage
    judged = []
    if found.days >= FEWEST_DAYS and skill is not None:
        words = f"worse than the seasonal naive over a week: skill {skill:.2f}"
        judged.append((SKILL, skill < SKILL_UP, skill > SKILL_DOWN, words))
    if coverage is not None:
        off = abs(coverage - NOMINAL_COVERAGE)
        words = f"{100 * coverage:.0f} % of the readings lie in the band that should hold 80 %"
        judged.append((COVERAGE, off > COVERAGE_UP, off < COVERAGE_DOWN, words))
    judged.append((DRIFT, found.drift >= 1, found.drift < DRIFT_DOWN, found.drift_message))
    faulty = bool(found.quality_message)
    judged.append((QUALITY, faulty, not faulty, found.quality_message))
    return judged
