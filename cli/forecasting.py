"""`energy forecast`: as a table, CSV, JSON, a plot in the terminal or a PNG."""

import csv
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from cli.connection import connect
from cli.console import console, grid
from cli.jobs import meter_id_option, meter_type_option, run_job
from cli.plots import terminal_plot, write_png
from config import load_settings
from config.errors import EnergyError


@click.command()
@meter_type_option
@meter_id_option
@click.option("--start-date", help="First day, or instant.")
@click.option("--end-date", help="Last day (whole day).")
@click.option(
    "--days", type=click.IntRange(1), help="Instead of dates: so many days from the last reading."
)
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table",
    show_default=True, help="How to print it.",
)  # fmt: skip
@click.option("--plot", is_flag=True, help="Draw it in the terminal instead.")
@click.option("--png", type=click.Path(dir_okay=False, path_type=Path), help="Also as a picture.")
def forecast(form: str, days: int | None, plot: bool, png: Path | None, **body: Any) -> None:
    """Forecast a range of days with P10, P50 and P90.

    \b
    Examples:
      energy forecast --meter-type water --meter-id dma_1 --days 2 --plot
      energy forecast --meter-type water --meter-id dma_1 \\
          --start-date 2026-01-01 --end-date 2026-01-07 --format csv > week.csv
    """
    meter = _meter(body["meter_type"], body["meter_id"])
    if days is not None:
        if body["start_date"] or body["end_date"]:
            raise click.UsageError("Say --days, or --start-date and --end-date.")
        body.update(_next_days(meter, days))
    elif not (body["start_date"] and body["end_date"]):
        raise click.UsageError("Say --days, or --start-date and --end-date.")
    result = run_job("/forecast/", body, "Forecasting", quiet=form != "table")
    if png is not None:
        write_png(result, png, zone=meter["timezone"])
    if plot:
        print(terminal_plot(result, zone=meter["timezone"], width=console.width))
    else:
        PRINTERS[form](result, meter["timezone"])


def _meter(meter_type: str, meter_id: str) -> dict[str, Any]:
    with connect(load_settings()) as api:
        return api.call("GET", f"/meters/{meter_type}/{meter_id}")


def _next_days(meter: dict[str, Any], days: int) -> dict[str, str]:
    """From the end of the last reading; a resolution that is unknown counts as an hour."""
    from data.meters import parse_duration

    last = meter["readings"]["last"]
    if last is None:
        raise EnergyError("The meter has no readings.", hint="energy import FILE --meter-id …")
    start = datetime.fromisoformat(last) + parse_duration(meter["resolution"] or "PT1H")
    end = start + timedelta(days=days)
    return {"start_date": start.isoformat(), "end_date": end.isoformat()}


def _print_json(result: dict[str, Any], zone: str) -> None:
    print(json.dumps(result, indent=2))


def _print_csv(result: dict[str, Any], zone: str) -> None:
    names = _levels(result)
    writer = csv.writer(sys.stdout)
    writer.writerow(["time", *names])
    writer.writerows([p["time"], *(p[name] for name in names)] for p in result["points"])


def _print_table(result: dict[str, Any], zone: str) -> None:
    grades = sorted({stretch["grade"] for stretch in result["weather"]})
    console.print(
        f"{result['source']} {result['model_version']}, last reading until {result['origin']},"
        f" weather: {', '.join(grades)}"
    )
    if result["source"] != "model":
        console.print(f"No model's forecast, because {result['reason']}")
    names, local = _levels(result), ZoneInfo(zone)
    table = grid(f"time ({zone})", *(f"{name} ({result['unit']})" for name in names))
    for point in result["points"]:
        time = datetime.fromisoformat(point["time"]).astimezone(local)
        table.add_row(f"{time:%a %Y-%m-%d %H:%M}", *(f"{point[name]:,.4g}" for name in names))
    console.print(table)


def _levels(result: dict[str, Any]) -> list[str]:
    return [name for name in result["points"][0] if name != "time"]


PRINTERS = {"table": _print_table, "csv": _print_csv, "json": _print_json}
COMMANDS = {"forecast": forecast}
