"""What runs when, through the API."""

from datetime import datetime
from typing import Any

import click

from cli.connection import connect
from cli.console import console, grid
from config import load_settings


@click.command()
def schedule() -> None:
    """What runs when (schedules.json), and how the last run went."""
    with connect(load_settings()) as api:
        rows: Any = api.call("GET", "/schedules/")
    table = grid("name", "cron", "meters", "next (UTC)", "last (UTC)", "how it went")
    for row in rows:
        last = row["last_run"] or {}
        table.add_row(
            row["name"],
            row["cron"],
            row["meter_type"] or "all",
            _minute(row["next_run"]),
            _minute(last.get("started_at")),
            _words(last),
        )
    console.print(table)


def _minute(instant: str | None) -> str:
    return f"{datetime.fromisoformat(instant):%Y-%m-%d %H:%M}" if instant else "–"


def _words(run: dict[str, Any]) -> str:
    if not run:
        return "–"
    counts = ", ".join(f"{name} {value}" for name, value in run["summary"].items())
    return f"{run['status']}: {counts}" if counts else str(run["status"])


COMMANDS = {"schedule": schedule}
