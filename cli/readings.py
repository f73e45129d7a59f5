"""Meters and their readings, straight into the reading store; the API need not run."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from config import Settings, load_settings
from config.errors import EnergyError, UnknownMeter

console = Console()

METER_COLUMNS = ("meter", "unit", "step", "first", "last", "readings")


def progress_bar() -> Progress:
    """The one look of a progress bar in this command."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
    )


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--meter-type", required=True, help="Commodity, e.g. electricity or water.")
@click.option("--meter-id", required=True, help="Id the meter shall have.")
@click.option("--time-column", help="Column of the time; found where not given.")
@click.option("--value-column", help="Column of the value; found where not given.")
@click.option("--timezone", help="IANA zone of the meter and of naive times (default UTC).")
@click.option("--unit", help="Unit of the values, e.g. kWh (default: the type's).")
@click.option("--country", help="ISO code for public holidays, e.g. IT.")
@click.option("--subdivision", help="Part of the country with holidays of its own, e.g. VIC.")
@click.option("--day-first/--month-first", default=None, help="How 01/02/2025 is meant.")
def import_file(file: Path, meter_type: str, meter_id: str, **options: Any) -> None:
    """Import readings, and weather columns where there are some, from a CSV FILE.

    A line that cannot be used is left out and reported; importing again changes nothing.
    """
    from data import open_store
    from data.importers import import_table

    settings = load_settings()
    if meter_type not in settings.meter_types:
        known = ", ".join(settings.meter_types)
        raise click.BadParameter(f"{meter_type!r} is not one of {known}", param_hint="--meter-type")
    store = open_store(settings)
    meter = _meter(settings, store, meter_type, meter_id, options)
    with progress_bar() as bar:
        task = bar.add_task(f"Importing {file.name}", total=1.0)
        summary = import_table(
            store,
            meter,
            file,
            time_column=options["time_column"],
            value_column=options["value_column"],
            timezone=options["timezone"],
            day_first=options["day_first"],
            progress=lambda fraction, rows: bar.update(task, completed=fraction),
        )
        bar.update(task, completed=1.0)
    _show(summary.to_dict(), meter.key)


def _meter(
    settings: Settings, store: Any, meter_type: str, meter_id: str, options: dict[str, Any]
) -> Any:
    """The meter of the catalogue with what was given on top; not written before the readings."""
    from data.meters import Meter

    given = {
        name: options[name]
        for name in ("timezone", "unit", "country", "subdivision")
        if options[name] is not None
    }
    try:
        known = store.meter(meter_type, meter_id)
    except UnknownMeter:
        base = {"unit": settings.meter_types[meter_type].unit}
        return Meter(meter_type=meter_type, meter_id=meter_id, **{**base, **given})
    meter = Meter.from_dict({**known.to_dict(), **given})
    if meter != known:
        store.put_meter(meter)
    return meter


def _show(summary: Mapping[str, Any], key: str) -> None:
    console.print(
        f"[bold]{key}[/bold]: {summary['accepted']:,} of {summary['rows']:,} rows stored"
        f" ({summary['replaced']:,} replaced), {summary['weather_rows']:,} with weather,"
        f" {summary['first']} to {summary['last']}"
    )
    for reason, count in summary["dropped"].items():
        console.print(f"  left out, {reason}: {count:,}")
    for problem in summary["problems"]:
        console.print(f"    {problem}", highlight=False, markup=False)


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
    from data.simulator import load_demo, write_demo_files

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


@click.command()
@click.option("--meter-type", help="Only meters of this type.")
def meters(meter_type: str | None) -> None:
    """List the meters and the span of their readings."""
    from data import open_store

    store = open_store(load_settings())
    table = Table(*(Column(title, no_wrap=True) for title in METER_COLUMNS))
    for meter in store.meters(meter_type):
        span = store.span(meter)
        step = meter.to_dict()["resolution"] or ""
        first, last = (f"{span.first:%Y-%m-%d}", f"{span.last:%Y-%m-%d}") if span else ("", "")
        count = f"{span.count:,}" if span else "0"
        table.add_row(meter.key, meter.unit, step, first, last, count)
    if not table.rows:
        raise EnergyError("There are no meters yet.", hint="energy demo, or energy import FILE")
    console.print(table)


COMMANDS = {"import": import_file, "demo": demo, "meters": meters}
