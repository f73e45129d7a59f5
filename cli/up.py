"""`energy up`: the whole platform on one machine, from the Procfile."""

import os
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import click
import httpx
from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer

from cli.connection import own_key
from cli.redis_server import NoRedis, port_is_free, running_redis
from client.protocol import headers_of
from config import ROOT, Settings, load_settings

READY_WITHIN = 120.0

READY = """
  Energy Forecasting is open for business

    dashboard   http://{host}:{port}/
    API docs    http://{host}:{port}/docs
    health      http://{host}:{port}/health/
    Flower      http://127.0.0.1:{flower}/
    store       {store}
    Redis       {redis}

  No data yet?  energy demo   ·   Ctrl-C stops everything
"""


@click.command()
def up() -> None:
    """Start Redis (unless REDIS_URL is set), API, workers, beat and Flower."""
    settings = load_settings()
    _refuse_taken_ports(settings)
    with ExitStack() as stack:
        if settings.redis_embedded:
            try:
                stack.enter_context(
                    running_redis(settings.redis_port, settings.state_dir / "redis", restart=True)
                )
            except NoRedis as error:
                raise SystemExit(f"energy: {error}") from None
        manager = Manager(Printer(sys.stdout))
        for name, command in parse_procfile((ROOT / "Procfile").read_text()).processes.items():
            manager.add_process(name, command, env=_environment(), cwd=str(ROOT))
        announcer = threading.Thread(target=_announce, args=(settings,), daemon=True)
        announcer.start()
        manager.loop()
    # honcho's code for Ctrl-C says that a signal came; for the user that is a normal end.
    code = manager.returncode or 0
    raise SystemExit(0 if code in (130, 143) else code)


def _refuse_taken_ports(settings: Settings) -> None:
    ports = [
        ("API_PORT", settings.api_host, settings.api_port),
        ("FLOWER_PORT", "127.0.0.1", settings.flower_port),
    ]
    if settings.redis_embedded:
        ports.append(("REDIS_PORT", "127.0.0.1", settings.redis_port))
    for name, host, port in ports:
        if not port_is_free(host, port):
            raise SystemExit(f"energy: port {port} is in use; set {name} to a free one")


def _environment() -> dict[str, str]:
    """This environment, with the commands of our virtual environment found first."""
    here = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": here + os.pathsep + os.environ.get("PATH", ""),
        "PYTHONUNBUFFERED": "1",
    }


def _announce(settings: Settings) -> None:
    """Print the addresses once everything answers, or what is missing."""
    host = "127.0.0.1" if settings.api_host == "0.0.0.0" else settings.api_host
    url = f"http://{host}:{settings.api_port}/health/"
    deadline = time.monotonic() + READY_WITHIN
    report = "the API does not answer"
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(url, timeout=5, headers=headers_of(own_key(settings)))
        except httpx.HTTPError:
            time.sleep(0.3)
            continue
        # Without a key to show we are told no more than that it serves.
        if answer.status_code in (200, 401):
            print(_addresses(settings, host), flush=True)
            return
        report = answer.text
        time.sleep(0.5)
    print(f"energy: not all parts are ready after {READY_WITHIN:.0f} s: {report}", flush=True)


def _addresses(settings: Settings, host: str) -> str:
    store = f"InfluxDB at {settings.influx_url}" if settings.influx_url else "embedded"
    redis = f"embedded, port {settings.redis_port}" if settings.redis_embedded else "REDIS_URL"
    return READY.format(
        host=host, port=settings.api_port, flower=settings.flower_port, store=store, redis=redis
    )


COMMANDS = {"up": up}
