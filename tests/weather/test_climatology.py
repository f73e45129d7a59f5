"""The usual weather: what it smooths, and what it does not say."""

import numpy as np
import pandas as pd
import pytest

from weather.climatology import climatology_of


def weather(start: str, end: str, seed: int = 1, noise: float = 4.0) -> pd.DataFrame:
    index = pd.date_range(start, end, freq="h", inclusive="left", tz="UTC", name="valid_at")
    spells = pd.Series(np.random.default_rng(seed).normal(size=len(index))).ewm(48).mean() * 7
    return pd.DataFrame({"temperature": usual(index) + noise / 4 * spells.to_numpy()}, index=index)


def usual(index: pd.DatetimeIndex) -> np.ndarray:
    season = np.cos(2 * np.pi * (index.day_of_year.to_numpy() - 200) / 365.25)
    return 12 + 10 * season + 4 * np.cos(2 * np.pi * (index.hour.to_numpy() - 14) / 24)


def test_two_years_give_the_season_and_the_day() -> None:
    table = climatology_of(weather("2024-01-01", "2026-01-01"))
    year = pd.date_range("2026-01-01", "2027-01-01", freq="h", inclusive="left", tz="UTC")
    found = table.at(year)["temperature"].to_numpy()
    assert np.sqrt(np.mean((found - usual(year)) ** 2)) < 1.0


def test_of_single_spells_little_is_left() -> None:
    index = pd.date_range("2024-01-01", "2026-01-01", freq="h", inclusive="left", tz="UTC")
    calm = pd.DataFrame({"temperature": usual(index)}, index=index)
    hot = calm.copy()
    hot.loc["2025-07-10":"2025-07-13"] += 10
    day = pd.date_range("2026-07-12", periods=24, freq="h", tz="UTC")
    raised = climatology_of(hot).at(day) - climatology_of(calm).at(day)
    assert 0 < raised["temperature"].max() < 1.5


@pytest.mark.parametrize(
    ("end", "there"),
    [
        pytest.param("2025-01-05", False, id="days"),
        pytest.param("2025-02-10", True, id="forty days"),
    ],
)
def test_a_season_that_was_not_seen_has_none(end: str, there: bool) -> None:
    table = climatology_of(weather("2025-01-01", end))
    january = pd.date_range("2026-01-16", periods=24, freq="h", tz="UTC")
    july = pd.date_range("2026-07-16", periods=24, freq="h", tz="UTC")
    assert (len(table.at(january)) == 24) is there
    assert table.at(july).empty


def test_the_turn_of_the_year_and_the_leap_day_are_days_like_others() -> None:
    table = climatology_of(weather("2023-01-01", "2026-01-01"))
    for text in ("2025-12-31", "2026-01-01", "2028-02-29", "2028-12-31"):
        day = pd.date_range(text, periods=24, freq="h", tz="UTC")
        assert np.abs(table.at(day)["temperature"].to_numpy() - usual(day)).max() < 3


def test_missing_values_are_left_out_by_variable() -> None:
    frame = weather("2024-01-01", "2026-01-01", noise=0.0)
    frame["humidity"] = np.nan
    frame.loc[frame.index[::5], "temperature"] = np.nan
    table = climatology_of(frame)
    assert set(table.tables) == {"temperature"}
    day = pd.date_range("2026-05-01", periods=24, freq="h", tz="UTC")
    assert np.abs(table.at(day)["temperature"].to_numpy() - usual(day)).max() < 1
