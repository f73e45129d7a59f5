"""`energy readings`: what is done with readings beside importing them."""

import click

from cli.connection import connect
from cli.console import console
from cli.jobs import meter_id_option, meter_type_option
from config import load_settings


@click.group()
def readings() -> None:
    """Delete readings that should not be there."""


@readings.command()
@meter_type_option
@meter_id_option
@click.option("--start", required=True, help="First day, or first instant: 2025-06-20T12:00+02:00.")
@click.option("--end", required=True, help="Last day, or the instant before which to stop.")
@click.option("--yes", is_flag=True, help="Without asking.")
def delete(meter_type: str, meter_id: str, start: str, end: str, yes: bool) -> None:
    """Delete a meter's readings of a range, such as one that a wrong clock dated.

    Days and times without an offset are those of the meter's zone. To correct a value, import the
    right one: it replaces what has the same time.
    """
    what = f"the readings of {meter_type}/{meter_id} from {start} to {end}"
    if not yes:
        click.confirm(f"Delete {what}?", abort=True)
    with connect(load_settings()) as api:
        deleted = api.delete_readings(meter_type, meter_id, start, end)
    console.print(f"{deleted:,} readings deleted")


COMMANDS = {"readings": readings}
