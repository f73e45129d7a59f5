"""`status/`, `stream/` and `result/`: the three views that every kind of job has."""

from flask import Response

from app import streams
from app.http.answers import result_of, stored_json
from app.http.resource import Resource
from app.jobs.schemas import JobSchema
from app.services import services


def add_job_views(
    bp: Resource,
    *,
    status_rule: str = "/status/<task_id>",
    stream_rule: str = "/stream/<task_id>",
    result_rule: str = "/result/<task_id>",
) -> None:
    """Add the three views below the blueprint's prefix."""

    @bp.route(status_rule)
    @bp.response(200, JobSchema)
    @bp.alt_response(404, description="Unknown or expired job")
    def status(task_id: str) -> Response:
        """The job object: where the job stands now."""
        return stored_json(services().jobs.record_json(task_id))

    @bp.route(stream_rule)
    @bp.response(200, description="Server-Sent Events", content_type="text/event-stream")
    @bp.alt_response(204, description="Ended, and the client has the last event")
    @bp.alt_response(404, description="Unknown or expired job")
    def stream(task_id: str) -> Response:
        """Live events of the job, until it ends; resumes after `Last-Event-ID`."""
        return streams.job_response(task_id)

    @bp.route(result_rule)
    @bp.response(200, description="The result")
    @bp.alt_response(404, description="Unknown or expired job")
    @bp.alt_response(409, description="The job has not ended")
    def result(task_id: str) -> Response:
        """The result, once the job has succeeded; its error where it failed."""
        return result_of(task_id)
