"""The web process: validates requests, enqueues jobs, reads what workers left.

It imports no model code and blocks on nothing but Redis and the reading store.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask

from app import security, streams
from app.http import errors, request_log
from app.http.openapi import create_api
from app.jobs import backtest, batches, demo, forecast, trainmodel
from app.jobs import jobs as jobs_views
from app.meters import meters as meters_views
from app.meters import overview, surroundings
from app.models import accuracy, explain
from app.models import models as models_views
from app.operations import health, metrics, schedules
from app.pages import assets, dashboard, docs
from app.readings import preview, quality
from app.readings import readings as readings_views
from app.services import Services, open_services
from config import Settings, load_settings
from config.tracing import start_tracing, trace_requests

RESOURCES = (
    batches,
    trainmodel,
    forecast,
    backtest,
    jobs_views,
    overview,
    meters_views,
    readings_views,
    preview,
    quality,
    surroundings,
    models_views,
    explain,
    accuracy,
    schedules,
    demo,
    health,
    metrics,
)


class PlainFlask(Flask):
    """Flask without coroutines: it would look for them at every view and hook of every request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(settings: Settings | None = None, *, services: Services | None = None) -> Flask:
    """The WSGI application.

    :param settings: read from the environment where None.
    :param services: what the views work on; opened from the settings where None.
    """
    settings = settings or load_settings()
    app = PlainFlask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload_mb * 2**20
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    app.extensions["energy"] = services or open_services(settings)
    request_log.init_app(app)
    errors.init_app(app, debug=settings.debug)
    api = create_api(app)
    security.init_app(app, api)
    for resource in RESOURCES:
        api.register_blueprint(resource.bp)
    streams.init_app(app)
    metrics.init_app(app)
    for page in (dashboard, docs, assets):
        app.register_blueprint(page.bp)
    if start_tracing(settings, role="api"):
        trace_requests(app)
    return app
