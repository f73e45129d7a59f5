"""What a backup holds, read from the parts of the platform and written back to them.

A backup is taken while the platform runs. Aliases are read before artifacts and stored after
them, so that an alias in a backup finds its version in it; jobs are not kept: they are short, and
whoever started one can start it again.
"""

import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from redis import Redis

from cli.archive import HEAD, Writer
from cli.archive_names import is_member
from cli.redis_keys import KEYS, dump_key, load_key, parse_key
from data.frames import QUANTILE_COLUMN
from data.meters import Meter
from data.store import Store
from weather.asked_days import labels_of
from workers.registry.versions import Versions

Range = tuple[datetime, datetime]

MARGIN = timedelta(days=400)
"""Beyond the readings, on either side: forecasts reach weeks, weather of old a year."""

META, ALIASES = "meta.json", "aliases.json"


class Snapshot:
    """The durable parts of one platform."""

    def __init__(self, store: Store, redis: "Redis", model_store_url: str) -> None:
        self.store = store
        self.redis = redis
        self.versions = Versions(model_store_url)

    # -- out

    def save(self, writer: Writer, *, version: str, now: datetime) -> Iterator[Meter]:
        """Write all parts; gives each meter as soon as it is in."""
        created = now.astimezone(UTC).isoformat(timespec="seconds")
        writer.add_json(HEAD, {"format": 1, "version": version, "created_at": created})
        keys = b"".join(line + b"\n" for line in self._keys())
        places: dict[str, Range] = {}
        for meter in self.store.meters():
            self._save_meter(writer, meter, places)
            self._save_models(writer, meter)
            yield meter
        for number, (location, span) in enumerate(_with_marks(places)):
            weather = self.store.weather(location, *span)
            if not weather.empty:
                writer.add_json(f"weather/{number}.json", {"location": location})
                writer.add(f"weather/{number}.parquet", _parquet(weather))
        writer.add("redis.jsonl", keys)

    def _save_meter(self, writer: Writer, meter: Meter, places: dict[str, Range]) -> None:
        writer.add_json(f"meters/{meter.key}.json", meter.to_dict())
        span = self.store.span(meter)
        if span is None:
            return
        start, end = span.first - MARGIN, span.last + MARGIN
        before = places.get(meter.location, (start, end))
        places[meter.location] = min(before[0], start), max(before[1], end)
        readings = self.store.readings(meter)
        writer.add(f"readings/{meter.key}.parquet", _parquet(readings.to_frame()))
        forecasts = self.store.forecasts(meter, start, end)
        if not forecasts.empty:
            writer.add(f"forecasts/{meter.key}.parquet", _parquet(forecasts))

    def _save_models(self, writer: Writer, meter: Meter) -> None:
        base = self.versions.folder(meter.meter_type, meter.meter_id)
        # A version exists once its meta.json does, so that comes last; aliases after versions.
        paths = sorted(
            self.versions.files(meter.meter_type, meter.meter_id),
            key=lambda p: (p.endswith(ALIASES), _folder(p), p.endswith(META), p),
        )
        for path in paths:
            name = f"models/{meter.key}/{path[len(base) + 1 :]}"
            # Whatever else lies there is not ours, and would be refused when it comes back.
            content = self.versions.read(path) if is_member(name) else None
            # None also where the version was deleted meanwhile: its meta.json, which went first,
            # is then not in the backup either.
            if content is not None:
                writer.add(name, content)

    def _keys(self) -> Iterator[bytes]:
        for pattern in KEYS:
            for key in self.redis.scan_iter(pattern, count=1000):
                found = dump_key(self.redis, key.decode())
                if found is not None:
                    yield json.dumps(found).encode()

    # -- back

    def load(self, name: str, content: bytes, place: str) -> str:
        """Store one member of a backup; members come in the order in which they were written.

        :param place: the location of the weather that follows, as the call before returned it.
        """
        part, _, rest = name.partition("/")
        if part == "meters":
            self.store.put_meter(Meter.from_dict(json.loads(content)))
        elif part == "readings":
            self.store.write_readings(
                self._meter(rest), pd.read_parquet(io.BytesIO(content))["value"]
            )
        elif part == "forecasts":
            self._load_forecasts(self._meter(rest), pd.read_parquet(io.BytesIO(content)))
        elif part == "weather" and rest.endswith(".json"):
            return str(json.loads(content)["location"])
        elif part == "weather":
            self._load_weather(place, pd.read_parquet(io.BytesIO(content)))
        elif part == "models":
            meter_type, meter_id, inside = rest.split("/", 2)
            self.versions.write(f"{self.versions.folder(meter_type, meter_id)}/{inside}", content)
        elif name == "redis.jsonl":
            for line in content.splitlines():
                load_key(self.redis, parse_key(line))
        return place

    def is_empty(self) -> bool:
        """Whether nothing was stored here yet."""
        return not self.store.meters() and not next(self.redis.scan_iter(KEYS[0], count=1000), None)

    def _meter(self, rest: str) -> Meter:
        meter_type, _, meter_id = rest.removesuffix(".parquet").partition("/")
        return self.store.meter(meter_type, meter_id)

    def _load_forecasts(self, meter: Meter, rows: pd.DataFrame) -> None:
        levels = [name for name in rows.columns if QUANTILE_COLUMN.fullmatch(name)]
        issues: Any = rows.groupby(["issued_at", "origin", "model_version", "source"])
        for (issued_at, origin, model_version, source), issue in issues:
            self.store.write_forecast(
                meter,
                issue.set_index("time")[levels].dropna(axis="columns", how="all"),
                issued_at=issued_at.to_pydatetime(),
                origin=origin.to_pydatetime(),
                model_version=model_version,
                source=source,
            )

    def _load_weather(self, place: str, rows: pd.DataFrame) -> None:
        for source, part in rows.groupby("source"):
            kept = part.drop(columns="source").dropna(axis="columns", how="all")
            self.store.write_weather(place, kept, source=str(source))


def _with_marks(places: Mapping[str, Range]) -> Iterator[tuple[str, Range]]:
    """The places, and beside each what was asked about it: else all would be asked for again."""
    for location, span in places.items():
        yield location, span
        yield from ((label, span) for label in labels_of(location))


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
