"""The `energy` command."""

import importlib
from typing import Any

import click

COMMANDS = {
    "up": "cli.up",
    "demo": "cli.meters",
    "import": "cli.importing",
    "meters": "cli.meters",
    "train": "cli.jobs",
    "forecast": "cli.forecasting",
    "test": "cli.jobs",
    "jobs": "cli.job_list",
    "models": "cli.models",
    "schedule": "cli.schedule",
    "weather": "cli.weather",
    "keys": "cli.keys",
    "api": "cli.roles",
    "worker": "cli.roles",
    "beat": "cli.roles",
    "flower": "cli.roles",
    "healthy": "cli.healthy",
    "doctor": "cli.doctor",
    "completion": "cli.completion",
    "backup": "cli.backup",
    "restore": "cli.backup",
}
"""Where each command lives; its module is imported when it is called, so `--help` is quick."""


class LazyGroup(click.Group):
    """A group whose commands are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module: Any = importlib.import_module(COMMANDS[name])
        command: click.Command = module.COMMANDS[name]
        return command


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="energy-forecasting", prog_name="energy")
def energy() -> None:
    """Forecast electricity and water consumption, per meter.

    Start the platform with `energy up`, fill it with `energy demo` or `energy import`, then train
    and forecast here, on the page or over HTTP. Settings come from the environment.

    \b
    A first round:
      energy up                                   # in a terminal of its own
      energy demo
      energy train    --meter-type electricity --meter-id demo_household
      energy forecast --meter-type electricity --meter-id demo_household --days 7 --plot

    Something is wrong?  energy doctor

    Exit codes: 0 done, 1 it failed and says why, 2 the command was not understood.
    """


def main() -> None:
    """Run the command; expected failures end with one line and exit code 1."""
    from client import ClientError
    from config import SettingsError
    from config.errors import EnergyError

    try:
        energy.main(standalone_mode=True)
    except SettingsError as error:
        raise SystemExit(f"energy: {error}") from None
    except (EnergyError, ClientError) as error:
        hint = f"\n  {error.hint}" if error.hint else ""
        raise SystemExit(f"energy: {error}{hint}") from None
