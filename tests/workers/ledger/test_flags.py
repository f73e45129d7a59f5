"""Flags go up late and come down later."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from data.simulation.weather import noise
from workers.ledger.flags import (
    COVERAGE,
    DRIFT,
    PATIENCE,
    QUALITY,
    SKILL,
    Findings,
    Standing,
    must_yield,
)

NOW = datetime(2026, 5, 1, 3, tzinfo=UTC)
GOOD = {"skill": 0.3, "coverage": 0.8}
UP = {"code": SKILL, "since": "2026-04-01T03:00:00.000Z", "message": "worse"}


def findings(week: dict[str, Any] | None = None, *, days: int = 7, **facts: Any) -> Findings:
    return Findings(week={**GOOD, **(week or {})}, days=days, **facts)


def live_through(nights: list[Findings], stands: Standing | None = None) -> list[Standing]:
    """How a meter stands after each of these nights, the first of which is NOW's."""
    stands, told = stands or Standing(), []
    for number, found in enumerate(nights):
        stands = stands.after(found, now=NOW + timedelta(days=number))
        told.append(stands)
    return told


def codes(stands: Standing) -> list[str]:
    return [flag["code"] for flag in stands.flags]


def turns(told: list[Standing], code: str) -> int:
    """How often a flag went up or came down."""
    up = [False, *(code in codes(stands) for stands in told)]
    return sum(before is not after for before, after in pairwise(up))


@pytest.mark.parametrize(
    ("found", "raised"),
    [
        pytest.param(findings(), [], id="all-is-well"),
        pytest.param(findings({"skill": -0.01}), [SKILL], id="worse-than-the-naive"),
        pytest.param(findings({"skill": -0.5}, days=3), [], id="three-days-are-no-week"),
        pytest.param(findings({"skill": None}, coverage=None), [], id="nothing-to-compare"),
        pytest.param(findings(coverage=0.69), [COVERAGE], id="bands-too-narrow"),
        pytest.param(findings(coverage=0.91), [COVERAGE], id="bands-too-wide"),
        pytest.param(findings(coverage=0.71), [], id="bands-nearly-right"),
        pytest.param(findings(drift=1.2, drift_message="doubled"), [DRIFT], id="drift"),
        pytest.param(findings(drift=0.9, drift_message="more"), [], id="nearly-drift"),
        pytest.param(findings(quality_message="flat"), [QUALITY], id="faulty-readings"),
        pytest.param(findings({"skill": -1}, coverage=0.2, drift=3), [SKILL, DRIFT, COVERAGE], id="all-at-once"),
    ],
)  # fmt: skip
def test_what_raises_a_flag(found: Findings, raised: list[str]) -> None:
    """In time: each goes up on the night on which its patience ends."""
    told = live_through([found] * PATIENCE[COVERAGE][0])
    assert codes(told[-1]) == raised
    for flag in told[-1].flags:
        waited = PATIENCE.get(flag["code"], (1, 1))[0] - 1
        assert flag["since"] == f"2026-05-{1 + waited:02d}T03:00:00.000Z"


@pytest.mark.parametrize(
    ("skill", "stays"),
    [
        pytest.param(-0.2, True, id="still-worse"),
        pytest.param(0.03, True, id="hardly-better"),
        pytest.param(0.06, False, id="better-again"),
        pytest.param(None, True, id="unknown"),
    ],
)
def test_what_lowers_it(skill: float | None, stays: bool) -> None:
    flags = Standing([UP]).after(findings({"skill": skill}), now=NOW).flags
    assert bool(flags) is stays
    if flags:
        assert flags[0]["since"] == UP["since"]


def test_on_the_edge_it_does_not_change_its_mind() -> None:
    """Skill that wavers about nought: one flag, raised once."""
    nights = [findings({"skill": -0.01 if night % 2 else 0.02}) for night in range(20)]
    told = live_through(nights)
    assert [flag["since"] for flag in told[-1].flags] == ["2026-05-02T03:00:00.000Z"]


