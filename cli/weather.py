"""Weather from the command line, straight into the store: the API need not run."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from cli.console import console, grid, progress_bar
from config import load_settings
from config.errors import EnergyError, InvalidRequest

if TYPE_CHECKING:  # pandas comes with it
    from data.meters import Meter
    from data.store import Store
    from weather.provider import Place
    from weather.service import WeatherService

DAY_FORMAT = click.DateTime(["%Y-%m-%d"])


@click.group()
def weather() -> None:
    """Fetch weather, and show what is stored."""


@weather.command()
@click.option("--meter", "key", help="TYPE/ID of one meter.")
@click.option("--all", "everything", is_flag=True, help="Every meter that has a position.")
@click.option("--start", type=DAY_FORMAT, help="First day; else that of the readings.")
@click.option("--end", type=DAY_FORMAT, help="Last day; else that of the readings.")
def fetch(key: str | None, everything: bool, start: datetime | None, end: datetime | None) -> None:
    """Fill the past with weather, and fetch the present forecast.

    What is there already is not asked for again. Where the limits of the free service are
    reached, the command waits for the next minute or hour; stop it and start it again as you like.
    """
    from data import open_store
    from weather.quota import shared_memory
    from weather.service import open_weather

    if bool(key) == everything:
        raise InvalidRequest("Say either --meter TYPE/ID or --all.")
    settings = load_settings()
    store = open_store(settings)
    service = open_weather(settings, store, shared_memory(settings), patient=True)
    if service is None:
        raise EnergyError("WEATHER_PROVIDER is none.", hint="Set it to open-meteo.")
    now = datetime.now(UTC)
    wanted = _places(store, [_meter(store, key)] if key else store.meters(), start, end)
    if not wanted:
        raise EnergyError(
            "No meter with readings has a position.",
            hint='energy meters set --meter-type … --meter-id … --location "Turin, IT"',
        )
    _fill(service, wanted, now)


def _fill(
    service: "WeatherService", wanted: "dict[Place, tuple[datetime, datetime]]", now: datetime
) -> None:
    requests, problems = 0, set[str]()
    with progress_bar() as bar:
        task = bar.add_task(f"Weather of {len(wanted)} places", total=len(wanted))
        for place, (first, last) in wanted.items():
            done = service.fill_past(place, first.date(), last.date(), now=now)
            requests += done.requests
            problems.update(done.problems)
            bar.advance(task)
        done = service.refresh(list(wanted), now=now)
    problems.update(done.problems)
    console.print(f"{requests + done.requests} requests for {len(wanted)} places")
    if problems:
        raise EnergyError("; ".join(sorted(problems)), hint="Run it again: it goes on from there.")


@weather.command()
@click.option("--meter", "key", required=True, help="TYPE/ID of the meter.")
@click.option("--start", type=DAY_FORMAT, help="First day; else a year ago.")
@click.option("--end", type=DAY_FORMAT, help="Last day; else in two weeks.")
def show(key: str, start: datetime | None, end: datetime | None) -> None:
    """What is stored for a meter: rows by source and grade, since when, up to when."""
    from data import open_store
    from weather.grades import grade_of

    store = open_store(load_settings())
    meter = _meter(store, key)
    now = datetime.now(UTC)
    first = (start or now - timedelta(days=365)).astimezone(UTC)
    last = (end or now + timedelta(days=14)).astimezone(UTC) + timedelta(days=1)
    table = grid("source", "grade", "rows", "first", "last", "newest", "variables")
    for source in store.weather_sources(meter.location):
        rows = store.weather(meter.location, first, last, sources=(source,))
        if rows.empty:
            continue
        valid, known = (rows.index.get_level_values(level) for level in (0, 1))
        variables = ", ".join(name for name in rows.columns if name != "source")
        table.add_row(
            source, grade_of(source).value, f"{len(rows):,}", f"{valid.min():%Y-%m-%d %H:%M}",
            f"{valid.max():%Y-%m-%d %H:%M}", f"{known.max():%Y-%m-%d %H:%M}", variables,
        )  # fmt: skip
    console.print(f"{meter.key} at {meter.place or meter.location}")
    if not table.rows:
        raise EnergyError("No weather is stored there.", hint=f"energy weather fetch --meter {key}")
    console.print(table)


def _meter(store: "Store", key: str) -> "Meter":
    meter_type, slash, meter_id = key.partition("/")
    if not slash:
        raise InvalidRequest(f"{key!r} is not TYPE/ID, such as electricity/meter_001.")
    return store.meter(meter_type, meter_id)


def _places(
    store: "Store", meters: "list[Meter]", start: datetime | None, end: datetime | None
) -> "dict[Place, tuple[datetime, datetime]]":
    """The days wanted of each place: those of the readings of all its meters together."""
    from weather.provider import place_of

    wanted: dict[Place, tuple[datetime, datetime]] = {}
    for meter in meters:
        place, span = place_of(meter), store.span(meter)
        if place is None or span is None:
            continue
        first, last = start or span.first, end or span.last
        known = wanted.get(place, (first, last))
        wanted[place] = min(first, known[0]), max(last, known[1])
    return wanted


COMMANDS = {"weather": weather}
