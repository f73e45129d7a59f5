"""`energy jobs`: list, look, watch to the end, cancel."""

import json
from datetime import datetime
from typing import Any

import click
from rich.table import Column

from cli.connection import connect
from cli.console import console, grid
from cli.jobs import follow
from client import Job
from client.protocol import TERMINAL
from config import load_settings

ID_LENGTH = 36
COLOURS = {"succeeded": "green", "failed": "red", "cancelled": "yellow", "retrying": "yellow"}


@click.group(invoke_without_command=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500))
@click.option("--open", "only_open", is_flag=True, help="Only those that have not ended.")
@click.pass_context
def jobs(context: click.Context, limit: int, only_open: bool) -> None:
    """The newest jobs; `energy jobs show|watch|cancel ID` for one of them."""
    if context.invoked_subcommand is None:
        with connect(load_settings()) as api:
            found = api.jobs(limit=limit)
        _print([job for job in found if not only_open or job["status"] not in TERMINAL])


@jobs.command()
@click.argument("job_id")
def show(job_id: str) -> None:
    """All that is known of a job, as JSON."""
    with connect(load_settings()) as api:
        print(json.dumps(api.job(job_id).status(), indent=2))


@jobs.command()
@click.argument("job_id")
def watch(job_id: str) -> None:
    """Follow a job to its end; exit code 1 where it does not succeed."""
    with connect(load_settings()) as api:
        job = Job(api, job_id)
        job.status()  # an unknown id is told of before a bar is drawn
        state = follow(job, "Job")
    if state["status"] != "succeeded":
        error = state["error"] or {"message": state["status"], "hint": ""}
        raise SystemExit(f"energy: {error['message']} {error['hint']}".rstrip())


@jobs.command()
@click.argument("job_id")
def cancel(job_id: str) -> None:
    """End a waiting job at once, a running one within a step of its work."""
    with connect(load_settings()) as api:
        state = api.job(job_id).cancel()
    console.print(f"{job_id}: {state['message'] or state['status']}", markup=False)


def _print(found: list[dict[str, Any]]) -> None:
    if not found:
        console.print("No jobs.")
        return
    # An id is there to be copied, so it is whole however narrow the terminal is.
    table = grid(
        Column("job", no_wrap=True, min_width=ID_LENGTH), Column("what", overflow="fold"),
        Column("status", no_wrap=True), Column("created", no_wrap=True),
    )  # fmt: skip
    for job in found:
        colour = COLOURS.get(job["status"], "default")
        created = datetime.fromisoformat(job["created_at"]).astimezone()
        meter = f" {job['meter_type']}/{job['meter_id']}" if job["meter_id"] else ""
        what = f"{job['kind']}{meter}"
        if job["error"]:
            what += f": {job['error']['code']}"
        status = f"[{colour}]{job['status']}[/]"
        if job["status"] == "running":
            status += f" {job['progress']:.0f} %"
        table.add_row(job["task_id"], what, status, f"{created:%m-%d %H:%M}")
    console.print(table)


COMMANDS = {"jobs": jobs}
