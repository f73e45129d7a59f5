"""All jobs, whatever their kind."""

from typing import Any

from flask import Response, jsonify, request

from app import streams
from app.http.resource import Resource
from app.jobs.job_views import add_job_views
from app.jobs.schemas import JobListSchema, JobSchema, JobsQuerySchema
from app.security import may_see_all, may_see_job
from app.services import services
from workers.jobs.listing import recent_jobs

bp = Resource("jobs", __name__, url_prefix="/jobs", description="Watch and cancel jobs")
add_job_views(
    bp,
    status_rule="/<task_id>",
    stream_rule="/<task_id>/stream",
    result_rule="/<task_id>/result",
)


@bp.route("/")
@bp.arguments(JobsQuerySchema, location="query")
@bp.response(200, JobListSchema)
def index(query: dict[str, Any]) -> Response:
    """The jobs that are kept, newest first."""
    shown = None if may_see_all() else may_see_job
    return jsonify(jobs=recent_jobs(services().jobs.redis, **query, shown=shown))


@bp.route("/stream")
@bp.response(200, description="Server-Sent Events", content_type="text/event-stream")
def stream_all() -> Response:
    """Live events of all jobs, of some (`?ids=a,b`) or of a batch (`?batch=`)."""
    ids = request.args.get("ids", "")
    return streams.all_jobs_response(
        ids=[part for part in ids.split(",") if part] or None, batch=request.args.get("batch")
    )


@bp.route("/<task_id>", methods=["DELETE"])
@bp.response(200, JobSchema)
@bp.alt_response(404, description="Unknown or expired job")
@bp.alt_response(409, description="The job has already ended")
def cancel(task_id: str) -> Response:
    """Cancel: a queued job ends at once, a running one within one step of its work."""
    return jsonify(services().jobs.cancel(task_id))
