"""The processes of the platform; the Procfile calls these.

Each replaces itself by the program it names, so that signals reach that program directly.
"""

import os
import sys
from pathlib import Path

import click

from config import ROOT, Settings, load_settings
from workers.celery_app import FORECASTS, MAINTENANCE, TRAINING

CELERY = ("celery", "-A", "workers.main", "--quiet")


@click.command()
def api() -> None:
    """Serve the API and the dashboard (gunicorn)."""
    load_settings()
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
    _become(*CELERY, "flower", *_flower_options(settings), role="flower")


def _flower_options(settings: Settings) -> list[str]:
    options = [
        f"--address={settings.flower_host}",
        f"--port={settings.flower_port}",
        "--purge_offline_workers=60",
        # What it has seen survives a restart; written every half minute and at its end.
        "--persistent=True",
        f"--db={settings.state_dir / 'flower'}",
        "--state_save_interval=30000",
        "--max_tasks=10000",
    ]
    if settings.flower_auth:
        options.append(f"--basic-auth={settings.flower_auth}")
    return options


def _become(program: str, *arguments: str, role: str) -> None:
    """Replace this process by `program` from the same environment."""
    path = Path(sys.executable).parent / program
    # The thread pools of numpy and OpenMP default to every core for every process.
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    os.chdir(ROOT)
    os.execve(path, [program, *arguments], {**threads, **os.environ, "ENERGY_ROLE": role})


COMMANDS = {"api": api, "worker": worker, "beat": beat, "flower": flower}
