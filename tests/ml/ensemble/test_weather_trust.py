"""How far weather is followed, and what each origin of a look back knows of it."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from ml.ensemble.weather_trust import same_season, share_of, trust_group, trust_of
from ml.features.weather_view import view_from
from ml.readings import make_grid
from tests.ml.series import synthetic

DAY = 24
PAIRS = 400
"""Of each lead group: enough to tell by themselves."""


def trust(gains: list[float], known: list[float], pairs: int = PAIRS) -> list[float]:
    """Trust where weather takes these shares off the error, and is known for these of the pairs."""
    group = np.repeat(np.arange(4), pairs)
    plain = np.ones(4 * pairs)
    rich = 1 - np.repeat(gains, pairs)
    here = np.concatenate([np.arange(pairs) < round(share * pairs) for share in known])
    return trust_of(plain, rich, np.ones(4 * pairs), here, group).tolist()


@pytest.mark.parametrize(
    ("gains", "known", "wanted"),
    [
        pytest.param([0.3, 0.3, 0.2, 0.1], [1, 1, 1, 1], [1, 1, 1, 1], id="pays everywhere"),
        pytest.param([0.02, 0.04, 0.06, 0.0], [1, 1, 1, 1], [0, 0.5, 1, 0], id="a ramp by lead"),
        pytest.param([-0.1, -0.1, 0.05, 0.1], [1, 1, 1, 1], [0, 0, 0, 0], id="harms on the whole"),
        pytest.param([0.1, 0.1, 0.1, 0.3], [1, 1, 1, 0.3], [1, 1, 1, 0], id="seldom seen"),
        pytest.param(
            [0.1, 0.1, 0.1, 0.0], [1, 1, 1, 0], [1, 1, 1, 0], id="never known past a week"
        ),
        pytest.param([0.0, 0.0, 0.0, 0.0], [0, 0, 0, 0], [0, 0, 0, 0], id="never known at all"),
    ],
)
def test_weather_is_followed_as_far_as_it_has_paid(
    gains: list[float], known: list[float], wanted: list[float]
) -> None:
    assert trust(gains, known) == pytest.approx(wanted, abs=1e-9)


def test_a_lead_with_few_pairs_is_judged_with_the_others() -> None:
    few = trust([0.0, 0.08, 0.08, 0.08], [1, 1, 1, 1], pairs=50)
    assert few == pytest.approx([1, 1, 1, 1]), "all together 6 %"


def test_the_usual_weather_gets_its_say_within_a_week() -> None:
    lead = np.array([6, 84, 168, 400])
    everywhere = np.ones(4, bool)
    shares = [
        share_of(np.ones(4), lead, day=DAY, known=known, usual=usual).round(3).tolist()
        for known, usual in (
            (everywhere, ~everywhere),
            (everywhere, everywhere),
            (~everywhere, everywhere),
        )
    ]
    assert shares == [[1, 1, 1, 1], [0.036, 0.5, 1, 1], [0, 0, 0, 0]]
    assert trust_group(lead, day=DAY).tolist() == [0, 2, 2, 3]


def test_the_coming_season_of_any_year_counts_most() -> None:
    days = np.array([0.0, 150.0, 351.0, 716.0])
    now, opposite, last_year, before = same_season(days)
    assert opposite < 0.2 < 0.9 < now
    assert min(last_year, before) > 0.99


def test_each_origin_knows_what_was_available_when_it_began() -> None:
    """Weather that became known in the last fortnight is seen from there on, not from before."""
    series = synthetic(days=60)
    grid = make_grid(series.readings, step=timedelta(hours=1), zone="Europe/Rome")
    assert series.weather is not None
    valid = pd.DatetimeIndex(series.weather.index)
    times = [valid, valid - timedelta(days=7)]
    early = series.weather.set_axis(
        pd.MultiIndex.from_arrays(times, names=["valid_at", "available_at"])
    )
    issue = pd.Timestamp(series.readings.index[40 * DAY])
    after = series.weather[series.weather.index >= issue] + 100
    late = after.set_axis(
        pd.MultiIndex.from_arrays(
            [after.index, pd.DatetimeIndex([issue]).repeat(len(after))],
            names=["valid_at", "available_at"],
        )
    )
    origins = np.array([40 * DAY - 2, 40 * DAY - 1, 41 * DAY])
    view = view_from(pd.concat([early, late]), grid, origins=origins, names=("temperature",))
    assert view is not None
    target = origins + 12
    rows = view.rows(np.ones(3, np.int64), origins)
    seen = view.columns["temperature"][rows, target]
    truth = series.weather["temperature"].to_numpy()[target]
    # An origin's reading ends an hour after it starts: the second one ends as the issue comes.
    np.testing.assert_allclose(seen - truth, [0, 100, 100])
    assert not view.usual[rows, target].any()
