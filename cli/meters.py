"""The catalogue of meters, and the demo; straight from the store, the API need not run."""

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.table import Column, Table

from cli.console import console, progress_bar
from config import load_settings
from config.errors import EnergyError

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


COMMANDS = {"demo": demo, "meters": meters}
