"""What the workers read reaches as far back as `ml` looks, which must not know of them."""

from datetime import timedelta

import pytest

from ml.ensemble import similar as ml_similar
from ml.evaluation import contest
from ml.features.design import CONTEXT_DAYS
from ml.forecasting import naive_forecast, profiles, recalibration, situation
from ml.learners import naive
from ml.readings import drift, quality
from workers import inputs
from workers.ledger import trainability
from workers.nightly import scoring
from workers.serving import shapes
from workers.training import similar_meters

WEEK = timedelta(weeks=1)


def days(number: int) -> timedelta:
    return timedelta(days=number)


@pytest.mark.parametrize(
    ("read", "looked_at"),
    [
        pytest.param(
            days(inputs.HISTORY_DAYS), days(situation.LOOK_BACK_DAYS), id="forecast-by-a-model"
        ),
        pytest.param(
            days(inputs.HISTORY_DAYS),
            days(naive_forecast.LOOK_BACK_DAYS),
            id="forecast-without-one",
        ),
        pytest.param(
            days(situation.LOOK_BACK_DAYS),
            days(CONTEXT_DAYS) + recalibration.WEEKS * WEEK,
            id="hindcasts-of-a-forecast",
        ),
        pytest.param(
            contest.LOOK_BACK, days(situation.LOOK_BACK_DAYS), id="forecasts-of-a-contest"
        ),
        pytest.param(
            similar_meters.LOOK_BACK, ml_similar.MEMORY + days(CONTEXT_DAYS), id="similar-meters"
        ),
        pytest.param(shapes.LOOK_BACK, profiles.SHAPE_WEEKS * WEEK, id="shapes-of-others"),
        pytest.param(scoring.CONTEXT, naive.MOST_WEEKS_BACK * WEEK, id="the-naive-of-a-score"),
        pytest.param(
            scoring.CONTEXT + scoring.WEEK, (drift.WEEKS_BEFORE + 1) * WEEK, id="drift-of-a-week"
        ),
        pytest.param(
            days(naive_forecast.LOOK_BACK_DAYS), naive.MOST_WEEKS_BACK * WEEK, id="the-naive-itself"
        ),
    ],
)
def test_as_much_is_read_as_is_looked_at(read: timedelta, looked_at: timedelta) -> None:
    assert read >= looked_at


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param(trainability.TRAINABLE, quality.NEEDED, id="trainable"),
        # A day of hourly readings is 23 hours from the first to the last.
        pytest.param(
            trainability.SHORTEST,
            naive_forecast.LEAST - timedelta(hours=1),
            id="shortest-to-forecast",
        ),
        pytest.param(inputs.LOOK_BACK_WEEKS, recalibration.WEEKS, id="weeks-with-their-weather"),
    ],
)
def test_both_sides_refuse_and_look_back_alike(ours: object, theirs: object) -> None:
    assert ours == theirs
