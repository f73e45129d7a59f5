"""The `energy` command."""

import importlib
from collections.abc import Mapping
from typing import Any

import click

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Start and fill": {
        "up": "cli.up",
        "demo": "cli.meters",
        "import": "cli.importing",
        "meters": "cli.meters",
        "readings": "cli.readings",
        "weather": "cli.weather",
    },
    "Forecast": {
        "train": "cli.jobs",
        "forecast": "cli.forecasting",
        "test": "cli.jobs",
        "jobs": "cli.job_list",
        "models": "cli.models",
    },
    "Operate": {
        "doctor": "cli.doctor",
        "schedule": "cli.schedule",
        "keys": "cli.keys",
        "backup": "cli.backup",
        "restore": "cli.backup",
        "completion": "cli.completion",
    },
    "Single processes": {
        "api": "cli.roles",
        "worker": "cli.roles",
        "beat": "cli.roles",
        "flower": "cli.roles",
        "healthy": "cli.healthy",
    },
}
"""Where each command lives; its module is imported when it is called."""
COMMANDS = {name: place for section in SECTIONS.values() for name, place in section.items()}
HELP_WIDTH = 100
"""Click's 80 would cut most of the summaries; a narrower terminal still gets its own width."""


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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by what they are for, each with its summary."""
        width = max(map(len, COMMANDS))
        room = formatter.width - width - 6
        for title, names in SECTIONS.items():
            found = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(title):
                formatter.write_dl(
                    [(n.ljust(width), one.get_short_help_str(room)) for n, one in found if one]
                )


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": HELP_WIDTH},
)
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