@pytest.mark.parametrize(
    ("coverages", "changes"),
    [
        pytest.param([0.95] * 6 + [0.8] * 4, 0, id="a-week-that-chance-brings"),
        pytest.param(([0.95] * 4 + [0.88]) * 6, 0, id="now-and-then"),
        pytest.param([0.95] * 7, 1, id="two-weeks-that-say-the-same"),
        pytest.param([0.95] * 7 + [0.82] * 2 + [0.88] * 5, 1, id="two-good-nights"),
        pytest.param([0.95] * 7 + [0.82] * 3, 2, id="three-good-nights"),
        pytest.param([0.95] * 7 + [None] * 9 + [0.95], 1, id="nothing-to-judge"),
        pytest.param([0.95] * 4 + [None] * 2 + [0.95] * 3, 1, id="a-gap-does-not-count-against-it"),
        pytest.param([0.95] * 7 + ([0.82] * 2 + [0.92]) * 9, 1, id="no-flapping"),
    ],
)
def test_bands_are_judged_with_patience(coverages: list[float | None], changes: int) -> None:
    told = live_through([findings(coverage=share) for share in coverages])
    assert turns(told, COVERAGE) == changes


def weekly_coverage(seed: int, *, width: float) -> list[float]:
    """A year of nights: bands so many times as wide as they should be; errors last half a day."""
    error = noise(seed, "errors", (365 + 7) * 24, memory_hours=12)
    inside = np.abs(error) < width * NormalDist().inv_cdf(0.9)
    return np.convolve(inside, np.full(168, 1 / 168), mode="valid")[::24].tolist()


@pytest.mark.parametrize(
    ("width", "rises", "found_by"),
    [
        pytest.param(1.0, (0, 5), None, id="right-bands-seldom-by-chance"),
        pytest.param(0.55, (1, 2), 8, id="bands-that-hold-half-at-once"),
        pytest.param(1.8, (1, 2), 8, id="bands-that-hold-nearly-all-at-once"),
    ],
)
def test_chance_raises_few_flags_and_hides_none(
    width: float, rises: tuple[float, float], found_by: int | None
) -> None:
    """Without patience right bands would be flagged twenty times a year."""
    seen, first = 0, []
    for seed in range(10):
        told = live_through([findings(coverage=one) for one in weekly_coverage(seed, width=width)])
        up = [COVERAGE in codes(stands) for stands in told]
        seen += sum(after and not before for before, after in pairwise([False, *up]))
        first += [up.index(True)] if True in up else []
    assert rises[0] <= seen / 10 <= rises[1]
    if found_by is not None:
        assert len(first) == 10
        assert np.median(first) < found_by


def test_a_night_counts_once_however_often_a_meter_is_looked_at() -> None:
    stands = Standing()
    for hour in range(10):
        stands = stands.after(findings(coverage=0.95), now=NOW + timedelta(hours=hour))
    assert stands.nights == {COVERAGE: 1}


def test_how_it_stands_survives_the_ledger() -> None:
    stands = live_through([findings({"skill": -1}, coverage=0.95)] * 3)[-1]
    assert Standing.of({**stands.facts(), "yesterday": {}}) == stands
    assert Standing.of({"flags": [UP]}) == Standing([UP])


@pytest.mark.parametrize(
    ("code", "skill", "days", "yields"),
    [
        pytest.param(SKILL, -0.1, 7, True, id="worse-than-the-naive"),
        pytest.param(SKILL, None, 0, False, id="the-flag-of-another-champion"),
        pytest.param(SKILL, -0.1, 3, False, id="three-days-of-a-new-champion"),
        pytest.param(COVERAGE, -0.1, 7, False, id="bands-are-no-reason-of-their-own"),
        pytest.param(DRIFT, 0.3, 7, False, id="drift-but-better"),
        pytest.param(DRIFT, -0.2, 7, True, id="drift-and-worse"),
        pytest.param(DRIFT, None, 7, False, id="drift-and-nothing-known"),
        pytest.param(QUALITY, -0.2, 7, False, id="readings-are-not-the-models-fault"),
    ],
)
def test_when_the_naive_answers(code: str, skill: float | None, days: int, yields: bool) -> None:
    flags = [{**UP, "code": code}]
    assert must_yield(flags, findings({"skill": skill}, days=days)) is yields
