"""`GET /metrics`: what Prometheus scrapes.

Requests and streams are counted by each process in a memory-mapped file of its own
(prometheus_client's multi-process mode; `energy api` names the folder), so that a scrape that any
process answers shows all. Everything else is read from Redis at the scrape
(`app.operations.job_metrics`). No metric has a meter or a job as a label: their number must not
grow with the meters.
"""

import time
from functools import cache

from flask import Flask, Response, g, request
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from app.http.resource import Resource
from app.operations.job_metrics import JobMetrics
from app.services import services
from app.streams import Hub
from app.streams.hub import Stats

bp = Resource("metrics", __name__, description="Figures for Prometheus")

UNMATCHED = "unmatched"
"""Route of requests for paths that don't exist: a scanner must not make a label of each."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
LAGS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)

REQUESTS = Counter("energy_http_requests", "Requests answered.", ["method", "route", "code"])
DURATIONS = Histogram(
    "energy_http_request_seconds",
    "Time until the answer began; of a stream, until its first byte.",
    ["route"],
    buckets=SECONDS,
)
STREAMS = Gauge("energy_streams", "Open streams.", multiprocess_mode="livesum")
CHANNELS = Gauge("energy_stream_channels", "Jobs followed.", multiprocess_mode="livesum")
DELIVERED = Counter("energy_stream_events_delivered", "Events sent to clients.")
DROPPED = Counter("energy_stream_clients_dropped", "Clients dropped because they read too slowly.")
RECONNECTS = Counter("energy_stream_reconnects", "Times the subscription to Redis was lost.")
LAG = Histogram(
    "energy_stream_lag_seconds",
    "From an event's entry in the log to its delivery by this process.",
    buckets=LAGS,
)


@bp.route("/metrics")
@bp.response(200, description="Prometheus or OpenMetrics text", content_type="text/plain")
def metrics() -> Response:
    """Requests, queues, jobs, streams and forecast skill, for Prometheus."""
    registry = CollectorRegistry()
    registry.register(JobMetrics(services().jobs.redis, services().settings))
    try:
        MultiProcessCollector(registry)
    except ValueError:
        # No folder is named: this process is the only one (tests, `flask run`).
        registry.register(REGISTRY)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(registry), content_type=content_type)


def init_app(app: Flask) -> None:
    """Count the requests of `app`, and the streams of its hub."""
    app.after_request(_count)
    hub: Hub = app.extensions["streams"]
    hub.delivery.on_event, hub.on_beat = LAG.observe, StreamFigures().show


def _count(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else UNMATCHED
    method = request.method if request.url_rule else UNMATCHED
    count, took = _of(method, route, response.status_code)
    count.inc()
    took.observe(time.perf_counter() - g.get("started", time.perf_counter()))
    return response


@cache
def _of(method: str, route: str, code: int) -> tuple[Counter, Histogram]:
    """The counter and histogram of some labels; to look for them costs as much as to count."""
    return REQUESTS.labels(method, route, code), DURATIONS.labels(route)


class StreamFigures:
    """The hub's statistics as metrics; those that only grow as what they grew by."""

    def __init__(self) -> None:
        self._shown = {"delivered": 0, "dropped": 0, "reconnects": 0}

    def show(self, stats: Stats) -> None:
        STREAMS.set(stats["streams"])
        CHANNELS.set(stats["channels"])
        now = {name: int(stats[name]) for name in self._shown}  # type: ignore[literal-required]
        for name, counter in (
            ("delivered", DELIVERED), ("dropped", DROPPED), ("reconnects", RECONNECTS),
        ):  # fmt: skip
            counter.inc(now[name] - self._shown[name])
        self._shown = now
