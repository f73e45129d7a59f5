"""The reading store: one protocol, whatever lies behind it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from data.meters import Meter

if TYPE_CHECKING:
    import pandas as pd

IMPORTED = "import"
"""Source of weather that came in a file, beside the readings."""
SIMULATED = "simulator"
"""Source of the demo's weather."""


def usual_of(location: str) -> str:
    """The location that the usual weather of a place is kept under; it goes when the place goes."""
    return f"usual:{location}"


@dataclass(frozen=True)
class WriteResult:
    """`accepted` rows are stored now; `replaced` of them had a value at that time before."""

    accepted: int
    replaced: int


@dataclass(frozen=True)
class Span:
    """Time of the first and of the last reading (both included)."""

    first: datetime
    last: datetime


@dataclass(frozen=True)
class Tally:
    """How many readings there are, and their sum."""

    count: int
    total: float


@dataclass(frozen=True)
class Listed:
    """A line of the catalogue: as much of a meter as ten thousand are searched and sorted by."""

    meter_type: str
    meter_id: str
    name: str | None
    last: datetime | None
    """Time of the newest reading; None where there is none."""


@dataclass(frozen=True)
class IssuedForecast:
    """What was forecast for a meter at one time.

    points: p10, p50, p90 (and other pNN) by target time; origin: end of the last reading used.
    """

    meter: Meter
    points: pd.DataFrame
    issued_at: datetime
    origin: datetime
    model_version: str
    source: str


@runtime_checkable
class Store(Protocol):
    """Readings, weather, issued forecasts and the catalogue of meters.

    Every time is an aware UTC instant; `end` is exclusive; a bound of None is open. Times of
    readings, of forecast targets and of weather are kept in whole seconds, `issued_at` and
    `available_at` in microseconds. Writing the same twice leaves what writing it once leaves.

    Implementations are safe to share between threads and to use after a fork. Every method
    raises `StoreUnavailable` where the store behind it does not answer; a call that returned is
    on disk (embedded) or acknowledged by the server (InfluxDB).
    """

    @property
    def kind(self) -> str:
        """What lies behind: "embedded" or "influxdb"."""
        ...

    def meters(self, meter_type: str | None = None) -> list[Meter]:
        """All meters (of a type), ordered by type and id."""
        ...

    def listing(self) -> list[Listed]:
        """All meters with their newest reading, ordered by type and id; quick for many meters."""
        ...

    def meter(self, meter_type: str, meter_id: str) -> Meter:
        """The meter as it is in the catalogue. Raises `UnknownMeter`."""
        ...

    def put_meter(self, meter: Meter) -> None:
        """Add the meter, or replace what the catalogue says of it."""
        ...

    def delete_meter(self, meter: Meter) -> None:
        """Remove the meter, its readings and its forecasts. Raises `UnknownMeter`.

        Weather of a place stays: meters may share it. What came with the readings of this meter
        alone (`Meter.own_location`) goes with them.
        """
        ...

    def write_readings(self, meter: Meter, readings: pd.Series) -> WriteResult:
        """Upsert by time: a later value for the same instant replaces the earlier one.

        `readings` has an aware index (any zone, any order; of duplicates the last counts) and
        finite values. A meter that is not in the catalogue yet is added to it. Raises
        `InvalidReadings`, with nothing written, for a naive index or a value that is not finite.
        """
        ...

    def write_many(
        self, batch: Sequence[tuple[Meter, pd.Series]], *, known_only: bool = False
    ) -> list[WriteResult]:
        """`write_readings` for several meters at once, which is faster; results in their order.

        With `known_only` raises `UnknownMeter` for one that is not in the catalogue (any more).
        Everything is checked before anything is written. The embedded store writes all or
        nothing; InfluxDB, which has no transactions, may fail after a part.
        """
        ...

    def readings(
        self, meter: Meter, start: datetime | None = None, end: datetime | None = None
    ) -> pd.Series:
        """Values of [start, end): float64 Series "value", UTC index "time", ascending, unique."""
        ...

    def span(self, meter: Meter) -> Span | None:
        """From when to when there are readings, at once; None where there are none."""
        ...

    def tally(
        self, meter: Meter, start: datetime | None = None, end: datetime | None = None
    ) -> Tally:
        """Count and sum of the readings of [start, end), or of all; passes over each of them.

        Beside the span, the sum tells whether some were corrected. It is infinite where it is
        larger than a float.
        """
        ...

    def delete_readings(self, meter: Meter, start: datetime, end: datetime) -> int:
        """Remove the readings of [start, end); how many there were. None for an unknown meter."""
        ...

    def write_weather(
        self,
        location: str,
        frame: pd.DataFrame,
        *,
        source: str,
        available_at: datetime | None = None,
    ) -> None:
        """Upsert by (location, valid_at, available_at, source).

        `frame` has one column per variable and is indexed by valid time, all of it known since
        `available_at`; where that is None, each row since its own valid time, as measurements
        are. An index (valid_at, available_at) gives each row its own. A missing value leaves
        one stored before as it is.
        """
        ...

    def weather(
        self,
        location: str,
        start: datetime,
        end: datetime,
        as_of: datetime | None = None,
        *,
        sources: Collection[str] | None = None,
    ) -> pd.DataFrame:
        """Weather valid in [start, end), as far as it was available at `as_of` (included).

        Index (valid_at, available_at), ascending; a float column per variable and the column
        `source`. Several sources may have a row each for one valid time; `sources` names those
        that are wanted, all where it is None.
        """
        ...

    def weather_sources(self, location: str) -> list[str]:
        """The sources that have weather of a location, ascending; cheap."""
        ...

    def forget_weather(self, location: str, *, source: str, before: datetime) -> None:
        """Remove the rows of a source that were valid before an instant."""
        ...

    def write_forecast(
        self,
        meter: Meter,
        points: pd.DataFrame,
        *,
        issued_at: datetime,
        origin: datetime,
        model_version: str,
        source: str,
    ) -> None:
        """Keep one forecast; the arguments are the fields of `IssuedForecast`."""
        ...

    def write_forecasts(self, batch: Sequence[IssuedForecast]) -> None:
        """Keep what was forecast, for several meters at once, which is faster.

        Leaves out meters that the catalogue does not have: they were deleted meanwhile.
        Identity is (meter, target time, issued_at). Raises `InvalidRequest`, with nothing written,
        for points without a level or with a value that is not finite. The embedded store writes
        all or nothing; InfluxDB, which has no transactions, may fail after a part.
        """
        ...

    def forecasts(
        self,
        meter: Meter,
        start: datetime,
        end: datetime,
        as_of: datetime | None = None,
    ) -> pd.DataFrame:
        """Forecasts for targets in [start, end), by time and then issue.

        Columns time, issued_at, lead (target minus origin), model_version, source, origin, p10,
        p50, p90 and other levels where there are some. With `as_of` each target has one row: the
        latest that was issued not after that instant.
        """
        ...

    def forget_forecasts(self, meter: Meter, before: datetime) -> None:
        """Delete what was forecast for targets before that instant."""
        ...

    def ping(self) -> float:
        """Seconds that one small read took."""
        ...

    def close(self) -> None:
        """Give back connections. The store may be used again; it then connects anew."""
        ...
