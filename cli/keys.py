"""`energy keys`: make, list and revoke API keys, straight in Redis; the API need not run."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import click
from redis.exceptions import RedisError

from cli.console import console, grid
from cli.redis_server import port_is_free, running_redis
from config import load_settings
from config.errors import EnergyError, QueueUnavailable
from config.redis_clients import connect
from workers.api_keys import READ, SCOPES, Key, Keys

PATIENCE = 2.0


@click.group()
def keys() -> None:
    """API keys: who may use the API, and for what."""


@keys.command()
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="Repeatable; default read."
)
@click.option("--meters", default="", help="Only meters whose type/id begins so: water/site_a_")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="Days until it expires.")
def create(name: str, scopes: tuple[str, ...], meters: str, days: float | None) -> None:
    """Make a key and print it; it is shown this once and kept nowhere."""
    now = datetime.now(UTC)
    expires_at = None if days is None else now + timedelta(days=days)
    key = Key(name, frozenset(scopes or (READ,)), now, expires_at, meters)
    with _open_keys() as known:
        text = known.create(key)
    # The key alone on stdout, so that a script can take it.
    click.echo(text)
    click.echo(f"{name}: {', '.join(key.to_dict()['scopes'])}; shown this once", err=True)


@keys.command("list")
def list_keys() -> None:
    """List the keys: names, scopes, meters, expiry."""
    table = grid("name", "scopes", "meters", "created", "expires")
    now = datetime.now(UTC)
    with _open_keys() as known:
        found = known.all()
    for key in found:
        expires = f"{key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at else "never"
        if not key.valid(now):
            expires += " (expired)"
        created = f"{key.created_at:%Y-%m-%d %H:%M}" if key.created_at else ""
        scopes = ", ".join(key.to_dict()["scopes"])
        table.add_row(key.name, scopes, key.meters or "all", created, expires)
    if not table.rows:
        raise EnergyError("There are no keys.", hint="energy keys create NAME --scope read")
    console.print(table)


@keys.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Revoke a key; within seconds no API process takes it any more."""
    with _open_keys() as known:
        revoked = known.revoke(name)
    if not revoked:
        raise EnergyError(f"There is no key {name!r}.", hint="energy keys list")
    console.print(f"revoked {name}")


@contextmanager
def _open_keys() -> Iterator[Keys]:
    """The keys in the Redis of the settings; the embedded one is started where it is not running.

    So that a first key can be made before the API listens anywhere.
    """
    settings = load_settings()
    with ExitStack() as stack:
        if settings.redis_embedded and port_is_free("127.0.0.1", settings.redis_port):
            folder = settings.state_dir / "redis"
            stack.enter_context(running_redis(settings.redis_port, folder))
        try:
            yield Keys(connect(settings, patience=PATIENCE))
        except RedisError as error:
            raise QueueUnavailable("Redis does not answer.") from error


COMMANDS = {"keys": keys}
