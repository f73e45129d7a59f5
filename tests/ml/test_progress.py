"""Progress of a training: it never falls, and its parts stand in the order of their plan."""

import itertools
from dataclasses import astuple

from ml import train
from ml.progress import PLAN
from tests.ml.series import Series


def test_the_plan_rises_within_the_whole() -> None:
    stops = (0.0, *astuple(PLAN), 1.0)
    assert all(before < after for before, after in itertools.pairwise(stops))


def test_a_training_tells_what_it_does_and_never_falls_back(series: Series) -> None:
    told: list[tuple[str, float]] = []
    train(
        series.readings,
        series.weather,
        meter=series.meter,
        report=lambda stage, fraction, **facts: told.append((stage, fraction)),
    )
    fractions = [fraction for _, fraction in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    last = dict(told)
    assert last["features"] == PLAN.checked
    assert last["fitting"] == PLAN.fitted
    assert last["calibrating"] <= PLAN.calibrated
