"""The processes of the platform; the Procfile calls these.

Each replaces itself by the program it names, so that signals reach that program directly.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from config import ROOT, Settings, SettingsError, load_settings
from workers.api_keys import LOOPBACK, keys_needed, refuse_without_key
from workers.broker import FORECASTS, MAINTENANCE, TRAINING

NOTHING: Mapping[str, str] = {}
CELERY = ("celery", "-A", "workers.main", "--quiet")


@click.command()
def api() -> None:
    """Serve the API and the dashboard (gunicorn)."""
    refuse_without_key(load_settings())
    _become("gunicorn", "-c", "python:config.gunicorn", "app.wsgi:app", role="api")


@click.command()
@click.argument("queue", type=click.Choice([TRAINING, FORECASTS, MAINTENANCE]))
def worker(queue: str) -> None:
    """Work on the jobs of one queue (Celery)."""
    settings = load_settings()
    processes = {TRAINING: settings.training_workers, FORECASTS: settings.forecast_workers}
    _become(
        *CELERY, "worker", "-Q", queue, "-n", f"{queue}@%h", "-c", str(processes.get(queue, 1)),
        "-O", "fair", "--without-mingle", "--without-gossip", role=f"worker-{queue}",
    )  # fmt: skip


@click.command()
def beat() -> None:
    """Start scheduled work when it is due (Celery beat)."""
    settings = load_settings()
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    _become(*CELERY, "beat", "--pidfile=", role="beat")


@click.command()
def flower() -> None:
    """Show Celery's view of workers and tasks (Flower)."""
    settings = load_settings()
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    # By the environment: whoever may list processes may read their arguments.
    account = {"FLOWER_BASIC_AUTH": flower_account(settings)}
    # Flower has a variable of this name too, which means something else.
    os.environ.pop("FLOWER_AUTH", None)
    _become(*CELERY, "flower", *_flower_options(settings), role="flower", environment=account)


def flower_account(settings: Settings) -> str:
    """`user:password` of Flower; empty where it is on loopback and the API asks for no key either.

    :raises SettingsError: one is needed and the settings hold none.
    """
    if settings.flower_auth:
        return settings.flower_auth
    if settings.flower_host in LOOPBACK and not keys_needed(settings):
        return ""
    if settings.bootstrap_api_key:
        return f"energy:{settings.bootstrap_api_key}"
    raise SettingsError(
        "FLOWER_AUTH: Flower needs a user:password where the API needs a key "
        "(or BOOTSTRAP_API_KEY, which is then the password of `energy`)."
    )


def _flower_options(settings: Settings) -> list[str]:
    return [
        f"--address={settings.flower_host}",
        f"--port={settings.flower_port}",
        "--purge_offline_workers=60",
        # What it has seen survives a restart; written every half minute and at its end.
        "--persistent=True",
        f"--db={settings.state_dir / 'flower'}",
        "--state_save_interval=30000",
        "--max_tasks=10000",
    ]


def _become(
    program: str, *arguments: str, role: str, environment: Mapping[str, str] = NOTHING
) -> None:
    """Replace this process by `program` from the same environment."""
    path = Path(sys.executable).parent / program
    # The thread pools of numpy and OpenMP default to every core for every process.
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    os.chdir(ROOT)
    given = {name: value for name, value in environment.items() if value}
    os.execve(path, [program, *arguments], {**threads, **os.environ, **given, "ENERGY_ROLE": role})


COMMANDS = {"api": api, "worker": worker, "beat": beat, "flower": flower}
