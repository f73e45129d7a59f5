"""The features as a linear model wants them: differences, hinges and products.

A regression can't find by itself that yesterday's surprise counts differently at night, or
that heating starts below a temperature; so these are written out as columns of their own.
"""

from dataclasses import dataclass

import numpy as np

from ml.features import topics
from ml.features.base import SATURDAY
from ml.features.design import Design
from ml.readings import SingleArray

HARMONICS = 3
DECAYS_HOURS = (2.0, 6.0, 24.0)
"""How fast what happened in the latest hours is forgotten with growing lead."""
KNOTS = (8.0, 14.0, 19.0, 24.0)
"""Temperatures in degC at which heating or cooling may start or grow steeper. Change points
estimated per meter in their place did no better, and seven knots did worse."""
OTHER_WEATHER = ("humidity", "wind_speed", "solar_radiation", "precipitation", "rain_day")


@dataclass(frozen=True)
class Expansion:
    """Columns (pairs, columns), nought where a feature is not known, and the topic of each.

    plain: how many there are before those of the weather.
    """

    matrix: SingleArray
    topics: tuple[str, ...]
    plain: int


class _Columns:
    """Collects columns, which are NaN where a feature is not known."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.arrays: list[SingleArray] = []
        self.topics: list[str] = []

    def has(self, name: str) -> bool:
        return name in self.design.names

    def get(self, name: str) -> SingleArray:
        return self.design.matrix[:, self.design.names.index(name)]

    def add(self, topic: str, *arrays: SingleArray) -> None:
        self.arrays += arrays
        self.topics += [topic] * len(arrays)


def expand(design: Design, *, weather: bool) -> Expansion:
    """The linear model's columns for each pair of the design, those of the weather last."""
    columns = _Columns(design)
    base = design.base.shape.astype(np.float32)
    angle = 2 * np.pi * columns.get("hour") / 24
    waves = [wave(n * angle) for n in range(1, HARMONICS + 1) for wave in (np.sin, np.cos)]
    weekend = (columns.get("weekday") >= SATURDAY).astype(np.float32)
    _add_recent(columns, base, waves, weekend)
    _add_usual_day(columns, base, waves, weekend)
    _add_calendar(columns, base, waves)
    plain = len(columns.arrays)
    if weather and columns.has("temperature"):
        _add_temperature(columns, base, waves, weekend)
    if weather:
        for name in OTHER_WEATHER:
            if columns.has(name):
                value = columns.get(name)
                columns.add(topics.OTHER_WEATHER, value, value * waves[0], value * waves[1])
    matrix = np.empty((len(base), len(columns.arrays)), np.float32)
    for number, column in enumerate(columns.arrays):
        matrix[:, number] = column
    np.copyto(matrix, 0.0, where=np.isnan(matrix))
    return Expansion(matrix, tuple(columns.topics), plain)


def _add_recent(
    columns: _Columns, base: SingleArray, waves: list[SingleArray], weekend: SingleArray
) -> None:
    """Lags as differences from the base, surprises, and levels as differences from 1."""
    sine, cosine = waves[:2]
    lags = {f"same_hour_{n}w": columns.get(f"same_hour_{n}w") - base for n in (1, 2, 3, 4)}
    lags |= {f"same_hour_{n}d": columns.get(f"same_hour_{n}d") - base for n in (1, 2, 3)}
    lags["same_hour_7d_mean"] = columns.get("same_hour_7d_mean") - base
    surprises = {f"surprise_{n}d": columns.get(f"surprise_{n}d") for n in (1, 2, 3)}
    latest = {
        name: columns.get(name)
        for name in ("surprise_last_hours", "surprise_last_day", "last_hours_on_week")
    }
    levels = {
        name: columns.get(name) - 1
        for name in ("level_1d", "level_28d", "level_week_ago", "level_1d_week_ago")
    }
    everything = lags | surprises | latest | levels
    for name, value in everything.items():
        columns.add(topics.topic_of(name), value)
    for value in levels.values():
        columns.add(topics.LEVEL, value * base)
    hours_ahead = columns.get("lead") * 24
    for hours in DECAYS_HOURS:
        fading = np.exp(-hours_ahead / hours)
        columns.add(topics.LATEST_HOURS, *(fading * value for value in latest.values()))
    by_hour = ("surprise_1d", "surprise_last_day", "same_hour_1w", "same_hour_7d_mean", "level_1d")
    for name in by_hour:
        value = everything[name]
        columns.add(topics.topic_of(name), value * sine, value * cosine)
    by_weekend = (
        "surprise_1d",
        "surprise_last_day",
        "same_hour_7d_mean",
        "same_hour_1d",
        "level_1d",
    )
    for name in by_weekend:
        columns.add(topics.topic_of(name), everything[name] * weekend)


