"""A year replayed at speed: nightly forecasts, scores, flags, trainings, with a simulated clock.

    python -m benchmarks.replay vic_electricity --days 365 --out results/replay
    python -m benchmarks.replay pjm_duquesne --days 180 --fault doubled

Everything is what runs in production (store, Redis, registry, ledger, flags, serving, contest),
called in the order in which the schedules call it; only the clock and the queue are missing.
Series are those of ENERGY_DATASETS (default ../shared/datasets). Without weather: measured weather
would be known only after the fact, as in life, and forecasts of old are not in the files.

A fault begins half-way: `flat` for ten days, `doubled` or `swapped` (another meter's readings) for
good.
"""

import argparse
import json
import os
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from redis import Redis

from cli.redis_server import running_redis
from config import Settings, load_settings
from data.embedded import EmbeddedStore
from data.meters import Meter
from ml import ForecastingError
from ml.evaluation.accuracy import accuracy
from tests.processes import free_port
from workers.inputs import training_inputs
from workers.ledger import Ledger
from workers.nightly.chunks import forecast_handful
from workers.nightly.house import House
from workers.nightly.retraining import due_for_training
from workers.nightly.scoring import score, scored
from workers.registry import Registry
from workers.serving import Desk
from workers.serving.answer import SERVING
from workers.training.train_meter import train_meter
from workers.warm_models import WarmModels

ROOT = Path(__file__).resolve().parent.parent
DATASETS = Path(os.environ.get("ENERGY_DATASETS", ROOT.parent / "shared" / "datasets"))
WARM_UP = timedelta(days=60)
"""Readings before the first night."""
FLAT_DAYS = 10
WORDS = 9
"""Letters by which two messages of a flag are the same but for their figures."""


