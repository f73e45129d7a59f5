"""Simulated meters for newcomers."""

from flask import Response

from app.http.answers import accepted
from app.http.resource import Resource
from app.jobs.schemas import AcceptedSchema
from app.services import services
from workers.states import Kind

bp = Resource("demo", __name__, url_prefix="/demo", description="Meters to try things out")


@bp.route("/", methods=["POST"])
@bp.response(202, AcceptedSchema)
@bp.alt_response(200, schema=AcceptedSchema, description="An open import of the demo stands for it")
def demo() -> Response:
    """Load four simulated meters with two years of readings up to now."""
    submitted = services().jobs.submit(Kind.IMPORT, {"source": "demo"}, deduplicate=True)
    return accepted(submitted, "jobs")
