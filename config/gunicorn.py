"""gunicorn's settings: `gunicorn -c python:config.gunicorn app.wsgi:app`."""

import logging
import os
import shutil
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from config import load_settings
from config.logs import configure_logging

LINGER_SECONDS = 1.0
LINGER_BYTES = 8 * 2**20

_settings = load_settings()
# In memory: the counters are memory-mapped, and a page that a full disk cannot take kills the
# process that counts.
_memory = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else _settings.state_dir
_metrics = _memory / f"energy-metrics-{os.getuid()}-{_settings.api_port}"
# prometheus_client reads where processes count from here, when it is first imported.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_metrics)

bind = f"{_settings.api_host}:{_settings.api_port}"
workers = _settings.api_workers
worker_class = "gevent"
# Streams are held outside of gunicorn's count (app.streams); this bounds plain requests.
worker_connections = 20000
backlog = 8192
timeout = 60
graceful_timeout = 30
# Longer than the 5 s after which HTTP clients such as httpx let go of an idle connection by
# themselves: whoever closes first must not be we, or a request meets the closing.
keepalive = 10
# The entry module patches the standard library first; a preloaded app would be too late.
preload_app = False
max_requests = 0
worker_tmp_dir = "/dev/shm"
# Several servers of one user would collide on its default path.
control_socket_disable = True
accesslog = None


def on_starting(server: Any) -> None:
    _use_our_logging()
    _begin_metrics()


def on_exit(server: Any) -> None:
    shutil.rmtree(_metrics, ignore_errors=True)  # memory, after all


def child_exit(server: Any, worker: Any) -> None:
    """What a dead process had open is not open any more; what it counted still counts."""
    from prometheus_client.multiprocess import mark_process_dead  # not before the fork

    mark_process_dead(worker.pid)


def post_fork(server: Any, worker: Any) -> None:
    _use_our_logging()


def post_request(worker: Any, request: Any, environ: dict[str, Any], response: Any) -> None:
    """Part with a client whose body was given up, instead of reading the rest of gigabytes."""
    if "energy.parting" not in environ:  # set by app.security.limits
        return
    connection: socket.socket = environ["gunicorn.socket"]
    # Closed with bytes unread, TCP would take back the answer; so for a moment they are read.
    until, left = time.monotonic() + LINGER_SECONDS, LINGER_BYTES
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(LINGER_SECONDS)
        while left > 0 and time.monotonic() < until and (piece := connection.recv(65536)):
            left -= len(piece)


def _begin_metrics() -> None:
    """Counts start at zero with the server; Prometheus knows what to make of that."""
    _metrics.mkdir(parents=True, exist_ok=True)
    for file in _metrics.glob("*.db"):
        file.unlink()


def _use_our_logging() -> None:
    """gunicorn's own lines go where all others go."""
    configure_logging(_settings, role="api")
    gunicorn = logging.getLogger("gunicorn.error")
    gunicorn.handlers.clear()
    gunicorn.propagate = True
    gunicorn.addFilter(_is_no_silent_client)


def _is_no_silent_client(record: logging.LogRecord) -> bool:
    """False for gunicorn's traceback of a client that was cut off for its silence."""
    return not (record.exc_info and isinstance(record.exc_info[1], TimeoutError))