class Clock:
    """The simulated time, in UTC."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Diary:
    """What happened, night by night."""

    answers: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    trainings: int = 0
    promotions: int = 0
    challengers: int = 0
    flags: list[dict[str, Any]] = field(default_factory=list)
    up: dict[str, str] = field(default_factory=dict)

    def note_flags(self, now: datetime, flags: list[dict[str, Any]]) -> None:
        """Flags that went up or down, or say something else than the night before."""
        day = f"{now:%Y-%m-%d}"
        words = {flag["code"]: flag["message"] for flag in flags}
        for code, message in words.items():
            if code not in self.up or self.up[code][:WORDS] != message[:WORDS]:
                self.flags.append({"day": day, "up": True, "code": code, "message": message})
        self.flags += [{"day": day, "up": False, "code": code} for code in self.up.keys() - words]
        self.up = words


def load_series(name: str) -> tuple[Meter, pd.Series]:
    """A series of the folder as a meter and its readings (UTC)."""
    path = next(DATASETS.glob(f"*/{name}.csv"))
    facts = json.loads((DATASETS / "series.json").read_text()).get(name, {})
    readings = pd.read_csv(path, index_col=0)["value"].dropna()
    readings.index = pd.to_datetime(readings.index, utc=True).as_unit("us")
    readings.index.name = "time"
    meter = Meter(
        path.parent.name, name, unit="kWh" if path.parent.name == "electricity" else "m3",
        timezone=facts.get("timezone", "UTC"), country=facts.get("country"),
        subdivision=facts.get("subdivision"),
    )  # fmt: skip
    return meter, readings


def broken(readings: pd.Series, fault: str, since: pd.Timestamp, *, other: str) -> pd.Series:
    """The readings with a fault from `since` on."""
    after = readings.index >= since
    changed = readings.copy()
    if fault == "doubled":
        changed[after] *= 2
    elif fault == "flat":
        short = after & (readings.index < since + timedelta(days=FLAT_DAYS))
        changed[short] = readings[~after].iloc[-1]
    elif fault == "swapped":
        foreign = load_series(other)[1]
        # The same weekday and hour of the other meter, so that only the meter is wrong.
        weeks = (since - foreign.index[0]) // timedelta(weeks=1)
        moved = foreign.set_axis(foreign.index + weeks * timedelta(weeks=1))
        changed[after] = moved.reindex(readings.index, method="ffill")[after]
    return changed.dropna()


def replay(
    house: House, clock: Clock, meter: Meter, readings: pd.Series, *, start: datetime, days: int
) -> Diary:
    """Live through the nights from `start` on."""
    diary, store = Diary(), house.store
    store.put_meter(meter)
    store.write_readings(meter, readings[readings.index < pd.Timestamp(start)])
    known = start
    zone = ZoneInfo(meter.timezone)
    for night in range(days):
        day = start.astimezone(zone).date() + timedelta(days=night)
        now = datetime(day.year, day.month, day.day, 0, 20, tzinfo=zone).astimezone(start.tzinfo)
        clock.now = now
        new = readings[(readings.index >= known) & (readings.index < now - timedelta(minutes=20))]
        if len(new):
            store.write_readings(meter, new)
            known = (new.index[-1] + timedelta(seconds=1)).to_pydatetime()
        outcome = forecast_handful(house, [meter.key], now=now)[meter.key]
        (diary.answers if outcome in SERVING else diary.failures)[outcome] += 1
        clock.now = now + timedelta(hours=2)
        score(house, meter, now=clock.now)
        noted = house.ledger.read(meter.key)
        diary.note_flags(now, noted["flags"])
        clock.now = now + timedelta(hours=3)
        if due_for_training(house, [meter], now=clock.now):
            _train(house, meter, diary, now=clock.now)
    return diary


def _train(house: House, meter: Meter, diary: Diary, *, now: datetime) -> None:
    found = training_inputs(house.store, meter, service=None, now=now)
    try:
        outcome = train_meter(
            house.registry, house.ledger, meter, found.readings, None,
            settings=house.settings, report=lambda *_, **__: None,
        )  # fmt: skip
    except ForecastingError as error:
        diary.failures[error.code] += 1
        return
    diary.trainings += 1
    diary.promotions += outcome.promoted
    diary.challengers += not outcome.promoted


def open_house(folder: Path, redis_url: str, clock: Clock) -> House:
    """Everything of a platform that a replay needs."""
    settings: Settings = load_settings(
        {
            "REDIS_URL": redis_url,
            "STATE_DIR": str(folder),
            "MODEL_STORE_URL": str(folder / "models"),
        }
    )
    redis = Redis.from_url(redis_url)
    desk = Desk(
        settings=settings,
        registry=Registry(settings.model_store_url, redis, clock=clock),
        ledger=Ledger(redis),
        warm=WarmModels(settings.model_cache_mb * 2**20),
        shapes=lambda meter: [],
    )
    return House(settings, EmbeddedStore(folder / "readings.db"), desk)


def summarise(
    house: House, meter: Meter, diary: Diary, start: datetime, days: int
) -> dict[str, Any]:
    """The year in figures."""
    found = scored(house.store, meter, start, start + timedelta(days=days + 1))
    if found is None:
        return {"failures": dict(diary.failures)}
    told = accuracy(found.table, found.scale)
    half = start + timedelta(days=days // 2)
    halves = {
        name: accuracy(found.table[rows], found.scale)["overall"].get("skill")
        for name, rows in (
            ("before", found.table["time"] < pd.Timestamp(half)),
            ("after", found.table["time"] >= pd.Timestamp(half)),
        )
    }
    audit = house.registry.audit(meter.meter_type, meter.meter_id)
    return {
        "overall": told["overall"],
        "by_lead": told["by_lead"],
        "skill_by_half": halves,
        "answers": dict(diary.answers),
        "failures": dict(diary.failures),
        "trainings": diary.trainings,
        "promotions": diary.promotions,
        "challengers": diary.challengers,
        "rollbacks": sum(entry["action"] in ("rollback", "retire") for entry in audit),
        "half_way": f"{half:%Y-%m-%d}",
        "flags": diary.flags,
    }


def show(name: str, result: dict[str, Any]) -> None:
    print(f"\n{name}")
    rows = [{"lead": "all", **result["overall"]}] + [
        {"lead": f"{row['lead_from_hours']}-{row['lead_to_hours'] or ''} h", **row}
        for row in result["by_lead"]
    ]
    for row in rows:
        print(
            f"  {row['lead']:>9}  n {row['n']:7}  wape {row['wape']:.3f}  mase {row['mase']:.3f}"
            f"  skill {row['skill']:+.3f}  coverage {row['coverage']:.2f}"
        )
    told = (
        "skill_by_half",
        "answers",
        "failures",
        "trainings",
        "promotions",
        "challengers",
        "rollbacks",
    )
    for key in told:
        print(f"  {key}: {result[key]}")
    for flag in result["flags"]:
        way = "up  " if flag["up"] else "down"
        print(f"  {flag['day']} {way} {flag['code']} {flag.get('message', '')}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("series", nargs="+")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--fault", choices=["flat", "doubled", "swapped"])
    parser.add_argument("--other", default="bwdf_dma_a", help="whose readings a swap brings")
    parser.add_argument("--out", type=Path, help="folder for the JSON")
    options = parser.parse_args()
    for name in options.series:
        meter, readings = load_series(name)
        start = (readings.index[0] + WARM_UP).ceil("D").to_pydatetime()
        span = (readings.index[-1] - readings.index[0] - WARM_UP) // timedelta(days=1) - 1
        days = min(options.days, span)
        if options.fault:
            half = pd.Timestamp(start + timedelta(days=days // 2))
            readings = broken(readings, options.fault, half, other=options.other)
        clock, began = Clock(start), time.perf_counter()
        with (
            tempfile.TemporaryDirectory() as folder,
            running_redis(free_port(), Path(folder) / "redis") as url,
        ):
            house = open_house(Path(folder), url, clock)
            meter = replace(meter, meter_id=name)
            diary = replay(house, clock, meter, readings, start=start, days=days)
            result = summarise(house, meter, diary, start, days)
            house.store.close()
        result |= {"days": days, "seconds": round(time.perf_counter() - began, 1)}
        title = f"{name}, {days} days" + (f", {options.fault}" if options.fault else "")
        show(title, result)
        if options.out:
            options.out.mkdir(parents=True, exist_ok=True)
            file = options.out / f"{name}-{options.fault or 'clean'}.json"
            file.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
