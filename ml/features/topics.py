"""Words that a person knows for what the features say."""

from functools import cache

from ml.features.weather_view import WEATHER_COLUMNS

USUAL_WEEK = "usual week"
RECENT_DAYS = "recent days"
LATEST_HOURS = "latest hours"
LEVEL = "level of use"
TIME_OF_DAY = "time of day"
WEEKDAY = "weekday"
HOLIDAY = "holiday"
SEASON = "season"
LEAD = "lead time"
TEMPERATURE = "temperature"
OTHER_WEATHER = "other weather"

_EXACT = {
    "base": USUAL_WEEK,
    "hour": TIME_OF_DAY,
    "weekday": WEEKDAY,
    "lead": LEAD,
    "surprise_last_day": LATEST_HOURS,
    "surprise_last_hours": LATEST_HOURS,
    "same_hour_7d_mean": RECENT_DAYS,
    "same_hour_spread": USUAL_WEEK,
    "usual_day": USUAL_WEEK,
    "usual_day_long": USUAL_WEEK,
    "deviation_last_hours": LATEST_HOURS,
}
_PREFIXES = (
    ("same_hour_", "w", USUAL_WEEK),
    ("same_hour_", "d", RECENT_DAYS),
    ("surprise_", "", RECENT_DAYS),
    ("deviation_", "", RECENT_DAYS),
    ("last_hours", "", LATEST_HOURS),
    ("level_", "", LEVEL),
    ("holiday", "", HOLIDAY),
    ("year_", "", SEASON),
    ("temperature", "", TEMPERATURE),
    ("apparent_temperature", "", TEMPERATURE),
)
_OF_WEATHER = frozenset({"rain_day"})
"""Features made of other weather, under names of their own."""


@cache
def topic_of(feature: str) -> str:
    """The topic of a feature of `design`; a ValueError where it is none that is known here."""
    if feature in _EXACT:
        return _EXACT[feature]
    for start, end, topic in _PREFIXES:
        if feature.startswith(start) and feature.endswith(end):
            return topic
    if feature in WEATHER_COLUMNS or feature in _OF_WEATHER:
        return OTHER_WEATHER
    raise ValueError(f"no topic for the feature {feature!r}: name it in ml.features.topics")
