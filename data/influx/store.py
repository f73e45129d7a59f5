"""The InfluxDB store. docs/influxdb.md describes what it writes."""

import json
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import chain

import pandas as pd

from config.errors import UnknownMeter
from data.frames import Floats, Seconds, checked_readings, second_of, utc_index
from data.influx import forecasts as influx_forecasts
from data.influx import readings as influx_readings
from data.influx import weather as influx_weather
from data.influx.answers import table_of
from data.influx.connection import InfluxConnection
from data.influx.lines import Lines, packed, readings_lines, tag, text_field
from data.influx.readings import THIS_METER
from data.meters import Meter
from data.store import IssuedForecast, Listed, Span, Tally, WriteResult


class InfluxStore:
    """`Store` in an InfluxDB 1.x, 2.x or 3.x server."""

    kind = "influxdb"

    def __init__(self, connection: InfluxConnection) -> None:
        self.connection = connection

    # -- catalogue

    def meters(self, meter_type: str | None = None) -> list[Meter]:
        where = "" if meter_type is None else ' WHERE "meter_type" = $meter_type'
        bindings = None if meter_type is None else {"meter_type": meter_type}
        found = table_of(
            self.connection.query(
                f'SELECT last("document") AS "document" FROM "meters"{where}'
                ' GROUP BY "meter_type", "meter_id"',
                bindings,
            )
        )
        documents = found["document"].dropna().tolist() if len(found) else []
        meters = [Meter.from_dict(json.loads(document)) for document in documents]
        return sorted(meters, key=lambda meter: (meter.meter_type, meter.meter_id))

    def listing(self) -> list[Listed]:
        newest = table_of(
            self.connection.query(
                'SELECT last("value") AS "value" FROM "readings" GROUP BY "meter_type", "meter_id"'
            )
        )
        last: dict[tuple[str, str], datetime] = {}
        if len(newest):
            stamps = utc_index(newest["time"].to_numpy()).to_pydatetime()
            keys = zip(newest["meter_type"], newest["meter_id"], strict=True)
            last = dict(zip(keys, stamps.tolist(), strict=True))
        return [
            Listed(
                meter.meter_type,
                meter.meter_id,
                meter.name,
                last.get((meter.meter_type, meter.meter_id)),
            )
            for meter in self.meters()
        ]

    def meter(self, meter_type: str, meter_id: str) -> Meter:
        found = table_of(
            self.connection.query(
                f'SELECT last("document") AS "document" FROM "meters" WHERE {THIS_METER}',
                {"meter_type": meter_type, "meter_id": meter_id},
            )
        )
        if found.empty:
            raise UnknownMeter(f"There is no meter {meter_type}/{meter_id}.")
        return Meter.from_dict(json.loads(found["document"].iloc[0]))

    def put_meter(self, meter: Meter) -> None:
        self.connection.write(_catalogue_line(meter))

    def delete_meter(self, meter: Meter) -> None:
        self.meter(meter.meter_type, meter.meter_id)
        influx_weather.forget_all(self.connection, meter.own_location)
        # The catalogue goes last, so that what failed half-way can be called again.
        for measurement in ("readings", "forecasts", "meters"):
            self.connection.command(
                f'DELETE FROM "{measurement}" WHERE {THIS_METER}', meter_bindings(meter)
            )

    # -- readings

    def write_readings(self, meter: Meter, readings: pd.Series) -> WriteResult:
        return self.write_many([(meter, readings)])[0]

    def write_many(
        self, batch: Sequence[tuple[Meter, pd.Series]], *, known_only: bool = False
    ) -> list[WriteResult]:
        checked = [(meter, *checked_readings(readings)) for meter, readings in batch]
        results: list[WriteResult] = []
        for body in packed(self._lines(checked, results, known_only=known_only)):
            self.connection.write(body)
        return results

    def _lines(
        self,
        checked: Sequence[tuple[Meter, Seconds, Floats]],
        results: list[WriteResult],
        *,
        known_only: bool,
    ) -> Iterator[Lines]:
        """Lines of each meter in turn; adds to `results` what writing them will have done."""
        for meter, seconds, values in checked:
            replaced = 0
            if not self._is_catalogued(meter):
                if known_only:
                    raise UnknownMeter(f"There is no meter {meter.key}.")
                # A meter that is new has no readings to compare with.
                yield Lines(1, _catalogue_line(meter))
            elif len(seconds):
                replaced = influx_readings.stored_before(
                    self.connection, meter_bindings(meter), seconds
                )
            results.append(WriteResult(accepted=len(seconds), replaced=replaced))
            yield from readings_lines(f"readings,{meter_tags(meter)}", seconds, values)

    def readings(
        self, meter: Meter, start: datetime | None = None, end: datetime | None = None
    ) -> pd.Series:
        return influx_readings.read(self.connection, meter_bindings(meter), start, end)

    def span(self, meter: Meter) -> Span | None:
        return influx_readings.span(self.connection, meter_bindings(meter))

    def tally(
        self, meter: Meter, start: datetime | None = None, end: datetime | None = None
    ) -> Tally:
        return influx_readings.tally(self.connection, meter_bindings(meter), start, end)

    def delete_readings(self, meter: Meter, start: datetime, end: datetime) -> int:
        return influx_readings.delete(self.connection, meter_bindings(meter), start, end)

    # -- weather and forecasts

    def write_weather(
        self,
        location: str,
        frame: pd.DataFrame,
        *,
        source: str,
        available_at: datetime | None = None,
    ) -> None:
        influx_weather.write(self.connection, location, frame, source, available_at)

    def weather(
        self,
        location: str,
        start: datetime,
        end: datetime,
        as_of: datetime | None = None,
        *,
        sources: Collection[str] | None = None,
    ) -> pd.DataFrame:
        return influx_weather.read(self.connection, location, start, end, as_of, sources)

    def weather_sources(self, location: str) -> list[str]:
        return influx_weather.sources(self.connection, location)

    def forget_weather(self, location: str, *, source: str, before: datetime) -> None:
        influx_weather.forget(self.connection, location, source, before)

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
        issued = IssuedForecast(meter, points, issued_at, origin, model_version, source)
        self.write_forecasts([issued])

    def write_forecasts(self, batch: Sequence[IssuedForecast]) -> None:
        checked = [(one, influx_forecasts.lines(meter_tags(one.meter), one)) for one in batch]
        known = [lines for one, lines in checked if self._is_catalogued(one.meter)]
        for body in packed(chain.from_iterable(known)):
            self.connection.write(body)

    def forecasts(
        self, meter: Meter, start: datetime, end: datetime, as_of: datetime | None = None
    ) -> pd.DataFrame:
        return influx_forecasts.read(
            self.connection, THIS_METER, meter_bindings(meter), start, end, as_of
        )

    def forget_forecasts(self, meter: Meter, before: datetime) -> None:
        self.connection.command(
            f'DELETE FROM "forecasts" WHERE {THIS_METER} AND time < {second_of(before)}s',
            meter_bindings(meter),
        )

    # -- connection

    def ping(self) -> float:
        return self.connection.ping()

    def close(self) -> None:
        self.connection.close()

    def _is_catalogued(self, meter: Meter) -> bool:
        try:
            self.meter(meter.meter_type, meter.meter_id)
        except UnknownMeter:
            return False
        return True


def _catalogue_line(meter: Meter) -> bytes:
    fields = {
        "document": json.dumps(meter.to_dict()),
        "name": meter.name or "",
        "timezone": meter.timezone,
        "unit": meter.unit,
    }
    body = ",".join(f"{name}={text_field(text)}" for name, text in fields.items())
    # Dated now, not at a fixed instant: a bucket's retention drops what is too old.
    return f"meters,{meter_tags(meter)} {body} {int(time.time())}".encode()


def meter_tags(meter: Meter) -> str:
    """The tags of a meter, sorted by key as InfluxDB wants them."""
    return f"meter_id={tag(meter.meter_id)},meter_type={tag(meter.meter_type)}"


def meter_bindings(meter: Meter) -> dict[str, str]:
    return {"meter_type": meter.meter_type, "meter_id": meter.meter_id}
