"""Is everything there: for people, for containers, for monitoring."""

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from app.http.resource import Resource
from app.operations.checks import check_all, live_workers
from app.security import may_see_all
from app.services import services
from workers.registry.disk_use import disk_use

bp = Resource("health", __name__, url_prefix="/health", description="State of the platform")


@bp.route("/")
@bp.response(200, description="All dependencies answer")
@bp.alt_response(503, description="One of them does not")
def health() -> ResponseReturnValue:
    """Each dependency with its state and latency; for keys of all meters, what models take."""
    s = services()
    report: dict[str, Any] = check_all(s.jobs, s.store, s.registry)
    if may_see_all() and report["checks"]["redis"]["status"] == "ok":
        report["models"] = disk_use(s.jobs.redis)
    return jsonify(report), 200 if report["status"] == "ok" else 503


@bp.route("/worker")
@bp.response(200, description="Every queue has a worker")
@bp.alt_response(503, description="A queue has none")
def worker() -> ResponseReturnValue:
    """Live workers, their queues and last heartbeat."""
    report = live_workers(services().jobs)
    return jsonify(report), 200 if report["status"] == "ok" else 503


@bp.route("/live")
@bp.doc(security=[])
@bp.response(200, description="The process serves")
def live() -> ResponseReturnValue:
    """Answers while the process serves, whatever else is down (container health checks)."""
    return jsonify(status="ok")
