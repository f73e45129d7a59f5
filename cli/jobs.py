"""Train, forecast and test through the API, watching the job live."""

import csv
import json
import sys
from typing import Any

import click
from rich.table import Table

from cli.connection import connect
from cli.console import console, progress_bar
from client import Job
from config import load_settings

meter_type_option = click.option("--meter-type", required=True, help="electricity, water …")
meter_id_option = click.option("--meter-id", required=True, help="Id of the meter.")


@click.command()
@click.option("--meter-type", help="electricity, water …")
@click.option("--meter-id", help="Id of the meter.")
@click.option("--all", "every", is_flag=True, help="All meters, or all of --meter-type.")
@click.option("--start-date", help="First day to train on.")
@click.option("--end-date", help="Last day to train on.")
@click.option("--force", is_flag=True, help="Also where a training is queued or running.")
def train(*, every: bool, **body: Any) -> None:
    """Train a model and watch it; or many, with --all."""
    if every:
        _train_all(body)
        return
    if not body["meter_type"] or not body["meter_id"]:
        raise click.UsageError("Say --meter-type and --meter-id, or --all.")
    result = _run("/trainmodel/", body, "Training")
    console.print(
        f"model [bold]{result['model_version']}[/bold] on {result['readings']:,} readings,"
        f" {result['train_start']} to {result['train_end']}"
    )
    _compare(result["metrics"], result["baseline_metrics"])


@click.command()
@meter_type_option
@meter_id_option
@click.option("--start-date", required=True, help="First day, or instant.")
@click.option("--end-date", required=True, help="Last day (whole day).")
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table",
    show_default=True, help="How to print it.",
)  # fmt: skip
def forecast(form: str, **body: Any) -> None:
    """Forecast a range of days with P10, P50 and P90."""
    result = _run("/forecast/", body, "Forecasting", quiet=form != "table")
    if form == "json":
        print(json.dumps(result, indent=2))
        return
    names = [name for name in result["points"][0] if name != "time"]
    if form == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(["time", *names])
        writer.writerows([p["time"], *(p[name] for name in names)] for p in result["points"])
        return
    grades = sorted({stretch["grade"] for stretch in result["weather"]})
    console.print(
        f"{result['source']} {result['model_version']}, last reading until {result['origin']},"
        f" weather: {', '.join(grades)}"
    )
    table = Table("time (UTC)", *(f"{name} ({result['unit']})" for name in names))
    for point in result["points"]:
        table.add_row(point["time"], *(f"{point[name]:,.4g}" for name in names))
    console.print(table)


@click.command("test")
@meter_type_option
@meter_id_option
@click.option("--test-size", type=float, default=0.2, show_default=True, help="Share to test on.")
def backtest(**body: Any) -> None:
    """Backtest: rolling forecasts over the last part of the readings."""
    result = _run("/test_model/", body, "Testing")
    console.print(f"{result['origins']} origins, {result['start']} to {result['end']}")
    _compare(result["metrics"], result["baseline_metrics"])


def _train_all(body: dict[str, Any]) -> None:
    kind = body["meter_type"]
    selection = {"meter_type": kind} if kind else {"all": True}
    dates = {name: body[name] for name in ("start_date", "end_date")}
    with connect(load_settings()) as api:
        job = api.train_batch(**selection, **dates)
        follow(job, "Training")
        result = job.result()
    console.print(f"{result['succeeded']:,} of {result['total']:,} meters trained")
    for failure in result["failures"]:
        error = failure["error"] or {"code": failure["status"], "message": ""}
        words = f"  {failure['meter_type']}/{failure['meter_id']}: {error['code']}: "
        console.print(words + error["message"], markup=False)


def _run(path: str, body: dict[str, Any], title: str, *, quiet: bool = False) -> dict[str, Any]:
    with connect(load_settings()) as api:
        job = api.submit(path, **body)
        if not quiet:
            follow(job, title)
        return job.result()


def follow(job: Job, title: str) -> dict[str, Any]:
    """Watch a job on a progress bar; the job object once it has ended."""
    with progress_bar() as bar:
        task = bar.add_task(title, total=100.0)

        def show(state: dict[str, Any]) -> None:
            words = f"{title}: {state['message']}" if state.get("message") else title
            bar.update(task, completed=state["progress"], description=words)

        return job.wait(show)


def _compare(metrics: dict[str, Any], baseline: dict[str, Any]) -> None:
    table = Table("held-back weeks", "model", "weekly naive")
    for name, value in metrics.items():
        other = baseline.get(name)
        table.add_row(name, _number(value), _number(other))
    console.print(table)


def _number(value: Any) -> str:
    return f"{value:,.4g}" if isinstance(value, int | float) else "–"


COMMANDS = {"train": train, "forecast": forecast, "test": backtest}
