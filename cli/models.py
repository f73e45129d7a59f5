"""Model versions of a meter, through the API: list, roll back, promote."""

from datetime import datetime
from typing import Any

import click

from cli.connection import connect
from cli.console import console, grid
from config import load_settings

meter_type_option = click.option("--meter-type", required=True, help="electricity, water …")
meter_id_option = click.option("--meter-id", required=True, help="Id of the meter.")
reason_option = click.option("--reason", default="", help="Why, for the audit log.")


@click.group()
def models() -> None:
    """List a meter's model versions; say which of them serves."""


@models.command("list")
@meter_type_option
@meter_id_option
def list_versions(meter_type: str, meter_id: str) -> None:
    """The versions, newest first, and what happened to them."""
    _show(_call("GET", f"/models/{meter_type}/{meter_id}"))


@models.command()
@meter_type_option
@meter_id_option
@reason_option
def rollback(meter_type: str, meter_id: str, reason: str) -> None:
    """Let the previous champion serve again."""
    _show(_call("POST", f"/models/{meter_type}/{meter_id}/rollback", reason=reason))


@models.command()
@meter_type_option
@meter_id_option
@click.argument("version")
@reason_option
def promote(meter_type: str, meter_id: str, version: str, reason: str) -> None:
    """Let VERSION serve."""
    _show(_call("POST", f"/models/{meter_type}/{meter_id}/{version}/promote", reason=reason))


def _call(method: str, path: str, **body: Any) -> dict[str, Any]:
    with connect(load_settings()) as api:
        answer: dict[str, Any] = api.call(method, path, **({"json": body} if body else {}))
        return answer


def _show(account: dict[str, Any]) -> None:
    table = grid("version", "alias", "error / naive", "kB", "why")
    for one in account["versions"]:
        ratio = _ratio(one.get("metrics"), one.get("baseline_metrics"))
        size = f"{one.get('bytes', 0) / 1000:,.0f}"
        table.add_row(one["version"], ", ".join(one["aliases"]), ratio, size, one["reason"] or "")
    console.print(table)
    for entry in account["audit"][:10]:
        when = datetime.fromisoformat(entry["time"])
        words = f"{when:%Y-%m-%d %H:%M}  {entry['who']}: {entry['action']}"
        console.print(f"{words} {entry['to']}  {entry['reason']}", markup=False)


def _ratio(metrics: dict[str, Any] | None, naive: dict[str, Any] | None) -> str:
    if not metrics or not naive or not naive.get("mae"):
        return "–"
    return f"{metrics['mae'] / naive['mae']:.3f}"


COMMANDS = {"models": models}
