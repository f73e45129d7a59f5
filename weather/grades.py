"""How a stretch of weather was known when the forecast was made."""

from enum import StrEnum


class Grade(StrEnum):
    """From nothing known to the truth itself, which no real forecast has: it flatters."""

    NONE = "none"
    CLIMATOLOGY = "climatology"
    FORECAST = "forecast"
    PREVIOUS_RUN = "previous_run"
    HISTORICAL_FORECAST = "historical_forecast"
    ACTUALS = "actuals"


FORECASTS = ("forecast", "previous_run")
"""Sources of rows that say how long before their time they were known."""

SOURCE_GRADES = {
    "historical_forecast": Grade.HISTORICAL_FORECAST,
    "previous_run": Grade.PREVIOUS_RUN,
    "forecast": Grade.FORECAST,
    "climatology": Grade.CLIMATOLOGY,
}
"""The grade of rows by where they came from; all other sources tell what was measured."""


def grade_of(source: str) -> Grade:
    """The grade of a weather row of the store."""
    return SOURCE_GRADES.get(source, Grade.ACTUALS)
