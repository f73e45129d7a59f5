"""`energy doctor`: look at each part, say what is wrong and how to mend it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click

from cli import checks
from cli.console import console
from config import Settings, SettingsError, load_settings

SIGNS = {"ok": "[green]ok[/]      ", "warning": "[yellow]warning[/] ", "wrong": "[red]wrong[/]   "}


@dataclass(frozen=True)
class Part:
    """Something to look at, and what it takes that it can be looked at."""

    name: str
    look: Callable[[Settings], checks.Finding]


PARTS = (
    Part("Python and libraries", checks.libraries),
    Part("Browser libraries", checks.browser),
    Part("Folders", checks.folders),
    Part("Redis", checks.redis),
    Part("Reading store", checks.store),
    Part("Model store", checks.model_store),
    Part("Workers", checks.workers),
    Part("API", checks.api),
    Part("Streams", checks.streams),
    Part("Meters", checks.meters),
    Part("Weather provider", checks.weather),
    Part("Disk space", checks.disk),
)


@click.command()
def doctor() -> None:
    """Check each component; say what is wrong and how to mend it.

    Changes nothing and works without the API. Exit code 1 where something is wrong; a warning
    is something the platform can live with.
    """
    try:
        settings = load_settings()
    except SettingsError as error:
        console.print(f"{SIGNS['wrong']}Settings: {error}", highlight=False)
        console.print("           docs/configuration.md lists them all.")
        raise SystemExit(1) from None
    console.print(f"{SIGNS['ok']}Settings", highlight=False)
    wrong = 0
    for part, finding in _findings(settings):
        console.print(f"{SIGNS[finding.state]}{part.name}: {finding.words}", highlight=False)
        if finding.remedy:
            console.print(f"           {finding.remedy}", highlight=False, markup=False)
        wrong += finding.state == "wrong"
    if wrong:
        raise SystemExit(f"energy: {wrong} of {len(PARTS)} parts need you")
    console.print("All is well." if shutil.which("energy") else "All is well; . .venv/bin/activate")


def _findings(settings: Settings) -> Iterator[tuple[Part, checks.Finding]]:
    for part in PARTS:
        yield part, part.look(settings)


COMMANDS = {"doctor": doctor}