def _add_usual_day(
    columns: _Columns, base: SingleArray, waves: list[SingleArray], weekend: SingleArray
) -> None:
    """The usual day as a difference from the base, and deviations from it, fading with lead."""
    sine, cosine = waves[:2]
    hours_ahead = columns.get("lead") * 24
    usual = {name: columns.get(name) - base for name in ("usual_day", "usual_day_long")}
    for name, value in usual.items():
        columns.add(topics.topic_of(name), value, value * weekend)
    columns.add(topics.USUAL_WEEK, usual["usual_day"] * sine, usual["usual_day"] * cosine)
    around = [f"surprise_{n}h_{side}" for n in (3, 6) for side in ("before", "after")]
    means = [f"deviation_{n}d_mean" for n in (1, 3, 7)]
    for name in (*around, *means, "deviation_last_hours", "deviation_1d", "deviation_2d"):
        value = columns.get(name)
        columns.add(topics.topic_of(name), value, value * sine, value * cosine)
    for name in ("deviation_last_hours", "deviation_1d_mean"):
        value = columns.get(name)
        fading = (value * np.exp(-hours_ahead / hours) for hours in DECAYS_HOURS)
        columns.add(topics.LATEST_HOURS, *fading)


def _add_calendar(columns: _Columns, base: SingleArray, waves: list[SingleArray]) -> None:
    """A profile by the hour for each weekday, holiday and season, beside the base."""
    columns.add(topics.USUAL_WEEK, base - 1, (base - 1) ** 2)
    columns.add(topics.TIME_OF_DAY, *waves)
    weekday = columns.get("weekday")
    for day in range(7):
        today = (weekday == day).astype(np.float32)
        columns.add(topics.WEEKDAY, today, *(today * wave for wave in waves))
    for name in ("holiday", "holiday_tomorrow", "holiday_yesterday"):
        if columns.has(name):
            value = columns.get(name)
            columns.add(topics.HOLIDAY, value, value * base, value * waves[0], value * waves[1])
    for name in ("year_sin", "year_cos"):
        if columns.has(name):
            value = columns.get(name)
            columns.add(topics.SEASON, value, value * base, value * waves[0], value * waves[1])


def _add_temperature(
    columns: _Columns, base: SingleArray, waves: list[SingleArray], weekend: SingleArray
) -> None:
    """How much warmer than in the base's weeks and the level's week, beyond each knot.

    And how much warmer than with the latest readings, whose surprises would else count as news.
    """
    now, day = columns.get("temperature"), columns.get("temperature_day")
    base_now = now - columns.get("temperature_on_base")
    base_day = day - columns.get("temperature_day_on_base")
    level_week = columns.get("temperature_level_week")
    against = ((now, base_now), (day, base_day), (day, level_week))
    for knot in KNOTS:
        for warm, usual in against:
            beyond = np.maximum(warm - knot, 0.0) - np.maximum(usual - knot, 0.0)
            columns.add(
                topics.TEMPERATURE,
                beyond,
                beyond * waves[0],
                beyond * waves[1],
                beyond * weekend,
            )
    yesterday = now - columns.get("temperature_on_1d")
    last_day = level_week + columns.get("temperature_last_day_on_level_week")
    lately = ((now, yesterday), (last_day, level_week))
    for knot in KNOTS:
        for warm, usual in lately:
            beyond = np.maximum(warm - knot, 0.0) - np.maximum(usual - knot, 0.0)
            columns.add(topics.TEMPERATURE, beyond)
    for warm, usual in (*against, *lately):
        columns.add(topics.TEMPERATURE, warm - usual, (warm - usual) * base)
    columns.add(
        topics.TEMPERATURE,
        columns.get("temperature_3d") - day,
        columns.get("temperature_high") - columns.get("temperature_low"),
    )
