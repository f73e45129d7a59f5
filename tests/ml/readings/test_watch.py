"""Scores of issued forecasts, and what a week of readings says of the meter."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from ml.evaluation.accuracy import accuracy, row, scored_table, summed
from ml.readings import Checked, check
from ml.readings.drift import input_drift, recent_faults
from tests.ml.series import synthetic

SERIES = synthetic(days=90, noise=0.05)
READINGS, METER = SERIES.readings, SERIES.meter
END = READINGS.index[-1]


def checked(readings: pd.Series = READINGS) -> Checked:
    return check(readings, meter=METER)


def issued(origin: pd.Timestamp, hours: int, factor: float = 1.1) -> pd.DataFrame:
    """A forecast that is `factor` times what happened."""
    index = pd.date_range(origin, periods=hours, freq="h").as_unit("us")
    p50 = factor * READINGS.reindex(index).to_numpy()
    return pd.DataFrame(
        {
            "time": index, "origin": origin, "model_version": "v", "source": "model",
            "p10": 0.9 * p50, "p50": p50, "p90": 1.2 * p50,
        }
    )  # fmt: skip


def test_scores_are_what_was_issued_against_what_happened() -> None:
    origin = END - timedelta(days=7)
    table, scale = scored_table(issued(origin, 72), checked(), meter=METER)
    found = accuracy(table, scale)

    actual = READINGS[(READINGS.index >= origin)].iloc[:72]
    week_ago = READINGS.reindex(actual.index - timedelta(days=7)).to_numpy()
    overall = found["overall"]
    assert overall["n"] == 72
    assert overall["mae"] == pytest.approx(0.1 * actual.mean())
    assert overall["wape"] == pytest.approx(0.1)
    assert overall["bias"] == pytest.approx(0.1 * actual.mean())
    assert overall["coverage"] == 1.0
    assert overall["naive_mae"] == pytest.approx(np.abs(actual.to_numpy() - week_ago).mean())
    assert overall["skill"] == pytest.approx(1 - overall["mae"] / overall["naive_mae"])
    leads = [(r["lead_from_hours"], r["lead_to_hours"], r["n"]) for r in found["by_lead"]]
    assert leads == [(0, 6, 6), (6, 24, 18), (24, 48, 24), (48, 168, 24)]
    assert sum(r["n"] for r in found["by_day"]) == 72
    assert set(found["by_day"][0]) == {"date", *overall}


def test_a_target_without_its_reading_is_not_scored() -> None:
    gap = READINGS.drop(READINGS.index[-100:-90])
    table, _ = scored_table(issued(END - timedelta(days=7), 200), checked(gap), meter=METER)
    assert len(table) == 200 - 10 - 31  # ten are missing, and the last ones are still to come


def test_a_broken_meter_is_not_a_bad_model() -> None:
    flat = READINGS.copy()
    flat.iloc[-48:] = flat.iloc[-49]
    table, _ = scored_table(issued(END - timedelta(days=7), 168), checked(flat), meter=METER)
    assert table["time"].max() < flat.index[-48]


def test_nothing_to_score() -> None:
    table, scale = scored_table(issued(END + timedelta(days=1), 24), checked(), meter=METER)
    assert row(table, scale) == {"n": 0}
    assert accuracy(table, scale)["by_day"] == []


def test_a_type_is_the_mean_of_its_meters() -> None:
    rows = [{"n": 10, "wape": 0.1, "skill": 0.5}, {"n": 90, "wape": 0.3, "skill": None}, {"n": 0}]
    found = summed(rows)
    assert (found["n"], found["meters"]) == (100, 2)
    assert (found["wape"], found["skill"], found["coverage"]) == (0.2, 0.5, None)


def recent(change: float | None = None, days: int = 7) -> pd.Series:
    changed = READINGS.copy()
    if change is not None:
        changed[changed.index > END - timedelta(days=days)] *= change
    return changed


@pytest.mark.parametrize("change", [2.0, 0.4])
def test_another_level_is_drift(change: float) -> None:
    found = input_drift(checked(recent(change)))
    assert found.strength > 1
    assert found.message.startswith("the level of the last week is")
    assert float(found.message.split(" times")[0].split()[-1]) == pytest.approx(change, rel=0.15)


def test_another_shape_is_drift() -> None:
    swapped = READINGS.copy()
    last = swapped.index > END - timedelta(days=7)
    swapped[last] = np.roll(swapped[last].to_numpy(), 6)
    found = input_drift(checked(swapped))
    assert found.strength > 1
    assert "shape" in found.message


def test_an_ordinary_week_is_none() -> None:
    assert input_drift(checked()).strength < 1
    assert input_drift(checked(READINGS.iloc[-20 * 24 :])).strength == 0, "too short to say"


def test_use_that_stops_is_drift() -> None:
    assert "nothing is used" in input_drift(checked(recent(0.0))).message


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param("none", "", id="none"),
        pytest.param("flat", "flatline", id="flat"),
        pytest.param("spike", "spike", id="spike"),
        pytest.param("silent", "no reading since", id="silent"),
    ],
)
def test_faults_are_named(fault: str, words: str) -> None:
    readings = READINGS.copy()
    if fault == "flat":
        readings.iloc[-60:-20] = 3.14
    elif fault == "spike":
        readings.iloc[-10] = 1e6
    elif fault == "silent":
        readings = readings.iloc[: -4 * 24]
    message = recent_faults(checked(readings), now=END + timedelta(hours=3))
    assert words in message
    assert bool(message) is bool(words)
