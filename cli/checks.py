"""What `energy doctor` looks at: each check gives a finding, and none raises for what may fail."""

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import httpx
from packaging.requirements import Requirement
from redis import Redis
from redis.exceptions import RedisError

from client import ClientError
from config import ROOT, Settings
from config.errors import EnergyError

PATIENCE = 3.0
"""Seconds for each answer: what takes longer on the same machine is broken."""
LEAST_FREE_GB = 2.0
IN_PLACE_OF = {"xgboost-cpu": "xgboost"}
"""The same module for GPUs, which can't be there together with what it replaces (Dockerfile)."""
OLDEST_REDIS = (6, 2)
"""Streams that are trimmed by id need 6.2."""


@dataclass(frozen=True)
class Finding:
    """`state`: ok, warning or wrong; `words`: what was found; `remedy`: what to do, if anything."""

    state: str
    words: str
    remedy: str = ""


def libraries(settings: Settings) -> Finding:
    """The versions that the package asks for."""
    off = []
    for text in requires("energy-forecasting") or []:
        wanted = Requirement(text)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            found = _version(wanted.name)
        except PackageNotFoundError:
            off.append(f"{wanted.name} is missing")
            continue
        if not wanted.specifier.contains(found, prereleases=True):
            off.append(f"{wanted.name} is {found}")
    python = ".".join(map(str, sys.version_info[:3]))
    if off:
        return Finding("wrong", f"Python {python}; {', '.join(off)}", "make setup installs them.")
    return Finding("ok", f"Python {python}, all as pinned")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        if name not in IN_PLACE_OF:
            raise
        return version(IN_PLACE_OF[name])


def browser(settings: Settings) -> Finding:
    """The libraries that the pages load."""
    folder = ROOT / "app" / "browser" / "node_modules"
    missing = [name for name in ("uplot", "swagger-ui-dist") if not (folder / name).is_dir()]
    if missing:
        return Finding("wrong", f"missing: {', '.join(missing)}", "make setup installs them.")
    return Finding("ok", "there")


def folders(settings: Settings) -> Finding:
    """The folders that processes write to."""
    for name, folder in (("STATE_DIR", settings.state_dir), ("LOG_DIR", settings.log_dir)):
        there = _nearest(folder)
        if not os.access(there, os.W_OK):
            return Finding(
                "wrong", f"{name} {folder} cannot be written", f"chown {there}, or set {name}."
            )
    return Finding("ok", "writable")


def redis(settings: Settings) -> Finding:
    """Redis answers, is new enough and does not evict."""
    remedy = "Start it (energy up does), or set REDIS_URL."
    try:
        with _redis(settings) as connection:
            info = connection.info()
            policy = connection.config_get("maxmemory-policy").get("maxmemory-policy", "")
    except (RedisError, OSError) as error:
        return Finding("wrong", f"does not answer: {error}", remedy)
    found = str(info["redis_version"])
    if tuple(int(part) for part in found.split(".")[:2]) < OLDEST_REDIS:
        return Finding("wrong", f"version {found} is too old", "Redis 6.2 or newer is needed.")
    if policy not in ("", "noeviction"):
        return Finding(
            "warning",
            f"{found}, evicts keys ({policy}): jobs may be lost",
            "redis-cli config set maxmemory-policy noeviction",
        )
    if not info.get("aof_enabled"):
        return Finding(
            "warning", f"{found}, keeps nothing over a crash", "redis-cli config set appendonly yes"
        )
    return Finding("ok", f"{found}, {info['used_memory_human']} used")


def store(settings: Settings) -> Finding:
    """The reading store answers."""
    from data import open_store

    opened = open_store(settings)
    try:
        seconds = opened.ping()
    except EnergyError as error:
        return Finding("wrong", error.message, error.hint or "Check INFLUX_URL and its token.")
    finally:
        opened.close()
    return Finding("ok", f"{opened.kind}, {1000 * seconds:.1f} ms")


