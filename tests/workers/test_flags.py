"""Flags go up late and come down later."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workers.flags import COVERAGE, DRIFT, QUALITY, SKILL, Findings, flags_after, must_yield

NOW = datetime(2026, 5, 1, 3, tzinfo=UTC)
GOOD = {"skill": 0.3, "coverage": 0.8}
UP = {"code": SKILL, "since": "2026-04-01T03:00:00.000Z", "message": "worse"}


def findings(week: dict[str, Any] | None = None, *, days: int = 7, **facts: Any) -> Findings:
    return Findings(week={**GOOD, **(week or {})}, days=days, **facts)


@pytest.mark.parametrize(
    ("found", "codes"),
    [
        pytest.param(findings(), [], id="all-is-well"),
        pytest.param(findings({"skill": -0.01}), [SKILL], id="worse-than-the-naive"),
        pytest.param(findings({"skill": -0.5}, days=3), [], id="three-days-are-no-week"),
        pytest.param(findings({"skill": None, "coverage": None}), [], id="nothing-to-compare"),
        pytest.param(findings({"coverage": 0.69}), [COVERAGE], id="bands-too-narrow"),
        pytest.param(findings({"coverage": 0.91}), [COVERAGE], id="bands-too-wide"),
        pytest.param(findings({"coverage": 0.71}), [], id="bands-nearly-right"),
        pytest.param(findings(drift=1.2, drift_message="doubled"), [DRIFT], id="drift"),
        pytest.param(findings(drift=0.9, drift_message="more"), [], id="nearly-drift"),
        pytest.param(findings(quality_message="flat"), [QUALITY], id="faulty-readings"),
        pytest.param(findings({"skill": -1, "coverage": 0.2}, drift=3), [SKILL, COVERAGE, DRIFT], id="all-at-once"),
    ],
)  # fmt: skip
def test_what_raises_a_flag(found: Findings, codes: list[str]) -> None:
    flags = flags_after([], found, now=NOW)
    assert [flag["code"] for flag in flags] == codes
    assert {flag["since"] for flag in flags} <= {"2026-05-01T03:00:00.000Z"}


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
    flags = flags_after([UP], findings({"skill": skill}), now=NOW)
    assert bool(flags) is stays
    if flags:
        assert flags[0]["since"] == UP["since"]


def test_on_the_edge_it_does_not_change_its_mind() -> None:
    """Skill that wavers about nought: one flag, raised once."""
    flags: list[dict[str, Any]] = []
    for night in range(20):
        week = {"skill": -0.01 if night % 2 else 0.02}
        flags = flags_after(flags, findings(week), now=NOW + timedelta(days=night))
    assert [flag["since"] for flag in flags] == ["2026-05-02T03:00:00.000Z"]


@pytest.mark.parametrize(
    ("code", "skill", "yields"),
    [
        pytest.param(SKILL, -0.1, True, id="worse-than-the-naive"),
        pytest.param(COVERAGE, 0.3, False, id="band-off-but-better"),
        pytest.param(COVERAGE, 0.0, True, id="band-off-and-no-better"),
        pytest.param(DRIFT, -0.2, True, id="drift-and-worse"),
        pytest.param(DRIFT, None, False, id="drift-and-nothing-known"),
        pytest.param(QUALITY, -0.2, False, id="readings-are-not-the-models-fault"),
    ],
)
def test_when_the_naive_answers(code: str, skill: float | None, yields: bool) -> None:
    flags = [{**UP, "code": code}]
    assert must_yield(flags, {"skill": skill}) is yields
