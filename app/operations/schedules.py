"""What runs when."""

from datetime import UTC, datetime

from flask import Response, jsonify

from app.http.resource import Resource
from app.operations.schemas import ScheduleSchema
from app.services import services
from workers.schedules import Schedules

bp = Resource("schedules", __name__, url_prefix="/schedules", description="What runs when")


@bp.route("/")
@bp.response(200, ScheduleSchema(many=True))
def index() -> Response:
    """The schedules of `schedules.json`: when each is due next and how its last run went."""
    schedules = Schedules(services().settings, services().jobs.redis)
    with services().jobs.talking():
        return jsonify(schedules.listing(datetime.now(UTC)))