def model_store(settings: Settings) -> Finding:
    """Models can be listed where they are kept."""
    from workers.registry import Registry

    place = settings.model_store_url
    if "://" not in place and not Path(place).is_dir():  # asking for it would make it
        return Finding(
            "warning", f"there is no folder {place} yet",
            "The first training makes it. Are there models already? Check MODEL_STORE_URL.",
        )  # fmt: skip
    try:
        registry = Registry(place, _redis(settings))
        protocol = registry.ping()
    except (EnergyError, ImportError, ValueError) as error:
        remedy = getattr(error, "hint", "") or "Check MODEL_STORE_URL; s3:// needs the extra s3."
        return Finding("wrong", str(error), remedy)
    return Finding("ok", f"{protocol}, {place}")


def workers(settings: Settings) -> Finding:
    """Each queue has a worker."""
    from workers.broker import QUEUES
    from workers.broker.presence import present

    try:
        with _redis(settings) as connection:
            shown = present(connection, heartbeat=settings.heartbeat)
    except (RedisError, OSError):
        return Finding("wrong", "cannot be asked without Redis")
    missing = [q for q in QUEUES if not any(q in one["queues"] for one in shown)]
    if missing:
        return Finding(
            "wrong",
            f"no worker for {', '.join(missing)}",
            f"energy worker {missing[0]}; its log says why it ended.",
        )
    return Finding("ok", f"{len(shown)} for {len(QUEUES)} queues")


def api(settings: Settings) -> Finding:
    """The API answers on its address."""
    try:
        answer = httpx.get(f"{_url(settings)}/health/live", timeout=PATIENCE)
    except httpx.HTTPError as error:
        return Finding(
            "wrong",
            f"{_url(settings)} does not answer: {error}",
            "energy up, or energy api; is API_PORT taken by another program?",
        )
    if answer.status_code != httpx.codes.OK:
        return Finding("wrong", f"answers {answer.status_code}", "Is it another program's port?")
    return Finding("ok", _url(settings))


def streams(settings: Settings) -> Finding:
    """A stream's first bytes come at once, not when a proxy's buffer is full."""
    from cli.connection import own_key
    from client.protocol import headers_of

    url = f"{_url(settings)}/jobs/stream"
    try:
        headers = headers_of(own_key(settings))
        with httpx.stream("GET", url, timeout=PATIENCE, headers=headers) as answer:
            first = next(answer.iter_lines(), "")
    except (httpx.HTTPError, ClientError) as error:
        return Finding(
            "wrong",
            f"no event within {PATIENCE:.0f} s: {error}",
            "Is the API up? A proxy in between must not buffer: docs/streaming.md.",
        )
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return Finding("warning", "the API asks for a key", "Set API_KEY to one with scope read.")
    return Finding("ok", "first bytes at once") if first else Finding("wrong", "an empty stream")


def meters(settings: Settings) -> Finding:
    """There is something to forecast."""
    from data import open_store

    opened = open_store(settings)
    try:
        found = len(opened.listing())
    except EnergyError:
        return Finding("wrong", "cannot be listed without the reading store")
    finally:
        opened.close()
    if not found:
        return Finding("warning", "none yet", "energy demo, or energy import FILE")
    return Finding("ok", f"{found:,}")


def weather(settings: Settings) -> Finding:
    """The weather provider can be reached; forecasts do without where it cannot."""
    url = settings.weather_base_url or "https://api.open-meteo.com"
    try:
        httpx.head(url, timeout=PATIENCE)
    except httpx.HTTPError as error:
        return Finding(
            "warning",
            f"{url} cannot be reached ({type(error).__name__})",
            "Forecasts use stored weather or none; WEATHER_BASE_URL names another.",
        )
    return Finding("ok", url)


def disk(settings: Settings) -> Finding:
    """Room for readings, models and Redis' log."""
    free = shutil.disk_usage(_nearest(settings.state_dir)).free / 1e9
    if free < LEAST_FREE_GB:
        return Finding(
            "warning",
            f"{free:.1f} GB left at {settings.state_dir}",
            "Delete old logs, or lower MODEL_VERSIONS_KEPT.",
        )
    return Finding("ok", f"{free:,.0f} GB left")


def _url(settings: Settings) -> str:
    host = "127.0.0.1" if settings.api_host == "0.0.0.0" else settings.api_host
    return f"http://{host}:{settings.api_port}"


def _redis(settings: Settings) -> "Redis":
    from config.redis_clients import connect

    return connect(settings, patience=0)


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    while not folder.exists():
        folder = folder.parent
    return folder
