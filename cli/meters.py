"""The catalogue of meters, and the demo; straight from the store, the API need not run."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Column

from cli.console import console, grid, progress_bar
from config import Settings, load_settings
from config.errors import EnergyError, InvalidRequest, UnknownMeter

METER_COLUMNS = ("meter", "unit", "step", "first", "last", "readings")


@click.command()
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write merged CSV files there instead of loading the store.",
)
def demo(folder: Path | None) -> None:
    """Load four simulated meters (household, office, district, water) up to now."""
    from data import open_store
    from data.simulation import load_demo, write_demo_files

    now = datetime.now(UTC)
    if folder is not None:
        for path in write_demo_files(folder, end=now):
            console.print(f"wrote {path}")
        return
    with progress_bar() as bar:
        task = bar.add_task("Simulating two years of four meters", total=1.0)
        meters = load_demo(
            open_store(load_settings()),
            end=now,
            report=lambda stage, fraction, **facts: bar.update(task, completed=fraction),
        )
    for meter in meters:
        console.print(f"  {meter.key}  {meter.name or ''}")
    first = meters[0]
    console.print(f"Next: energy train --meter-type {first.meter_type} --meter-id {first.meter_id}")


@click.group(invoke_without_command=True)
@click.option("--meter-type", help="Only meters of this type.")
@click.pass_context
def meters(context: click.Context, meter_type: str | None) -> None:
    """List the meters and the span of their readings; `meters set` changes one."""
    if context.invoked_subcommand is None:
        _list(meter_type)


@meters.command("set")
@click.option("--meter-type", required=True, help="electricity, water …")
@click.option("--meter-id", required=True, help="Id of the meter; a new one is created.")
@click.option("--location", help='"Turin, IT" or "45.07, 7.69"; gives country and time zone too.')
@click.option("--timezone", help="IANA time zone, such as Europe/Rome.")
@click.option("--country", help="ISO 3166 code, such as IT, for public holidays.")
@click.option("--subdivision", help="ISO 3166-2 part, such as VIC.")
@click.option("--unit", help="Unit of the stored values; stays once there are some.")
@click.option("--resolution", help="Step between readings, such as PT15M, PT1H or P1D.")
@click.option("--name", help="What people call it.")
def set_meter(meter_type: str, meter_id: str, **options: str | None) -> None:
    """Create a meter, or change what is known of it; what is not given stays as it is."""
    from data import Meter, open_store
    from data.editing.facts import check_changes
    from data.editing.place import placed, to_look_up
    from data.editing.position import put_changed

    settings = load_settings()
    store = open_store(settings)
    if meter_type not in settings.meter_types:
        types = ", ".join(settings.meter_types)
        raise InvalidRequest(f"There is no meter type {meter_type!r}; one of {types}.")
    changes = {name: value for name, value in options.items() if value is not None}
    facts = settings.meter_types[meter_type]
    try:
        known = store.meter(meter_type, meter_id)
    except UnknownMeter:
        known = None
    check_changes(store, known, changes, of=facts)
    old = {"unit": facts.unit} if known is None else known.to_dict()
    text = to_look_up(old, changes)
    found = None if text is None else _looked_up(settings, text)
    ids = {"meter_type": meter_type, "meter_id": meter_id}
    meter = Meter.from_dict({**placed(old, changes, found), **ids})
    put_changed(store, known, meter)
    told = (meter.unit, meter.timezone, meter.country, meter.place or meter.location)
    console.print(f"{meter.key}  " + "  ".join(fact for fact in told if fact))


def _looked_up(settings: Settings, text: str) -> dict[str, Any]:
    from weather.locations import locate
    from weather.service import open_provider

    asked = settings.weather_provider != "none"
    return locate(text, open_provider(settings) if asked else None).to_dict()


def _list(meter_type: str | None) -> None:
    from data import open_store

    store = open_store(load_settings())
    table = grid(*(Column(title, no_wrap=True) for title in METER_COLUMNS))
    for meter in store.meters(meter_type):
        span = store.span(meter)
        step = meter.to_dict()["resolution"] or ""
        first, last = (f"{span.first:%Y-%m-%d}", f"{span.last:%Y-%m-%d}") if span else ("", "")
        count = store.tally(meter).count
        table.add_row(meter.key, meter.unit, step, first, last, f"{count:,}")
    if not table.rows:
        raise EnergyError("There are no meters yet.", hint="energy demo, or energy import FILE")
    console.print(table)


COMMANDS = {"demo": demo, "meters": meters}
