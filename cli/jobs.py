"""Train and test through the API, watching the job live."""

from typing import Any

import click

from cli.connection import connect
from cli.console import console, grid, progress_bar, utc
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
    """Train a model and watch it; or many, with --all.

    The exit code is 1 where not one could be trained.
    """
    if every:
        _train_all(body)
        return
    if not body["meter_type"] or not body["meter_id"]:
        raise click.UsageError("Say --meter-type and --meter-id, or --all.")
    result = run_job("/trainmodel/", body, "Training")
    console.print(
        f"model [bold]{result['model_version']}[/bold] on {result['readings']:,} readings,"
        f" {utc(result['train_start'])} to {utc(result['train_end'])} UTC"
    )
    _compare(result["metrics"], result["baseline_metrics"])


@click.command("test")
@meter_type_option
@meter_id_option
@click.option("--test-size", type=float, default=0.2, show_default=True, help="Share to test on.")
def backtest(**body: Any) -> None:
    """Backtest: rolling forecasts over the last part of the readings."""
    result = run_job("/test_model/", body, "Testing")
    console.print(
        f"{result['origins']} origins, {utc(result['start'])} to {utc(result['end'])} UTC"
    )
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
    if not result["succeeded"]:
        raise click.exceptions.Exit(1)


def run_job(path: str, body: dict[str, Any], title: str, *, quiet: bool = False) -> dict[str, Any]:
    """Start a job, watch it on a bar unless `quiet`, and give its result."""
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
    table = grid("held-back weeks", "model", "weekly naive")
    for name, value in metrics.items():
        other = baseline.get(name)
        table.add_row(name, _number(value), _number(other))
    console.print(table)
    if metrics.get("mae") is not None and baseline.get("mae"):
        gain = 1 - metrics["mae"] / baseline["mae"]
        words = "less" if gain >= 0 else "more"
        console.print(f"{abs(gain):.1%} {words} error than repeating last week.")


def _number(value: Any) -> str:
    return f"{value:,.4g}" if isinstance(value, int | float) else "–"


COMMANDS = {"train": train, "test": backtest}
