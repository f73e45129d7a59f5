"""`energy backup FILE` and `energy restore FILE`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import cast

import click
from redis.exceptions import RedisError

from cli.archive import check, members, writing
from cli.console import console, progress_bar
from cli.snapshot import Snapshot
from config import load_settings
from config.errors import InvalidRequest, QueueUnavailable
from config.redis_clients import connect
from data import open_store

RESTORING = "restore:running"
"""SHA-256 of the backup whose restore has begun and not ended."""

PATIENCE = 3.0


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write meters, readings, weather, forecasts, models, aliases, audit log and keys to FILE.

    The platform may go on working meanwhile. FILE is there when it is whole, and not before.
    """
    with _snapshot() as snapshot, writing(file) as writer, progress_bar() as bar:
        task = bar.add_task("Backing up", total=None)
        count = 0
        for count, meter in enumerate(  # noqa: B007 - the last count is what is shown
            snapshot.save(writer, version=version("energy-forecasting"), now=datetime.now(UTC)), 1
        ):
            bar.update(task, advance=1, description=f"Backing up {meter.key}")
    console.print(f"{count:,} meters, {file.stat().st_size / 2**20:,.1f} MiB in {file}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--into-existing", is_flag=True, help="Add to what is there; the backup wins.")
def restore(file: Path, into_existing: bool) -> None:
    """Store what `energy backup` wrote. Refuses a platform that holds something already.

    The file is read to its end before anything is stored. A restore that was broken off is
    finished by starting it again.
    """
    head, digest, count = check(file)
    with _snapshot() as snapshot, progress_bar() as bar:
        begun = cast(bytes | None, snapshot.redis.get(RESTORING))
        ours = begun is not None and begun.decode() == digest
        if not into_existing and not ours and not snapshot.is_empty():
            raise InvalidRequest(
                "There are meters or models here already.",
                hint="Restore into an empty platform, or say --into-existing.",
            )
        snapshot.redis.set(RESTORING, digest)
        task = bar.add_task(f"Restoring the backup of {head['created_at']}", total=count)
        place = ""
        for name, content in members(file):
            place = snapshot.load(name, content, place)
            bar.advance(task)
        snapshot.redis.delete(RESTORING)
    console.print(f"Restored from {file}, written by release {head['version']}")


@contextmanager
def _snapshot() -> Iterator[Snapshot]:
    settings = load_settings()
    store = open_store(settings)
    try:
        with connect(settings, patience=PATIENCE) as redis:
            yield Snapshot(store, redis, settings.model_store_url)
    except RedisError as error:
        raise QueueUnavailable(
            f"Redis does not answer: {error}", hint="Start it (`energy up`), or set REDIS_URL."
        ) from error
    finally:
        store.close()


COMMANDS = {"backup": backup, "restore": restore}
